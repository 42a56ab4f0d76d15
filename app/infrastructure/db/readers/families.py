"""Read side of families: one with its variants, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select

from app.application.catalog.queries import FamilyFilter, FamilyItem, FamilyView
from app.application.common.paging import Page, PageRequest
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import FamilyId
from app.domain.common.text import fold, key
from app.infrastructure.db.family_variants import read_variants, variants_query
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import product_families

_ITEM: tuple[ColumnElement[Any], ...] = (
    product_families.c.id,
    product_families.c.key,
    product_families.c.name,
    product_families.c.options,
    product_families.c.images,
    product_families.c.version,
    product_families.c.created_at,
    product_families.c.updated_at,
)


class SqlFamilyReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def family(self, identifier: FamilyId) -> FamilyView:
        async with self._reads.connection() as connection:
            found = await connection.execute(
                select(*_ITEM).where(product_families.c.id == identifier)
            )
            family = found.mappings().one_or_none()
            if family is None:
                raise NotFound.of(FamilyId.kind, identifier)
            found = await connection.execute(variants_query(identifier))
            variants = read_variants(found.mappings().all(), family["options"])
        return FamilyView(**family, variants=variants)

    async def families(self, where: FamilyFilter, *, page: PageRequest) -> Page[FamilyItem]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(*_ITEM).where(*_conditions(where)),
                [product_families.c.match_key],
                page,
                make=lambda row: FamilyItem(**row),
            )


def _conditions(where: FamilyFilter) -> Iterator[ColumnElement[bool]]:
    """Yield what a family must meet; words are looked for along the order of the list."""
    for word in dict.fromkeys(fold(where.q or "").split()):
        yield product_families.c.search_text.contains(word, autoescape=True)
    if where.key is not None:
        yield product_families.c.match_key == key(where.key)
