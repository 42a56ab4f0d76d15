"""The product export of Shopify: the rows of one handle are the variants of one product.

The first row of a handle has title, text, vendor and the names of the options; the rows below it
leave them empty. A row that has neither SKU, option, price nor barcode only adds an image. The head
of the current handle is carried from chunk to chunk.

A product that has options is a family by its handle, and its images are those of the family; each
variant tells of all that came so far, so that none is lost with a row that fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.catalog.limits import IMAGES
from app.domain.imports.fields import FIELDS, Field, header_key, is_field
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.base import (
    Arranged,
    Carry,
    Unfit,
    attribute_columns,
    mapped_columns,
    missing_of_products,
    told_of,
)
from app.domain.imports.presets.families import (
    FAMILY_FIELDS,
    Addition,
    Kin,
    Told,
    kin_cells,
    option_names,
    pictures,
)
from app.domain.imports.presets.variants import activity, is_default, variant_key, variant_name
from app.domain.imports.records import Record

_OPTIONS = (1, 2, 3)
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "handle": ("handle", "urlhandle"),
    "name": ("title",),
    "description": ("bodyhtml", "description"),
    "vendor": ("vendor",),
    "category": ("type",),
    "published": ("published", "publishedononlinestore"),
    "status": ("status",),
    "gift_card": ("giftcard",),
    "sku": ("variantsku", "sku"),
    "tracker": ("variantinventorytracker", "inventorytracker"),
    "quantity": ("variantinventoryqty", "inventoryquantity"),
    "price": ("variantprice", "price"),
    "cost": ("costperitem",),
    "barcodes": ("variantbarcode", "barcode"),
    "images": ("imagesrc", "productimageurl"),
    "variant_image": ("variantimage", "variantimageurl"),
    **{f"option{n}_name": (f"option{n}name",) for n in _OPTIONS},
    **{f"option{n}_value": (f"option{n}value",) for n in _OPTIONS},
}
_HEAD = (
    "name",
    "description",
    "vendor",
    "category",
    "published",
    "status",
    "gift_card",
    "option1_name",
    "option2_name",
    "option3_name",
)
_OWN = ("sku", "price", "barcodes", "option1_value", "option2_value", "option3_value")
_COMPOSED = frozenset((*_HEAD, *FAMILY_FIELDS, "handle", "tracker", "variant_image",
                       "option1_value", "option2_value", "option3_value"))  # fmt: skip


@dataclass(slots=True)
class _Rows:
    """What is gathered of the product rows, column by column."""

    records: list[Record] = field(default_factory=list)
    columns: dict[str, list[str]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                *("name", "description", "category", "active", "tracks_stock"),
                *FAMILY_FIELDS,
            )
        }
    )
    attributes: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shopify:
    """Products with variants."""

    name: str = "shopify"
    point_by_default: bool = True
    slash_parts: bool = False

    @property
    def fields(self) -> Mapping[str, Field]:
        return FIELDS

    def fits(self, keys: frozenset[str]) -> bool:
        return {"handle", "title"} <= keys and bool(
            keys & {"variantsku", "variantprice", "option1name", "option1value"}
        )

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        keys = [header_key(title) for title in header]
        proposed: dict[int, str] = {}
        for name, aliases in _ALIASES.items():
            found = [alias for alias in aliases if alias in keys]
            for index, key in enumerate(keys):
                if found and key == found[0]:
                    proposed[index] = name
        return proposed

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        return _ALIASES[name]

    def is_field(self, name: str) -> bool:
        return name in _ALIASES or is_field(name)

    def is_figure(self, name: str) -> bool:
        return name in FIELDS and FIELDS[name].figure

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        return missing_of_products(fields, mode=mode, keys=("handle", "sku"))

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        places = {name: index for index, name in plan.mapping}
        extra = attribute_columns(plan)
        head: dict[str, Any] = dict(carry)
        rows = _Rows()
        arranged = Arranged(places=[], columns={})
        for row, line, cells in records:
            own = {name: cells[index].strip() for name, index in places.items()}
            handle = own.get("handle", "")
            told = any(own.get(name) for name in _OWN)
            starts = bool(own.get("name")) or not head or handle != head["handle"]
            if starts and (told or own.get("name")):
                head = _started(handle, own)
            elif not told and not starts:
                arranged.continuation.append(row)
                _add(arranged, (row, line, cells), head, own, plan)
                continue
            elif not told:
                arranged.unfit.append(_orphan(row, line, handle, plan))
                continue
            rows.records.append((row, line, cells))
            arranged.doubts += told_of(_compose(rows, head, own), (row, line, cells), plan)
            if extra:
                pairs = tuple((name, cells[index]) for index, name in extra)
                rows.attributes[-1] += pairs
        return _arranged(arranged, rows, plan, head)


def _orphan(row: int, line: int, handle: str, plan: Plan) -> Unfit:
    expected = "an image below the rows of its product"
    return Unfit(row, line, plan.header_of("handle"), "orphan_row", handle, expected)


def _started(handle: str, own: Mapping[str, str]) -> dict[str, Any]:
    """Return the head of a product; a lone "Default Title" is no option."""
    title = own.get("name", "")
    options = [own.get(f"option{n}_value", "") for n in _OPTIONS]
    varies = any(not is_default(value, title=title) for value in options)
    return {
        "handle": handle,
        **{name: own.get(name, "") for name in _HEAD},
        "varies": bool(handle) and varies,
        "options": option_names(own.get(f"option{n}_name", "") for n in _OPTIONS),
        "pictures": [],
    }


def _gather(head: dict[str, Any], own: Mapping[str, str]) -> tuple[tuple[str, ...], list[Told]]:
    """Return the picture of a row; a family keeps in mind all that it has."""
    found, doubts = pictures("images", [own.get("images", "")])
    if head.get("varies"):
        known: list[str] = head["pictures"]
        new = [image for image in found if image not in known]
        head["pictures"] = [*known, *new][:IMAGES]
    return found, doubts


def _add(
    arranged: Arranged, record: Record, head: dict[str, Any], own: Mapping[str, str], plan: Plan
) -> None:
    """Note the picture of a row that has nothing else."""
    found, doubts = _gather(head, own)
    arranged.doubts += told_of(doubts, record, plan)
    if found:
        kin = Kin(head["handle"], images=found) if head.get("varies") else None
        arranged.additions.append((record[0], record[1], Addition(found, kin)))


def _compose(rows: _Rows, head: dict[str, Any], own: Mapping[str, str]) -> list[Told]:
    """Add a product to the rows; returns the doubts about its pictures."""
    values = [own.get(f"option{n}_value", "") for n in _OPTIONS]
    pairs = tuple(
        (head[f"option{n}_name"], value) if not is_default(value, title=head["name"]) else ("", "")
        for n, value in zip(_OPTIONS, values, strict=True)
    )
    columns = rows.columns
    columns["name"].append(variant_name(head["name"], values))
    columns["description"].append(head["description"])
    columns["category"].append(head["category"])
    columns["active"].append(activity(head["status"], head["published"]))
    if head["gift_card"].casefold() == "true":
        columns["tracks_stock"].append("false")
    elif "tracker" in own:
        columns["tracks_stock"].append("true" if own["tracker"] else "false")
    else:
        columns["tracks_stock"].append("")
    rows.attributes.append((*pairs, ("Vendor", head["vendor"])))
    rows.keys.append(variant_key(head["handle"], values))
    found, doubts = _gather(head, own)
    images, more = pictures("variant_image", [own.get("variant_image", "")])
    kin = None
    if head.get("varies"):
        kin = Kin(head["handle"], head["name"], head["options"], head["pictures"])
    else:
        images = (*found, *images)
    told = kin_cells(kin, images)
    for name in FAMILY_FIELDS:
        columns[name].append(told.get(name, ""))
    return doubts + more


def _arranged(arranged: Arranged, rows: _Rows, plan: Plan, head: Mapping[str, Any]) -> Arranged:
    status = plan.header_of("status") or plan.header_of("published")
    headers = {
        "active": status,
        "tracks_stock": plan.header_of("tracker"),
        "family": plan.header_of("handle"),
        "family_name": plan.header_of("name"),
        "family_options": plan.header_of("option1_name"),
    }
    columns = mapped_columns(rows.records, plan, skip=_COMPOSED)
    for name, cells in rows.columns.items():
        columns.setdefault(name, [(headers.get(name) or plan.header_of(name), cells)])
    arranged.places = [(row, line) for row, line, _ in rows.records]
    arranged.columns = columns
    arranged.attributes = rows.attributes
    arranged.attribute_headers = (
        *(plan.header_of(f"option{n}_value") for n in _OPTIONS),
        plan.header_of("vendor"),
        *(plan.format.header[index] for index, _ in attribute_columns(plan)),
    )
    arranged.external_keys = rows.keys
    arranged.carry = head
    return arranged
