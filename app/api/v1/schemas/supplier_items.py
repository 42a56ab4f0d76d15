"""What is sent and shown of what suppliers sell."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from pydantic import Field, StrictBool

from app.api.v1.schemas.catalog import PriceIn
from app.api.v1.schemas.common import (
    MoneyOut,
    PercentField,
    ProductIdField,
    QuantityField,
    Schema,
    Sparse,
    SupplierIdField,
    SupplierItemIdField,
    absent,
    shown_percent,
)
from app.application.parties.queries import SupplierItemView
from app.domain.catalog.limits import BARCODE_LENGTH
from app.domain.parties.item import SupplierItemValues
from app.domain.parties.limits import LEAD_TIME_DAYS, SUPPLIER_SKU_LENGTH

SupplierSku = Annotated[str, Field(max_length=SUPPLIER_SKU_LENGTH, examples=["W-4711"])]
LeadTime = Annotated[int, Field(strict=True, ge=0, le=LEAD_TIME_DAYS)]


class SupplierItemPatch(Sparse):
    """What is absent stays as it is; null clears what may be empty."""

    sku: SupplierSku | None = Field(default=None, description="The supplier's own number.")
    barcode: Annotated[str, Field(max_length=BARCODE_LENGTH)] | None = Field(
        default=None, description="On the supplier's pack."
    )
    pack_size: QuantityField = absent("What one pack holds, in the product's unit; more than 0.")
    cost: PriceIn | None = Field(
        default=None,
        description="Of one pack, in the supplier's currency; only from those who may see costs.",
    )
    lead_time_days: LeadTime | None = None
    minimum_order: QuantityField | None = Field(default=None, description="In packs.")
    over_receipt_percent: PercentField | None = Field(
        default=None, description="May come beyond what is ordered; the supplier's if null."
    )
    preferred: StrictBool = absent("True takes the preference from another item of the product.")

    def values(self) -> SupplierItemValues:
        given = self.given()
        if given.get("cost") is not None:
            given["cost"] = given["cost"].amount
        if "over_receipt_percent" in given:
            given["over_receipt_ppm"] = given.pop("over_receipt_percent")
        return cast("SupplierItemValues", given)

    def currency(self) -> str | None:
        return None if self.cost is None else self.cost.currency


class SupplierItemIn(SupplierItemPatch):
    product_id: ProductIdField


class SupplierItemOut(Schema):
    id: SupplierItemIdField
    supplier_id: SupplierIdField
    supplier_code: str
    supplier_name: str
    supplier_active: bool
    product_id: ProductIdField
    product_sku: str
    product_name: str
    sku: str | None
    barcode: str | None
    pack_size: QuantityField
    cost: MoneyOut | None = Field(
        description="Of one pack; null also for those who may not see costs."
    )
    lead_time_days: int | None
    minimum_order: QuantityField | None
    over_receipt_percent: PercentField | None
    preferred: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: SupplierItemView, *, costs: bool) -> SupplierItemOut:
        cost = None
        if costs and view.cost is not None:
            cost = MoneyOut(amount=view.cost.amount, currency=view.currency)
        return cls(
            id=view.id,
            supplier_id=view.supplier_id,
            supplier_code=view.supplier_code,
            supplier_name=view.supplier_name,
            supplier_active=view.supplier_active,
            product_id=view.product_id,
            product_sku=view.product_sku,
            product_name=view.product_name,
            sku=view.sku,
            barcode=view.barcode,
            pack_size=view.pack_size,
            cost=cost,
            lead_time_days=view.lead_time_days,
            minimum_order=view.minimum_order,
            over_receipt_percent=shown_percent(view.over_receipt_ppm),
            preferred=view.preferred,
            version=view.version,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )
