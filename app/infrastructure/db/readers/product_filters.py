"""The conditions of the product list, each answered by an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.catalog.queries import ProductFilter
from app.domain.catalog.barcode import code_key
from app.domain.catalog.category import AFTER_SEPARATOR
from app.domain.common.identifiers import CategoryId, ProductId
from app.domain.common.text import fold, key
from app.infrastructure.db.tables.catalog import categories, product_barcodes, products
from app.infrastructure.db.types import UlidType

# A trigram index knows words of three characters and more; shorter ones are looked for row by
# row in the order of the list, which ends as soon as the page is full.
LEAST_INDEXED = 3
COMMON = 5_000
_HIGHEST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

_search = table("product_search", column("rowid", Integer))
_search_rows = table(
    "product_search_rows", column("number", Integer), column("product_id", UlidType(ProductId))
)


def conditions(where: ProductFilter, *, phrases: bool) -> Iterator[ColumnElement[bool]]:
    """Yield what a product must meet; `phrases` asks the search table for the words it knows."""
    columns = products.c
    indexed = _indexed(where) if phrases else []
    if indexed:
        yield _found_by_phrases(indexed)
    for word in _words(where):
        if word not in indexed:
            yield _contains(word)
    if where.sku_prefix is not None:
        yield _begins(columns.sku_key, key(where.sku_prefix))
    if where.barcode is not None:
        yield columns.id.in_(
            select(product_barcodes.c.product_id).where(
                product_barcodes.c.code_key == code_key(where.barcode.strip())
            )
        )
    if where.category_id is not None:
        yield columns.category_id.in_(_branch(where.category_id))
    if where.family_id is not None:
        yield columns.family_id == where.family_id
    if where.tax_rate_id is not None:
        yield columns.tax_rate_id == where.tax_rate_id
    if where.tracks_stock is not None:
        yield columns.tracks_stock == where.tracks_stock
    if where.active is not None:
        yield columns.active == where.active
    if where.updated_since is not None:
        yield columns.updated_at >= where.updated_since
    if where.price_min is not None:
        yield columns.price_micros >= where.price_min
    if where.price_max is not None:
        yield columns.price_micros <= where.price_max


async def use_phrases(where: ProductFilter, connection: AsyncConnection) -> bool:
    """Tell whether SQLite should ask its search table: only for words that are not common.

    What the table finds must all be sorted. Common words are met soon by going along the index of
    the order. Postgres weighs the two by itself, with one condition for both.
    """
    words = _indexed(where)
    if connection.dialect.name != "sqlite" or not words:
        return False
    matches = select(_search.c.rowid).where(_matches(words)).limit(COMMON).subquery()
    count: int = (await connection.execute(select(func.count()).select_from(matches))).scalar_one()
    return count < COMMON


def _words(where: ProductFilter) -> list[str]:
    return list(dict.fromkeys(fold(where.q or "").split()))


def _indexed(where: ProductFilter) -> list[str]:
    return [word for word in _words(where) if len(word) >= LEAST_INDEXED]


def _found_by_phrases(words: Sequence[str]) -> ColumnElement[bool]:
    rows = _search_rows.c
    found = select(rows.product_id).join_from(_search, _search_rows, rows.number == _search.c.rowid)
    return products.c.id.in_(found.where(_matches(words)))


def _matches(words: Sequence[str]) -> ColumnElement[bool]:
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    return literal_column("product_search").op("MATCH", return_type=Boolean())(phrases)


def _contains(text: str) -> ColumnElement[bool]:
    """The text occurs in the search text character by character: % and _ are no signs."""
    return products.c.search_text.contains(text, autoescape=True)


def _branch(identifier: CategoryId) -> Select[Any]:
    """The category and all below it: one range of paths, since no name has a control character."""
    head, paths = categories.alias("head"), categories.c.path_key
    within = and_(paths >= head.c.path_key, paths < head.c.path_key + AFTER_SEPARATOR)
    return (
        select(categories.c.id).join_from(head, categories, within).where(head.c.id == identifier)
    )


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """The column begins with a text, as a range, which an index answers on both databases."""
    end = _successor(prefix)
    return column >= prefix if end is None else and_(column >= prefix, column < end)


def _successor(prefix: str) -> str | None:
    """Return the least text above all that begin with the prefix; None if there is no such."""
    head = prefix.rstrip(chr(_HIGHEST))
    if not head:
        return None
    following = ord(head[-1]) + 1
    return head[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)
