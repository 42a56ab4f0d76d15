"""All presets, and which of them a header belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.imports.errors import InvalidMapping
from app.domain.imports.fields import header_key, tells_reasons
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

_ALL: tuple[Preset, ...] = (
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

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
"""The presets by name, in the order in which a header is held against them."""


def preset_named(name: str) -> Preset:
    """Return the preset, or raise `InvalidMapping` with the names there are."""
    try:
        return PRESETS[name]
    except KeyError:
        known = ", ".join(PRESETS)
        raise InvalidMapping(f"There is no preset {name!r}; there are {known}.") from None


def preset_of(header: Sequence[str]) -> Preset:
    """Return the first preset whose kind of file has this header; `free` takes every one."""
    keys = frozenset(header_key(title) for title in header if not tells_reasons(title))
    return next(preset for preset in _ALL if preset.fits(keys))
