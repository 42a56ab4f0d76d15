"""The reorder list as it is shown."""

from __future__ import annotations

from pydantic import Field

from app.api.v1.schemas.common import ProductIdField, Schema, SupplierIdField
from app.api.v1.schemas.report_sales import units
from app.application.reports.reorder import Reorder, Source

_COST = "Only for those who may see costs."


class SourceOut(Schema):
    """The supplier that is preferred for the product."""

    supplier_id: SupplierIdField
    supplier: str = Field(description="Code of the supplier.")
    supplier_name: str
    supplier_sku: str | None
    pack_size: str = Field(examples=["12.000"])
    minimum_packs: str | None
    lead_time_days: int | None
    pack_cost: str | None = Field(description=_COST)
    currency: str = Field(examples=["EUR"], description="In which the supplier sells.")

    @classmethod
    def of(cls, source: Source, *, costs: bool) -> SourceOut:
        terms, cost = source.terms, source.pack_cost
        return cls(
            supplier_id=source.supplier_id,
            supplier=source.code,
            supplier_name=source.name,
            supplier_sku=source.sku,
            pack_size=str(terms.pack_size),
            minimum_packs=None if terms.minimum is None else str(terms.minimum),
            lead_time_days=terms.lead_time_days,
            pack_cost=None if cost is None or not costs else cost.amount,
            currency=source.currency,
        )


class ReorderOut(Schema):
    """A product that is down to its reorder point, with what is on its way counted in."""

    product_id: ProductIdField
    sku: str
    name: str
    available: str = Field(examples=["3.000"])
    incoming: str = Field(examples=["0.000"], description="Ordered and not yet received.")
    reorder_point: str = Field(examples=["5.000"])
    reorder_quantity: str | None
    sold: str = Field(examples=["9.000"], description="In the period, less what came back.")
    proposed: str = Field(
        examples=["12.000"], description="Whole packs where the supplier sells packs."
    )
    proposed_packs: int | None
    source: SourceOut | None = Field(
        description="Only for those who may see suppliers; null where none is preferred."
    )

    @classmethod
    def of(cls, reorder: Reorder, *, suppliers: bool, costs: bool) -> ReorderOut:
        stock, source = reorder.stock, reorder.source
        return cls(
            product_id=stock.product_id,
            sku=stock.sku,
            name=stock.name,
            available=str(stock.available),
            incoming=str(stock.incoming),
            reorder_point=str(stock.reorder_point),
            reorder_quantity=None
            if stock.reorder_quantity is None
            else str(stock.reorder_quantity),
            sold=units(reorder.pace.sold),
            proposed=str(reorder.proposal.quantity),
            proposed_packs=reorder.proposal.packs,
            source=SourceOut.of(source, costs=costs) if source and suppliers else None,
        )
