"""A product's barcodes as one column, so that they come with the product in one statement."""

from __future__ import annotations

from sqlalchemy import String, cast, func, select

from app.infrastructure.db.tables.catalog import product_barcodes, products

# No code holds a line break. The position goes along, since SQLite orders aggregates only from
# version 3.44 on.
_LINE = "\n"
_POSITION = ":"

barcodes_column = (
    select(
        func.aggregate_strings(
            cast(product_barcodes.c.position, String) + _POSITION + product_barcodes.c.code, _LINE
        )
    )
    .where(product_barcodes.c.product_id == products.c.id)
    .correlate(products)
    .scalar_subquery()
    .label("barcodes")
)


def read_codes(text: str | None) -> tuple[str, ...]:
    """Return the codes of `barcodes_column` in their order."""
    if text is None:
        return ()
    pairs = (line.split(_POSITION, 1) for line in text.split(_LINE))
    return tuple(code for _, code in sorted((int(position), code) for position, code in pairs))
