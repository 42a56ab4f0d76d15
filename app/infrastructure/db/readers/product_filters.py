"""The conditions of the product list, each answered by an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.catalog.queries import ProductFilter
from app.domain.catalog.barcode import code_key
from app.domain.catalog.category import AFTER_SEPARATOR
from app.domain.common.identifiers import CategoryId
from app.domain.common.text import key
from app.infrastructure.db.tables.catalog import categories, product_barcodes, products
from app.infrastructure.db.text_search import TextSearch

_HIGHEST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

_search = TextSearch(products, word="product")


def conditions(where: ProductFilter, *, phrases: bool) -> Iterator[ColumnElement[bool]]:
    """Yield what a product must meet; `phrases` asks the search table for the words it knows."""
    columns = products.c
    yield from _search.conditions(where.q, phrases=phrases)
    if where.sku_prefix is not None:
        yield _begins(columns.sku_key, key(where.sku_prefix))
    if where.barcode is not None:
        yield columns.id.in_(
            select(product_barcodes.c.product_id).where(
                product_barcodes.c.code_key == code_key(where.barcode.strip())
            )
        )
    if where.category_id is not None:
        yield columns.category_id.in_(branch(where.category_id))
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
    """Tell whether SQLite should ask its search table for the words."""
    return await _search.use_phrases(where.q, connection)


def branch(identifier: CategoryId) -> Select[Any]:
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
