"""The columns of files of opening balances."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed

OPENING_BALANCES = "opening_balances"

SKU = Field(
    "sku",
    "The SKU of a product of the shop.",
    ("sku", "productsku", "product", "productid", "itemsku", "stockcode"),
    code=True,
    example="PEN-001",
)
BARCODE = Field(
    "barcode",
    "A barcode of the product, where the SKU is not told.",
    ("barcode", "ean", "ean13", "upc", "gtin", "productbarcode"),
    code=True,
    example="4006381333931",
)
LOCATION = Field(
    "location",
    "The code of a location of the shop, main by default.",
    ("location", "locationcode", "locationid", "warehouse"),
    code=True,
    example="main",
)

_OPENINGS: Mapping[str, Field] = {
    field.name: field
    for field in (
        SKU,
        BARCODE,
        LOCATION,
        Field(
            "quantity",
            "What lay there when the books began.",
            ("quantity", "qty", "onhand", "openingquantity", "stock", "unitsinstock"),
            figure=True,
            example="24",
        ),
        Field(
            "unit_cost",
            "What one unit cost, net, in the shop's currency.",
            ("unitcost", "cost", "costprice"),
            figure=True,
            example="0.45",
        ),
        Field(
            "value",
            "What all of it cost, where the cost of one is not told.",
            ("value", "totalcost", "totalvalue", "stockvalue"),
            figure=True,
        ),
        Field(
            "date",
            "The day or moment, as in 2026-01-31 or 2026-01-31 18:00, by the shop's clock.",
            ("date", "occurredat", "openingdate", "asof"),
            example="2026-01-01",
        ),
    )
}

PRESETS: Mapping[str, Mapping[str, Preset]] = {
    OPENING_BALANCES: {
        name: Listed(
            name,
            name == "stockbook",
            _OPENINGS,
            keys=("sku", "barcode"),
            needs=(),
            always=("quantity",),
        )
        for name in ("stockbook", "free")
    }
}
