"""Conditions on products as a person types them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from app.application.catalog.queries import CatalogReader, ProductFilter
from app.application.common.paging import PageRequest
from app.domain.catalog.category import PATH_SEPARATOR, path_key
from app.domain.common.errors import InvalidValue, NotFound
from app.domain.common.identifiers import CategoryId
from app.domain.common.money import UnitPrice
from app.domain.common.text import clean_line
from app.domain.imports.cells import category_reader
from app.domain.imports.faults import CellRefused

# What both databases and every time zone can carry.
FIRST_YEAR, LAST_YEAR = 1900, 9000
_CATEGORIES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was typed; None is no condition."""

    search: str | None = None
    sku_prefix: str | None = None
    category: str | None = None
    active: bool | None = None
    updated_since: str | None = None
    price_min: str | None = None
    price_max: str | None = None


async def product_filter(catalog: CatalogReader, wishes: Wishes) -> ProductFilter:
    """Return the conditions; raises `InvalidValue`, and `NotFound` for a category."""
    return ProductFilter(
        q=_line("search", wishes.search),
        sku_prefix=_line("sku_prefix", wishes.sku_prefix),
        category_id=None if wishes.category is None else await _category(catalog, wishes.category),
        active=wishes.active,
        updated_since=_moment(wishes.updated_since),
        price_min=None if wishes.price_min is None else UnitPrice.parse(wishes.price_min),
        price_max=None if wishes.price_max is None else UnitPrice.parse(wishes.price_max),
    )


def _line(name: str, text: str | None) -> str | None:
    return None if text is None else clean_line(text, field=name, most=len(text), least=0)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - refused below
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidValue.of(
            "updated_since", f"{text!r} is no date or time such as 2026-11-01T08:00+01:00"
        )
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


async def _category(catalog: CatalogReader, text: str) -> CategoryId:
    """Return the category with the path, which is read as the import reads it."""
    try:
        _, wanted = category_reader(slash_parts=True)(text)
    except CellRefused as refusal:
        raise InvalidValue.of("category", refusal.detail) from None
    page = PageRequest(limit=_CATEGORIES)
    while True:
        found = await catalog.categories(page)
        for category in found.items:
            if path_key(category.path.split(PATH_SEPARATOR)) == wanted:
                return category.id
        if found.next_after is None:
            raise NotFound(f"There is no category {text}.")
        page = PageRequest(limit=_CATEGORIES, after=found.next_after)
