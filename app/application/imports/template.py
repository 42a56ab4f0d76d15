"""The file to start from: every column that the import reads, and a product to show how."""

from __future__ import annotations

from app.application.common.separated import BYTE_MARK, separated
from app.application.shop.queries import ShopReader
from app.domain.imports.fields import ATTRIBUTE, FIELDS
from app.domain.imports.own_file import TEMPLATE, cells_of
from app.domain.imports.plan import PRODUCTS
from app.domain.imports.presets.registry import STOCKBOOK, preset_named

_ATTRIBUTE = (f"{ATTRIBUTE}Colour", "blue")


async def template(shop: ShopReader, *, kind: str) -> bytes:
    """Return header and example row; the shop takes the example as it is."""
    if kind != PRODUCTS:
        fields = preset_named(STOCKBOOK, kind=kind).fields
        example = {name: field.example for name, field in fields.items()}
        return BYTE_MARK + separated([list(fields), cells_of(example, fields)])
    rate = await shop.tax_rate((await shop.shop()).default_tax_rate_id)
    columns = (*TEMPLATE, _ATTRIBUTE[0])
    values = {name: FIELDS[name].example for name in TEMPLATE}
    values |= dict([_ATTRIBUTE]) | {"tax_rate": rate.code}
    return BYTE_MARK + separated([columns, cells_of(values, columns)])
