"""`stockbook worker`: does jobs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

import typer

from app.application.jobs.ports import Runner
from app.bootstrap import open_services
from app.cli import terminal
from app.core.logging import configure_logging
from app.core.settings import Settings


def worker() -> None:
    """Do jobs such as imports; any number of workers may run beside each other.

    On SIGTERM or SIGINT the part being done is finished and the job goes back to the queue.
    """
    settings = terminal.settings()
    terminal.require_schema(settings)
    configure_logging(settings.log_level)
    typer.echo("Waiting for jobs; stop with Ctrl+C.", err=True)
    terminal.run(_work(settings))


async def _work(settings: Settings) -> None:
    async with open_services(settings) as services:
        runner = services.jobs.worker()
        _stop_on_signals(runner)
        await runner.run()


def _stop_on_signals(runner: Runner) -> None:
    loop = asyncio.get_running_loop()

    def stop(*_: object) -> None:
        # The worker waits inside the loop, so it is woken from there.
        loop.call_soon_threadsafe(runner.stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
