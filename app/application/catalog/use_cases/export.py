"""Take a list of products out of the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields
from typing import NamedTuple

from app.application.catalog.exporting import ProductExportReader
from app.application.catalog.queries import ProductFilter
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.common.separated import BYTE_MARK, separated
from app.application.common.uow import UnitOfWork
from app.domain.common.money import UnitPrice
from app.domain.imports.own_file import cells_of, exported_columns

_PRODUCTS = 500


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
        async with self._work as work:
            note = {"format": "csv", "costs": costs, "filters": _told(where)}
            work.audit(actor, "product.exported", None, note=note)
            await work.commit()
        names = await self._reader.attribute_names(where)
        return self._parts(where, exported_columns(names, costs=costs))

    async def _parts(self, where: ProductFilter, columns: tuple[str, ...]) -> AsyncIterator[Part]:
        yield Part(BYTE_MARK + separated([columns]), 0)
        written = 0
        page = PageRequest(limit=_PRODUCTS)
        while True:
            found = await self._reader.products(where, page=page)
            written += len(found.items)
            rows = [cells_of(product.values(), columns) for product in found.items]
            yield Part(separated(rows), written)
            if found.next_after is None:
                return
            page = PageRequest(limit=_PRODUCTS, after=found.next_after)


def _told(where: ProductFilter) -> dict[str, str]:
    """Return the conditions that were given, as text."""
    given = {condition.name: getattr(where, condition.name) for condition in fields(where)}
    return {
        name: value.amount if isinstance(value, UnitPrice) else str(value)
        for name, value in given.items()
        if value is not None
    }
