"""All presets, and which of them a header belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.imports.errors import InvalidMapping
from app.domain.imports.fields import header_key, tells_reasons
from app.domain.imports.plan import PRODUCTS
from app.domain.imports.presets import (
    categories,
    counts,
    parties,
    sales,
    stock,
    supplier_items,
)
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.magento import MAGENTO
from app.domain.imports.presets.medusa import Medusa
from app.domain.imports.presets.odoo import ODOO
from app.domain.imports.presets.plain import Plain
from app.domain.imports.presets.prestashop import PRESTASHOP
from app.domain.imports.presets.shopify import Shopify
from app.domain.imports.presets.square import SQUARE
from app.domain.imports.presets.vendure import VENDURE
from app.domain.imports.presets.woocommerce import WOOCOMMERCE

STOCKBOOK = "stockbook"
FREE = "free"

_PRODUCTS: tuple[Preset, ...] = (
    Shopify(),
    Medusa(),
    Plain(STOCKBOOK, True),
    WOOCOMMERCE,
    SQUARE,
    MAGENTO,
    VENDURE,
    PRESTASHOP,
    ODOO,
    Plain(FREE, False),
)

KINDS: Mapping[str, Mapping[str, Preset]] = {
    PRODUCTS: {preset.name: preset for preset in _PRODUCTS},
    categories.CATEGORIES: categories.PRESETS,
    **parties.PRESETS,
    supplier_items.SUPPLIER_ITEMS: supplier_items.PRESETS,
    **stock.PRESETS,
    **counts.PRESETS,
    sales.SALES_HISTORY: sales.PRESETS,
}
"""The presets of each kind by name, in the order in which a header is held against them."""

PRESETS = KINDS[PRODUCTS]
"""The presets of product files."""

KNOWN: frozenset[str] = frozenset(
    alias
    for presets in KINDS.values()
    for preset in presets.values()
    for field in preset.fields.values()
    for alias in (*field.aliases, field.name)
)
"""The header keys by which a column of some kind is known."""


def preset_named(name: str, *, kind: str) -> Preset:
    """Return the preset, or raise `InvalidMapping` with the names there are."""
    try:
        return KINDS[kind][name]
    except KeyError:
        known = ", ".join(KINDS[kind])
        raise InvalidMapping(f"There is no preset {name!r}; there are {known}.") from None


def preset_of(header: Sequence[str], *, kind: str) -> Preset:
    """Return the first preset whose kind of file has this header; `free` takes every one."""
    keys = frozenset(header_key(title) for title in header if not tells_reasons(title))
    return next(preset for preset in KINDS[kind].values() if preset.fits(keys))
