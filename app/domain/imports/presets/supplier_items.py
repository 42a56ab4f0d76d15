"""The columns of files of what suppliers sell."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed

SUPPLIER_ITEMS = "supplier_items"

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(
            "supplier",
            "Code, external id, e-mail address or name of a supplier of the shop.",
            ("supplier", "suppliercode", "supplierid", "vendor", "vendorid", "suppliername"),
            code=True,
            example="SUP-BAKER",
        ),
        Field(
            "sku",
            "The SKU of a product of the shop.",
            ("sku", "productsku", "product", "productid", "itemsku"),
            code=True,
            example="PEN-001",
        ),
        Field(
            "barcode",
            "A barcode of the product, where the SKU is not told.",
            ("barcode", "ean", "ean13", "upc", "gtin", "productbarcode"),
            code=True,
            example="4006381333931",
        ),
        Field(
            "supplier_sku",
            "The supplier's own number.",
            ("suppliersku", "vendorsku", "suppliernumber", "orderingcode", "supplierpartnumber"),
            clearable=True,
            code=True,
            example="W-4711",
        ),
        Field(
            "supplier_barcode",
            "The code on the supplier's pack.",
            ("supplierbarcode", "packbarcode"),
            clearable=True,
            code=True,
            example="4006381333948",
        ),
        Field(
            "pack_size",
            "What one pack holds, in the unit of the product; 1 by default.",
            ("packsize", "unitsperpack", "packquantity"),
            figure=True,
            example="12",
        ),
        Field(
            "cost",
            "What one pack costs, in the currency of the supplier.",
            ("cost", "packcost", "purchaseprice", "supplycost", "price"),
            clearable=True,
            figure=True,
            example="5.40",
        ),
        Field(
            "currency",
            "The currency of the cost, where it is told: only that of the supplier will do.",
            ("currency", "currencycode"),
        ),
        Field(
            "lead_time_days",
            "In how many days the supplier delivers.",
            ("leadtimedays", "leadtime"),
            clearable=True,
            example="7",
        ),
        Field(
            "minimum_order",
            "The least that the supplier sells, in packs.",
            ("minimumorder", "minorder", "minorderqty", "minimumorderquantity", "moq"),
            clearable=True,
            figure=True,
            example="2",
        ),
        Field(
            "preferred",
            "Whether the product is bought here unless told otherwise: true or false.",
            ("preferred", "ispreferred"),
            example="true",
        ),
    )
}

PRESETS: Mapping[str, Preset] = {
    name: Listed(
        name,
        name == "stockbook",
        FIELDS,
        keys=("sku", "barcode"),
        needs=(),
        always=("supplier",),
    )
    for name in ("stockbook", "free")
}
