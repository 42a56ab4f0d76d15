"""`stockbook export FILE`: products in our own format, written while you watch."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.application.catalog.queries import ProductFilter
from app.application.catalog.use_cases.export import (
    ExportFormat,
    ExportProducts,
    ExportWorkbook,
)
from app.application.common.actor import Actor
from app.application.services import Services
from app.bootstrap import open_services
from app.cli import terminal
from app.cli.product_filters import Wishes, product_filter
from app.core.logging import configure_logging
from app.core.settings import Settings

_BLOCK = 1 << 20

FileArgument = Annotated[Path, typer.Argument(dir_okay=False, help="The .csv or .xlsx to write.")]
FormatOption = Annotated[
    ExportFormat | None, typer.Option("--format", help="Else what the file is named.")
]
Text = str | None


def export_products(
    file: FileArgument,
    format_: FormatOption = None,
    search: Annotated[Text, typer.Option(help="Words in name, SKU or a barcode.")] = None,
    sku_prefix: Annotated[Text, typer.Option(help="What the SKU begins with.")] = None,
    category: Annotated[
        Text, typer.Option(help="The path, as in 'Men > Shoes', with all below it.")
    ] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="On sale, or not; else both.")
    ] = None,
    updated_since: Annotated[
        Text, typer.Option(help="As in 2026-11-01T08:00+01:00; UTC where none is said.")
    ] = None,
    price_min: Annotated[Text, typer.Option(help="The lowest price.")] = None,
    price_max: Annotated[Text, typer.Option(help="The highest price.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Export products with their cost to a file that `stockbook import` reads back."""
    chosen = format_ or _format_of(file)
    if file.exists() and not overwrite:
        terminal.fail(f"{file} is there already; --overwrite replaces it.")
    wishes = Wishes(
        search=search,
        sku_prefix=sku_prefix,
        category=category,
        active=active,
        updated_since=updated_since,
        price_min=price_min,
        price_max=price_max,
    )
    settings = terminal.settings()
    terminal.require_schema(settings)
    configure_logging("WARNING")
    try:
        written = terminal.run(_export(settings, file, chosen, wishes))
    except OSError as error:
        terminal.fail(f"{file} cannot be written: {error.strerror}.")
    typer.echo(f"{written} products are in {file}.")


def _format_of(file: Path) -> ExportFormat:
    try:
        return ExportFormat(file.suffix.lower().removeprefix("."))
    except ValueError:
        terminal.fail(
            f"{file} ends neither in .csv nor in .xlsx: say --format csv or --format xlsx.",
            code=terminal.MISCONFIGURED,
        )


async def _export(settings: Settings, file: Path, chosen: ExportFormat, wishes: Wishes) -> int:
    """Write beside the file and then put it in its place, so that none is ever half there."""
    draft = file.with_name(f".{file.name}.part")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} products"),
        TimeElapsedColumn(),
    )
    write = _write_workbook if chosen is ExportFormat.XLSX else _write_csv
    try:
        async with open_services(settings) as services:
            where = await product_filter(services.catalog, wishes)
            with (
                draft.open("wb") as target,
                Progress(*columns, disable=not sys.stdout.isatty(), console=Console()) as bars,
            ):
                bar = bars.add_task("Exporting", total=None)

                async def told(products: int) -> None:
                    bars.update(bar, completed=products)

                written = await write(services, where, target, told)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return written


Told = Callable[[int], Awaitable[None]]


async def _write_csv(
    services: Services, where: ProductFilter, target: IO[bytes], told: Told
) -> int:
    export = ExportProducts(services.work(None), reader=services.exports)
    written = 0
    async for part in await export(where, costs=True, actor=_actor()):
        target.write(part.content)
        written = part.products
        await told(written)
    return written


async def _write_workbook(
    services: Services, where: ProductFilter, target: IO[bytes], told: Told
) -> int:
    export = ExportWorkbook(
        services.work(None), reader=services.exports, workbooks=services.workbooks
    )
    made = await export(where, costs=True, actor=_actor(), told=told)
    try:
        while block := await asyncio.to_thread(made.workbook.read, _BLOCK):
            target.write(block)
    finally:
        await asyncio.to_thread(made.workbook.close)
    return made.products


def _actor() -> Actor:
    return Actor(trace_id=secrets.token_hex(16), route="cli export")
