"""The columns of files of sales that took place before: a record is a line of an invoice."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed
from app.domain.imports.presets.stock import BARCODE, LOCATION, SKU

SALES_HISTORY = "sales_history"

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(
            "invoice",
            "The number of the invoice; its lines stand together.",
            ("invoice", "invoiceno", "invoicenumber", "orderid", "ordernumber", "salenumber"),
            code=True,
            example="2019-0042",
        ),
        Field(
            "register",
            "The till or system that gave the number, history by default.",
            ("register", "till", "system"),
            code=True,
            example="till 1",
        ),
        Field(
            "date",
            "When it took place, as in 2019-01-31 18:00, by the shop's clock.",
            ("date", "occurredat", "invoicedate", "orderdate", "saledate"),
            example="2019-01-31 18:00",
        ),
        SKU,
        BARCODE,
        Field(
            "quantity",
            "How many were sold; returns have no place here.",
            ("quantity", "qty"),
            figure=True,
            example="2",
        ),
        Field(
            "unit_price",
            "The price of one, as the shop's prices are told: with tax or without.",
            ("unitprice", "price"),
            figure=True,
            example="1.20",
        ),
        Field(
            "discount",
            "What was taken off the line: a percentage with its sign, such as 10 %.",
            ("discount",),
        ),
        Field(
            "discount_percent",
            "The same in percent, without a sign.",
            ("discountpercent",),
            figure=True,
            example="10",
        ),
        Field(
            "discount_rate",
            "The same as a part of 1, such as 0.1.",
            ("discountrate",),
            figure=True,
        ),
        Field(
            "discount_amount",
            "The same as an amount off the whole line.",
            ("discountamount",),
            figure=True,
        ),
        Field(
            "tax_rate",
            "The code of a tax rate of the shop, that of the product by default.",
            ("taxrate", "taxratecode", "taxcode"),
        ),
        Field(
            "customer",
            "Code, external id, e-mail address or name of a customer of the shop.",
            ("customer", "customercode", "customerid", "customername"),
            code=True,
        ),
        Field(
            "tender",
            "How it was paid: cash, card, voucher or other, which is the default.",
            ("tender", "payment", "paymentmethod"),
            example="card",
        ),
        LOCATION,
    )
}

PRESETS: Mapping[str, Preset] = {
    name: Listed(
        name,
        name == "stockbook",
        FIELDS,
        keys=("sku", "barcode"),
        needs=(),
        always=("invoice", "date", "quantity", "unit_price"),
    )
    for name in ("stockbook", "free")
}
