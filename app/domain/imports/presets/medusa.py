"""The product export of Medusa: every row is a variant and repeats its product.

A product that has options is a family by its handle, with the product's pictures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.imports.fields import FIELDS, Field, header_key, is_field
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.base import (
    Arranged,
    Carry,
    Unfit,
    attribute_columns,
    mapped_columns,
    missing_of_products,
)
from app.domain.imports.presets.families import (
    FAMILY_FIELDS,
    Kin,
    kin_cells,
    option_names,
    pictures,
)
from app.domain.imports.presets.variants import activity, is_default, variant_key, variant_name
from app.domain.imports.records import Record

_OPTIONS = (1, 2, 3)
_PICTURE = re.compile(r"productthumbnail|(?:product)?image\d+(?:url)?", re.ASCII)
_ALIASES: Mapping[str, str] = {
    "producthandle": "handle",
    "producttitle": "title",
    "varianttitle": "variant_title",
    "productdescription": "description",
    "productstatus": "status",
    "producttype": "category",
    "variantid": "external_id",
    "variantsku": "sku",
    "variantbarcode": "barcodes",
    "variantean": "barcodes",
    "variantupc": "barcodes",
    "variantmanageinventory": "tracks_stock",
    "variantinventoryquantity": "quantity",
    **{f"variantoption{n}name": f"option{n}_name" for n in _OPTIONS},
    **{f"variantoption{n}value": f"option{n}_value" for n in _OPTIONS},
    **{f"option{n}name": f"option{n}_name" for n in _OPTIONS},
    **{f"option{n}value": f"option{n}_value" for n in _OPTIONS},
}
_COMPOSED = frozenset({"handle", "title", "variant_title", "status", *FAMILY_FIELDS}) | frozenset(
    f"option{n}_{part}" for n in _OPTIONS for part in ("name", "value")
)
_TOLD_BY = {
    "family": "handle",
    "family_name": "title",
    "family_options": "option1_name",
    "family_images": "images",
    "images": "images",
}


@dataclass(frozen=True, slots=True)
class Medusa:
    """Variants with a price for each currency, of which the shop's is read."""

    name: str = "medusa"
    point_by_default: bool = True
    slash_parts: bool = False

    @property
    def fields(self) -> Mapping[str, Field]:
        return FIELDS

    def fits(self, keys: frozenset[str]) -> bool:
        return {"producthandle", "producttitle", "varianttitle"} <= keys

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        aliases = _aliases(currency)
        keys = list(enumerate(map(header_key, header)))
        pictured = {index: "images" for index, key in keys if _PICTURE.fullmatch(key)}
        return pictured | {index: aliases[key] for index, key in keys if key in aliases}

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        word = "title" if name == "name" else name
        return [key for key, field in _aliases(currency).items() if field == word]

    def is_field(self, name: str) -> bool:
        return name in _COMPOSED or is_field(name)

    def is_figure(self, name: str) -> bool:
        return name in FIELDS and FIELDS[name].figure

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        missing = missing_of_products(
            fields | ({"name"} & _named(fields)),
            mode=mode,
            keys=("external_id", "sku", "handle"),
        )
        if mode is Mode.UPSERT and "price" not in fields:
            missing += ("price",)
        return missing

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        places = {name: index for index, name in plan.mapping}
        extra = attribute_columns(plan)
        pictured = plan.columns("images")
        told: dict[str, list[str]] = {name: [] for name in FAMILY_FIELDS}
        doubts: list[Unfit] = []
        names: list[str] = []
        actives: list[str] = []
        keys: list[str | None] = []
        attributes: list[tuple[tuple[str, str], ...]] = []
        for record in records:
            cells = record[2]
            own = {name: cells[index].strip() for name, index in places.items()}
            title = own.get("title", "")
            values = [own.get(f"option{n}_value", "") for n in _OPTIONS]
            names.append(variant_name(title, [own.get("variant_title", "")]))
            actives.append(activity(own.get("status", ""), ""))
            keys.append(own.get("external_id") or variant_key(own.get("handle", ""), values))
            pairs = [
                (own.get(f"option{n}_name", ""), value)
                if not is_default(value, title=title)
                else ("", "")
                for n, value in zip(_OPTIONS, values, strict=True)
            ]
            images, wrong = _pictures(record, pictured, plan)
            doubts += wrong
            kin = None
            if own.get("handle") and any(name for name, _ in pairs):
                options = option_names(name for name, _ in pairs)
                kin, images = Kin(own["handle"], title, options, images), ()
            said = kin_cells(kin, images)
            for name, texts in told.items():
                texts.append(said.get(name, ""))
            attributes.append((*pairs, *((name, cells[index]) for index, name in extra)))
        columns = mapped_columns(records, plan, skip=_COMPOSED)
        columns.setdefault("name", [(plan.header_of("title"), names)])
        columns.setdefault("active", [(plan.header_of("status"), actives)])
        for name, texts in told.items():
            columns[name] = [(plan.header_of(_TOLD_BY[name]), texts)]
        return Arranged(
            places=[(row, line) for row, line, _ in records],
            columns=columns,
            attributes=attributes,
            attribute_headers=(
                *(plan.header_of(f"option{n}_value") for n in _OPTIONS),
                *(plan.format.header[index] for index, _ in extra),
            ),
            external_keys=keys,
            doubts=doubts,
            carry=carry,
        )


def _aliases(currency: str) -> Mapping[str, str]:
    code = currency.casefold()
    return {**_ALIASES, f"variantprice{code}": "price", f"price{code}": "price"}


def _pictures(
    record: Record, columns: Sequence[int], plan: Plan
) -> tuple[tuple[str, ...], list[Unfit]]:
    """Return the pictures of all columns that hold some, and the doubts, each at its column."""
    row, line, cells = record
    found: dict[str, None] = {}
    doubts: list[Unfit] = []
    for index in columns:
        more, wrong = pictures("images", [cells[index]])
        found |= dict.fromkeys(more)
        header = plan.format.header[index]
        doubts += (Unfit(row, line, header, code, cells[index], told) for _, code, told in wrong)
    return tuple(found), doubts


def _named(fields: frozenset[str]) -> frozenset[str]:
    return frozenset({"name"}) if "title" in fields else frozenset()
