"""Take a list of products out of the shop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import NamedTuple

from app.application.catalog.exporting import ExportedProduct, ProductExportReader
from app.application.catalog.queries import ProductFilter
from app.application.catalog.workbooks import (
    CELL_LENGTH,
    SHEET_COLUMNS,
    SHEET_PRODUCTS,
    OpenWorkbook,
    TextTooLongForWorkbook,
    TooLargeForWorkbook,
    Workbook,
    cell_length,
)
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.common.separated import BYTE_MARK, separated
from app.application.common.uow import UnitOfWork
from app.domain.common.money import UnitPrice
from app.domain.imports.own_file import cells_of, exported_columns

_PRODUCTS = 500


class ExportFormat(StrEnum):
    """What a list of products can be written as."""

    CSV = "csv"
    XLSX = "xlsx"


class Part(NamedTuple):
    """A piece of the file, and how many products are written with it and before it."""

    content: bytes
    products: int


class ExportProducts:
    """Writes down who takes a list of products, and then gives it piece by piece.

    Each piece is read in a moment of its own, so a slow reader holds nothing in the database.
    """

    def __init__(self, work: UnitOfWork, *, reader: ProductExportReader) -> None:
        self._work = work
        self._reader = reader

    async def __call__(
        self, where: ProductFilter, *, costs: bool, actor: Actor
    ) -> AsyncIterator[Part]:
        """Return the parts, the header first; `costs` is whether the cost of goods is in it."""
        await _write_down(self._work, where, ExportFormat.CSV, costs=costs, actor=actor)
        columns = await _columns(self._reader, where, costs=costs)
        return self._parts(where, columns)

    async def _parts(self, where: ProductFilter, columns: tuple[str, ...]) -> AsyncIterator[Part]:
        yield Part(BYTE_MARK + separated([columns]), 0)
        written = 0
        async for products in _pages(self._reader, where):
            written += len(products)
            rows = [cells_of(product.values(), columns) for product in products]
            yield Part(separated(rows), written)


class MadeWorkbook(NamedTuple):
    """A finished workbook, to be read and closed, and its size in bytes."""

    workbook: Workbook
    size: int
    products: int


class ExportWorkbook:
    """Makes a workbook of a list of products, writes down who takes it, and then gives it whole.

    What no sheet can hold is refused before that: `TooLargeForWorkbook`, `TextTooLongForWorkbook`.
    """

    def __init__(
        self, work: UnitOfWork, *, reader: ProductExportReader, workbooks: OpenWorkbook
    ) -> None:
        self._work = work
        self._reader = reader
        self._workbooks = workbooks

    async def __call__(
        self,
        where: ProductFilter,
        *,
        costs: bool,
        actor: Actor,
        told: Callable[[int], Awaitable[None]],
    ) -> MadeWorkbook:
        """Return the workbook; `told` hears how many products are written, and may end it."""
        if await self._reader.more_than(where, SHEET_PRODUCTS):
            raise _too_large("products", SHEET_PRODUCTS)
        columns = await _columns(self._reader, where, costs=costs)
        if len(columns) > SHEET_COLUMNS:
            raise _too_large("columns", SHEET_COLUMNS)
        workbook = await asyncio.to_thread(self._workbooks, columns)
        try:
            products = 0
            async for rows in self._rows(where, columns):
                await asyncio.to_thread(workbook.add, rows)
                products += len(rows)
                await told(products)
            size = await asyncio.to_thread(workbook.finish)
            await _write_down(self._work, where, ExportFormat.XLSX, costs=costs, actor=actor)
        except BaseException:
            await asyncio.to_thread(workbook.close)
            raise
        return MadeWorkbook(workbook, size, products)

    async def _rows(
        self, where: ProductFilter, columns: tuple[str, ...]
    ) -> AsyncIterator[list[list[str]]]:
        rows = 0
        async for page in _pages(self._reader, where):
            rows += len(page)
            # Some may have been made since they were counted.
            if rows > SHEET_PRODUCTS:
                raise _too_large("products", SHEET_PRODUCTS)
            yield [_sheet_cells(product, columns) for product in page]


async def _write_down(
    unit: UnitOfWork, where: ProductFilter, kind: ExportFormat, *, costs: bool, actor: Actor
) -> None:
    async with unit as work:
        note = {"format": kind.value, "costs": costs, "filters": _told(where)}
        work.audit(actor, "product.exported", None, note=note)
        await work.commit()


async def _columns(
    reader: ProductExportReader, where: ProductFilter, *, costs: bool
) -> tuple[str, ...]:
    return exported_columns(await reader.attribute_names(where), costs=costs)


async def _pages(
    reader: ProductExportReader, where: ProductFilter
) -> AsyncIterator[list[ExportedProduct]]:
    page = PageRequest(limit=_PRODUCTS)
    while True:
        found = await reader.products(where, page=page)
        yield found.items
        if found.next_after is None:
            return
        page = PageRequest(limit=_PRODUCTS, after=found.next_after)


def _sheet_cells(product: ExportedProduct, columns: Sequence[str]) -> list[str]:
    """Return the cells of one product, none of which a sheet would have to cut."""
    cells = cells_of(product.values(), columns)
    # What is half as long is short enough whatever is in it, so that most texts are not encoded.
    if max(map(len, cells)) > CELL_LENGTH // 2:
        for column, cell in zip(columns, cells, strict=True):
            length = cell_length(cell)
            if length > CELL_LENGTH:
                raise TextTooLongForWorkbook(
                    f"The {column} of the product {product.sku} has {length} characters, a cell of "
                    f"a workbook at most {CELL_LENGTH}. Take the list as CSV, or leave it out.",
                    extra={
                        "sku": product.sku,
                        "column": column,
                        "length": length,
                        "max": CELL_LENGTH,
                    },
                )
    return cells


def _too_large(what: str, most: int) -> TooLargeForWorkbook:
    return TooLargeForWorkbook(
        f"A workbook takes at most {most} {what}. Take the list as CSV, or take less of it.",
        extra={"max": most, "of": what},
    )


def _told(where: ProductFilter) -> dict[str, str]:
    """Return the conditions that were given, as text."""
    given = {condition.name: getattr(where, condition.name) for condition in fields(where)}
    return {
        name: value.amount if isinstance(value, UnitPrice) else str(value)
        for name, value in given.items()
        if value is not None
    }
