"""`stockbook verify`: recompute every figure from the ledger and say what does not add up."""

from __future__ import annotations

import typer

from app.application.inventory.verification import CheckResult, Verification
from app.bootstrap import open_services
from app.cli import terminal
from app.core.settings import Settings


def verify() -> None:
    """Check that the books add up; ends with exit code 1 when they do not."""
    settings = terminal.settings()
    terminal.require_schema(settings)
    verification = terminal.run(_verify(settings))
    for check in verification.checks:
        _show(check)
    if not verification.is_clean:
        terminal.fail("The books do not add up: see above.")
    typer.echo(f"The books add up: {len(verification.checks)} checks found nothing.")


async def _verify(settings: Settings) -> Verification:
    async with open_services(settings) as services:
        with terminal.progress() as steps:
            steps.begin("Checks", total=services.verifier.size)
            return await services.verifier.verify(after_each=steps.advance)


def _show(check: CheckResult) -> None:
    for finding in check.findings:
        about = ", ".join(f"{name} {value}" for name, value in finding.subject.items())
        typer.echo(f"{check.name}: {about}: {finding.expected} expected, {finding.found} found")
    if check.more:
        typer.echo(f"{check.name}: and more")
