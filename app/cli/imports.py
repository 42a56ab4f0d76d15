"""`stockbook import FILE`: a file, imported while you watch."""

from __future__ import annotations

import asyncio
import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.imports.choices import Choices
from app.application.imports.queries import ImportStatus, ImportView
from app.application.imports.use_cases.start import ReceiveImport
from app.application.services import Services
from app.bootstrap import open_services
from app.cli import terminal
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.domain.common.identifiers import ImportId
from app.domain.imports.faults import Fault
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.plan import PRODUCTS, Mode, OnError
from app.domain.imports.presets.registry import KINDS, PRESETS

SHOWN_ERRORS = 20
_LOOK_EVERY_SECONDS = 1

FileArgument = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX."),
]


Kind = StrEnum("Kind", {name.upper(): name for name in KINDS})  # type: ignore[misc]
"""What a file may hold."""
_PRODUCTS = Kind(PRODUCTS)


def import_file(
    file: FileArgument,
    kind: Annotated[Kind, typer.Option(help="What the file holds.")] = _PRODUCTS,
    mapping: Annotated[
        str | None, typer.Option(help="Name of a saved mapping; other options lie over it.")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="What may happen to what is there, upsert by default.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help=f"One of: {', '.join(PRESETS)}.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as utf-8 or cp1252.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="A single character.")] = None,
    decimal_mark: Annotated[DecimalMark | None, typer.Option(help="Point or comma.")] = None,
    on_error: Annotated[
        OnError | None,
        typer.Option(
            help="Leave a row that fails out (skip, the default), or import nothing then."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would happen.")] = False,
) -> None:
    """Import products or another kind from a file; ends with code 1 if a row failed."""
    choices = Choices(
        mode=mode,
        preset=preset,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal_mark,
        on_error=on_error,
        saved_mapping=mapping,
    )
    settings = terminal.settings()
    terminal.require_schema(settings)
    # The bar tells how far it is; only what goes wrong is worth a line between.
    configure_logging("WARNING")
    done, faults = terminal.run(_import(settings, file, choices, kind=kind, dry_run=dry_run))
    _report(done, faults)
    if done.status is not ImportStatus.COMPLETED:
        raise typer.Exit(terminal.FAILED)


async def _import(
    settings: Settings, file: Path, choices: Choices, *, kind: str, dry_run: bool
) -> tuple[ImportView, list[Fault]]:
    async with open_services(settings) as services:
        started = await _start(services, file, choices, kind=kind, dry_run=dry_run)
        # Whichever worker takes it: this one, or one that runs already.
        runner = services.jobs.worker()
        working = asyncio.create_task(runner.run())
        try:
            done = await _watch(services, started.id)
        finally:
            runner.stop()
            await working
        page = PageRequest(limit=SHOWN_ERRORS)
        faults = await services.imports.faults(done.id, severity="error", page=page)
        return done, faults.items


async def _start(
    services: Services, file: Path, choices: Choices, *, kind: str, dry_run: bool
) -> ImportView:
    with file.open("rb") as source:
        stored = await services.intake.keep(source)
    examined = await services.intake.examine(stored.hash, choices, kind=kind)
    if examined.analysis.ambiguous is not None:
        raise examined.analysis.ambiguous
    actor = Actor(trace_id=secrets.token_hex(16), route="cli import")
    receive = ReceiveImport(services.work(None), queue=services.import_queue)
    return await receive(
        stored, name=file.name, examined=examined, start=True, dry_run=dry_run, actor=actor
    )


async def _watch(services: Services, identifier: ImportId) -> ImportView:
    """Show a bar to a person at a terminal until the import is over."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, disable=not sys.stdout.isatty(), console=Console()) as bars:
        bar = bars.add_task("Importing", total=100, rows=0)
        while True:
            view = await services.imports.import_(identifier)
            bars.update(bar, completed=view.percent, rows=view.rows_done)
            if view.status.is_over:
                return view
            await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _report(done: ImportView, faults: list[Fault]) -> None:
    counted = ", ".join(f"{number} {name}" for name, number in done.counts.items() if number)
    kind = "Dry run" if done.dry_run else "Import"
    typer.echo(f"{kind} {done.id} {done.status.value}: {counted or 'no records'}{_rate(done)}.")
    if done.error is not None:
        typer.echo(f"{done.error['detail']} ({done.error['code']})", err=True)
    if not faults:
        return
    table = Table("row", "line", "column", "code", "value", "expected")
    for fault in faults:
        place = (str(fault.row), str(fault.line), fault.column or "")
        table.add_row(*place, fault.code, fault.value, fault.expected)
    Console(stderr=True).print(table)
    if done.counts["failed"] > len(faults):
        typer.echo(f"… and others: GET /api/v1/imports/{done.id}/errors has all.", err=True)


def _rate(done: ImportView) -> str:
    """Return how fast the rows went in, unless they took no time that the database can tell."""
    if done.started_at is None or done.finished_at is None:
        return ""
    seconds = (done.finished_at - done.started_at).total_seconds()
    return f"; {done.rows_done / seconds:,.0f} rows/s" if seconds else ""
