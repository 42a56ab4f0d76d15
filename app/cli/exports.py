"""`stockbook export FILE`: all products in our own format, written while you watch."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.application.catalog.queries import ProductFilter
from app.application.catalog.use_cases.export import ExportProducts
from app.application.common.actor import Actor
from app.bootstrap import open_services
from app.cli import terminal
from app.core.logging import configure_logging
from app.core.settings import Settings

FileArgument = Annotated[Path, typer.Argument(dir_okay=False, help="The CSV to write.")]


def export_products(
    file: FileArgument,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Export all products with their cost to a file that `stockbook import` reads back."""
    if file.exists() and not overwrite:
        terminal.fail(f"{file} is there already; --overwrite replaces it.")
    settings = terminal.settings()
    terminal.require_schema(settings)
    configure_logging("WARNING")
    try:
        written = terminal.run(_export(settings, file))
    except OSError as error:
        terminal.fail(f"{file} cannot be written: {error.strerror}.")
    typer.echo(f"{written} products are in {file}.")


async def _export(settings: Settings, file: Path) -> int:
    """Write beside the file and then put it in its place, so that none is ever half there."""
    actor = Actor(trace_id=secrets.token_hex(16), route="cli export")
    draft = file.with_name(f".{file.name}.part")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} products"),
        TimeElapsedColumn(),
    )
    written = 0
    try:
        async with open_services(settings) as services:
            export = ExportProducts(services.work(None), reader=services.exports)
            parts = await export(ProductFilter(), costs=True, actor=actor)
            with (
                draft.open("wb") as target,
                Progress(*columns, disable=not sys.stdout.isatty(), console=Console()) as bars,
            ):
                bar = bars.add_task("Exporting", total=None)
                async for part in parts:
                    target.write(part.content)
                    written = part.products
                    bars.update(bar, completed=written)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return written
