"""`stockbook replay online-retail FILE`: an example of moving a shop in, with its whole past."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, TextIO

import typer

from app.application.replay.invoices import Invoice, read_invoices
from app.application.replay.lines import FileNotUnderstood, read_lines
from app.application.replay.survey import Survey, survey
from app.bootstrap import open_services
from app.cli import terminal
from app.cli.replay.moving import Moved, Moving
from app.cli.replay.summary import summary
from app.core.settings import Settings

app = typer.Typer(help="Post the past of a shop from the file of its old program.")

FileArgument = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, also packed by gzip."),
]


@app.callback()
def replay() -> None:
    """Post the past of a shop from the file of its old program."""


@app.command("online-retail")
def online_retail(file: FileArgument) -> None:
    """Replay the invoices of the Online Retail data; ends with code 1 unless all figures agree.

    Killed and started again it goes on where it stopped; run twice it changes nothing.
    """
    settings = terminal.settings()
    terminal.require_schema(settings)
    begun = monotonic()
    found, moved = terminal.run(_replay(settings, file))
    for line in summary(found, moved, seconds=monotonic() - begun):
        typer.echo(line)
    if found.figures.differences(moved.figures):
        terminal.fail("The books do not come to what the file does: see above.")


async def _replay(settings: Settings, file: Path) -> tuple[Survey, Moved]:
    with terminal.progress(err=True) as steps:
        with _invoices(file) as invoices:
            found = survey(invoices)
        async with open_services(settings) as services:
            moving = Moving(services, found, steps=steps)
            with _invoices(file) as invoices:
                return found, await moving.move(invoices)


@contextmanager
def _invoices(file: Path) -> Iterator[Iterator[Invoice]]:
    try:
        with _text(file) as text:
            yield read_invoices(read_lines(text))
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as fault:
        raise FileNotUnderstood(f"{file.name} cannot be read: {fault}.") from fault


def _text(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")
