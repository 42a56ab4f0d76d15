"""Read side of the reorder list: pace of sales and preferred suppliers of a page of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, and_, select

from app.application.reports.queries import Within
from app.application.reports.reorder import Source, Supply
from app.domain.common.identifiers import ProductId
from app.domain.inventory.reorder import Terms
from app.infrastructure.db.readers.posted_lines import BY_PRODUCT, read_figures, summed
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.parties import supplier_items, suppliers

_items = supplier_items.c
_SUPPLY = (
    select(
        products.c.id,
        products.c.active,
        _items.supplier_id,
        suppliers.c.code,
        suppliers.c.name,
        suppliers.c.currency,
        _items.sku,
        _items.pack_size,
        _items.cost_micros,
        _items.lead_time_days,
        _items.minimum_order,
    )
    .join_from(
        products,
        supplier_items,
        and_(_items.product_id == products.c.id, _items.preferred),
        isouter=True,
    )
    .join(suppliers, suppliers.c.id == _items.supplier_id, isouter=True)
)


class SqlSupplyReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def supplies(
        self, within: Within, chosen: Sequence[ProductId]
    ) -> Mapping[ProductId, Supply]:
        sales = summed(within, BY_PRODUCT, products=chosen)
        async with self._reads.snapshot() as connection:
            sold = {
                row["product_id"]: read_figures(row).units
                for row in (await connection.execute(sales)).mappings()
            }
            rows = (await connection.execute(_SUPPLY.where(products.c.id.in_(chosen)))).mappings()
        return {
            row["id"]: Supply(
                active=row["active"],
                sold=sold.get(row["id"], 0),
                source=_source(row),
            )
            for row in rows
        }


def _source(row: RowMapping) -> Source | None:
    if row["supplier_id"] is None:
        return None
    return Source(
        supplier_id=row["supplier_id"],
        code=row["code"],
        name=row["name"],
        sku=row["sku"],
        pack_cost=row["cost_micros"],
        currency=row["currency"],
        terms=Terms(
            pack_size=row["pack_size"],
            minimum=row["minimum_order"],
            lead_time_days=row["lead_time_days"],
        ),
    )
