"""Products as an API sends them: the same rows that a file gives, made of typed values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypedDict

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.category import PATH_SEPARATOR, clean_names, path_key
from app.domain.catalog.fields import ProductValues, checked, search_text
from app.domain.catalog.limits import FAMILY_KEY_LENGTH, NAME_LENGTH
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import clean_line, fold, key
from app.domain.imports.fields import CLEARABLE, FIELDS, clear_bit
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.parsed import BarcodeRow, ProductRow
from app.domain.imports.plan import Options, Plan
from app.domain.imports.records import Checkpoint, FileFormat


class ItemValues(TypedDict, total=False):
    """What is said of a product; an absent key keeps what is stored, None empties a field.

    `category` is a path, `family` a key, `unit` and `tax_rate` are codes; an attribute of None is
    taken away. Images join those there are.
    """

    sku: str
    name: str
    description: str | None
    category: str | None
    family: str | None
    unit: str
    tax_rate: str
    price: UnitPrice
    cost: UnitPrice | None
    tracks_stock: bool
    active: bool
    barcodes: tuple[Barcode, ...] | None
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    attributes: dict[str, str | None]
    images: Sequence[str]
    external_id: str | None


def item_plan(options: Options) -> Plan:
    """Return the plan of rows that come from no file: faults name the fields themselves."""
    header = tuple(FIELDS)
    return Plan(
        format=FileFormat("utf-8", False, ",", "", header, Checkpoint(0, 1, 1)),
        preset="stockbook",
        mapping=tuple(enumerate(header)),
        decimal=DecimalMark.POINT,
        options=options,
    )


def item_row(number: int, values: ItemValues) -> tuple[ProductRow, list[BarcodeRow]]:
    """Return the row of an item and its barcodes; `InvalidValue` names all its faulty fields."""
    texts = checked(_texts(values))
    sku, name = texts["sku"], texts.get("name")
    barcodes = values.get("barcodes") or ()
    path = values.get("category")
    names = clean_names(path.split(PATH_SEPARATOR.strip()), field="category") if path else ()
    family = values.get("family")
    if family is not None:
        family = clean_line(family, field="family", most=FAMILY_KEY_LENGTH)
    row = ProductRow(
        row=number,
        line=number,
        sku=sku,
        sku_key=key(sku),
        sku_derived=False,
        external_id=texts.get("external_id"),
        name=name,
        name_folded=name and fold(name)[:NAME_LENGTH],
        search_text=name and search_text(sku=sku, name=name, barcodes=barcodes),
        description=texts.get("description"),
        category=PATH_SEPARATOR.join(names) or None,
        category_key=path_key(names) if names else None,
        unit=_lower(values.get("unit")),
        tax_rate=_lower(values.get("tax_rate")),
        price_micros=_micros(values.get("price")),
        cost_micros=_micros(values.get("cost")),
        tracks_stock=values.get("tracks_stock"),
        active=values.get("active"),
        barcodes=json.dumps([code.code for code in barcodes]) if barcodes else None,
        reorder_point=_thousandths(values.get("reorder_point")),
        reorder_quantity=_thousandths(values.get("reorder_quantity")),
        opening_quantity=None,
        attributes=_patch(values, texts),
        family=family,
        family_key=family and key(family),
        images=tuple(texts.get("images", ())),
        cleared=sum(clear_bit(field) for field in CLEARABLE if _empties(values, field)),
    )
    codes = [(number, place, code.code, code.key) for place, code in enumerate(barcodes)]
    return row, codes


def _texts(values: ItemValues) -> ProductValues:
    """Return the texts that the catalog has rules for."""
    texts: ProductValues = {"sku": values["sku"]}
    if "name" in values:
        texts["name"] = values["name"]
    for field in ("description", "external_id"):
        if values.get(field) is not None:
            texts[field] = values[field]
    if "images" in values:
        texts["images"] = values["images"]
    told = {name: text for name, text in values.get("attributes", {}).items() if text is not None}
    if told:
        texts["attributes"] = told
    return texts


def _patch(values: ItemValues, texts: ProductValues) -> str | None:
    gone = {
        name.strip(): None for name, text in values.get("attributes", {}).items() if text is None
    }
    patch = {**gone, **texts.get("attributes", {})}
    return json.dumps(patch, ensure_ascii=False) if patch else None


def _empties(values: ItemValues, field: str) -> bool:
    return field in values and values[field] in (None, ())  # type: ignore[literal-required]


def _lower(code: str | None) -> str | None:
    return code and code.strip().lower()


def _micros(price: UnitPrice | None) -> int | None:
    return None if price is None else price.micros


def _thousandths(quantity: Quantity | None) -> int | None:
    return None if quantity is None else quantity.thousandths
