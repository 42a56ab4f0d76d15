"""By which rule the cells of each product field are read."""

from __future__ import annotations

from app.domain.catalog.limits import (
    DESCRIPTION_LENGTH,
    EXTERNAL_ID_LENGTH,
    FAMILY_KEY_LENGTH,
    NAME_LENGTH,
    SKU_LENGTH,
)
from app.domain.imports.cells import (
    DAMAGED_SKU,
    category_reader,
    image_reader,
    line_reader,
    mending,
    read_barcodes,
    read_boolean,
    read_code,
    read_opposite,
    read_options,
    sku_reader,
    text_reader,
)
from app.domain.imports.columns import ColumnReader
from app.domain.imports.fields import FIELDS
from app.domain.imports.numbers import price_reader, quantity_reader
from app.domain.imports.plan import Plan
from app.domain.imports.presets.registry import FREE, preset_named


def product_readers(plan: Plan) -> dict[str, ColumnReader]:
    """Return the reader of every product field for this plan."""
    price = price_reader(plan.decimal, currency=plan.options.currency)
    quantity = quantity_reader(plan.decimal)
    category = category_reader(
        slash_parts=preset_named(plan.preset, kind=plan.kind).slash_parts,
        separator=plan.options.category_separator,
    )
    null_word = plan.options.null_word
    readers = {
        "sku": ColumnReader(
            read=sku_reader(most=SKU_LENGTH),
            null_word=null_word,
            most=SKU_LENGTH,
            code=FIELDS["sku"].code,
            suspect=DAMAGED_SKU,
        ),
        "name": ColumnReader(
            read=mending(line_reader("name", most=NAME_LENGTH)),
            null_word=null_word,
            most=NAME_LENGTH,
        ),
        "description": ColumnReader(
            read=mending(text_reader("description", most=DESCRIPTION_LENGTH)),
            null_word=null_word,
            most=DESCRIPTION_LENGTH,
            lines=True,
            clearable=True,
        ),
        "external_id": ColumnReader(
            read=line_reader("external_id", most=EXTERNAL_ID_LENGTH),
            null_word=null_word,
            most=EXTERNAL_ID_LENGTH,
            code=FIELDS["external_id"].code,
            clearable=True,
        ),
    }
    plain = {
        "category": category,
        "unit": read_code,
        "tax_rate": read_code,
        "price": price,
        "cost": price,
        "tracks_stock": read_boolean,
        "active": read_boolean,
        "discontinued": read_opposite,
        "barcodes": read_barcodes,
        "reorder_point": quantity,
        "reorder_quantity": quantity,
        "quantity": quantity,
        "family_options": read_options,
    }
    for name, read in plain.items():
        readers[name] = ColumnReader(
            read=read,
            null_word=null_word,
            clearable=FIELDS[name].clearable,
            code=FIELDS[name].code,
        )
    return readers | _family_readers(null_word) | _picture_readers(plan)


def _family_readers(null_word: str | None) -> dict[str, ColumnReader]:
    return {
        "family": ColumnReader(
            read=line_reader("family", most=FAMILY_KEY_LENGTH),
            null_word=null_word,
            most=FAMILY_KEY_LENGTH,
            code=FIELDS["family"].code,
            clearable=True,
        ),
        "family_name": ColumnReader(
            read=line_reader("family_name", most=NAME_LENGTH),
            null_word=null_word,
            most=NAME_LENGTH,
        ),
    }


def _picture_readers(plan: Plan) -> dict[str, ColumnReader]:
    # The NULL word takes no picture away, so it is a text like any other.
    pictures = ColumnReader(read=image_reader(loose=plan.preset == FREE))
    return {"family_images": pictures, "images": pictures}
