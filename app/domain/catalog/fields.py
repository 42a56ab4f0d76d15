"""The rules of a product's fields, shared by the API and the import."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, cast

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.images import parse_images
from app.domain.catalog.limits import (
    ATTRIBUTE_NAME_LENGTH,
    ATTRIBUTE_VALUE_LENGTH,
    ATTRIBUTES,
    DESCRIPTION_LENGTH,
    EXTERNAL_ID_LENGTH,
    NAME_LENGTH,
    SKU_LENGTH,
)
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.identifiers import CategoryId, FamilyId, TaxRateId, UnitId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import clean_line, clean_text, fold

# Between the parts of a search text: no query holds a line break, so none matches across parts.
_PART = "\n"


class ProductValues(TypedDict, total=False):
    """What a caller may say of a product; an absent key is left as it is."""

    sku: str
    name: str
    description: str | None
    category_id: CategoryId | None
    family_id: FamilyId | None
    unit_id: UnitId
    tax_rate_id: TaxRateId
    price: UnitPrice
    cost: UnitPrice | None
    tracks_stock: bool
    barcodes: tuple[Barcode, ...]
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    attributes: dict[str, str]
    images: Sequence[str]
    external_id: str | None


def checked(values: ProductValues) -> ProductValues:
    """Return the values as they are stored; all faults of all fields are in one error."""
    result: dict[str, object] = dict(values)
    faults: list[FieldError] = []
    for field, rule in _RULES.items():
        if field not in result:
            continue
        try:
            result[field] = rule(result[field])
        except InvalidValue as fault:
            faults.extend(fault.errors)
    if faults:
        raise InvalidValue(
            "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults),
            errors=tuple(faults),
        )
    return cast(ProductValues, result)


def search_text(*, sku: str, name: str, barcodes: tuple[Barcode, ...]) -> str:
    """Return what a text query is looked for in, by one rule for SKU, name and barcodes."""
    codes = [text for code in barcodes for text in dict.fromkeys((code.code, code.key))]
    return _PART.join(fold(part) for part in (sku, name, *codes))


def _sku(text: str) -> str:
    return clean_line(text, field="sku", most=SKU_LENGTH)


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)


def _description(text: str | None) -> str | None:
    if text is None:
        return None
    return clean_text(text, field="description", most=DESCRIPTION_LENGTH) or None


def _external_id(text: str | None) -> str | None:
    if text is None:
        return None
    return clean_line(text, field="external_id", most=EXTERNAL_ID_LENGTH)


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    if len(values) > ATTRIBUTES:
        raise InvalidValue.of("attributes", f"holds at most {ATTRIBUTES} entries", code="too_many")
    result: dict[str, str] = {}
    for name, value in values.items():
        label = clean_line(name, field="attributes", most=ATTRIBUTE_NAME_LENGTH)
        result[label] = clean_text(
            value, field=f"attributes/{_escaped(label)}", most=ATTRIBUTE_VALUE_LENGTH
        )
    return result


def _escaped(name: str) -> str:
    """Escape a name for a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


_RULES: dict[str, Callable[[Any], object]] = {
    "sku": _sku,
    "name": _name,
    "description": _description,
    "external_id": _external_id,
    "attributes": _attributes,
    "images": parse_images,
}
