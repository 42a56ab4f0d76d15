"""What a supplier sells: the shop's product under the supplier's own number, pack and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypedDict

from app.domain.catalog.barcode import Barcode
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import ProductId, SupplierId, SupplierItemId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import clean_line, key
from app.domain.parties.fields import over_receipt
from app.domain.parties.limits import LEAD_TIME_DAYS, SUPPLIER_SKU_LENGTH
from app.domain.parties.people import collecting, refuse

ONE = Quantity.of(1)


class SupplierHasCosts(Conflict):
    """Costs of the supplier's items are in its currency, so the currency stays."""

    code = "supplier_has_costs"
    title = "The supplier's items have costs"


class SupplierItemValues(TypedDict, total=False):
    """What a caller may say of an item; an absent key is left as it is."""

    product_id: ProductId
    sku: str | None
    barcode: str | None
    pack_size: Quantity
    cost: UnitPrice | None
    lead_time_days: int | None
    minimum_order: Quantity | None
    over_receipt_ppm: int | None
    preferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemCreated(DomainEvent):
    """A supplier sells a product; `item` holds all but the cost."""

    name: ClassVar[str] = "supplier_item.created"
    item: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemUpdated(DomainEvent):
    """An item changed in the fields named; `item` is how it is now, without its cost."""

    name: ClassVar[str] = "supplier_item.updated"
    item: Mapping[str, object]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemDeleted(DomainEvent):
    """A supplier sells a product no more."""

    name: ClassVar[str] = "supplier_item.deleted"
    item: Mapping[str, object]


@dataclass(eq=False, kw_only=True)
class SupplierItem(EventRecorderMixin):
    """`pack_size` is what one pack holds, in the product's unit; what is bought are packs.

    So `cost` is that of one pack, in the supplier's currency, and `minimum_order` counts packs.
    `over_receipt_ppm` goes before that of the supplier.
    At most one item of a product is preferred.
    """

    id: SupplierItemId
    supplier_id: SupplierId
    product_id: ProductId
    created_at: datetime
    updated_at: datetime
    sku: str | None = None
    sku_key: str | None = None
    barcode: str | None = None
    pack_size: Quantity = ONE
    cost: UnitPrice | None = None
    lead_time_days: int | None = None
    minimum_order: Quantity | None = None
    over_receipt_ppm: int | None = None
    preferred: bool = False
    version: int = 1

    @classmethod
    def create(
        cls,
        identifier: SupplierItemId,
        values: SupplierItemValues,
        *,
        supplier_id: SupplierId,
        at: datetime,
    ) -> SupplierItem:
        item = cls(
            id=identifier, supplier_id=supplier_id, created_at=at, updated_at=at, **_checked(values)
        )
        item._derive(at)
        item.record(SupplierItemCreated(subject=identifier, item=item.snapshot()))
        return item

    def change(self, values: SupplierItemValues, *, at: datetime) -> Changes:
        """Take the given values; returns what differs, and only then the item is touched."""
        changes = apply_changes(self, _checked(values))
        if changes:
            self._derive(at)
            event = SupplierItemUpdated(
                subject=self.id, changed=tuple(changes), item=self.snapshot()
            )
            self.record(event)
        return changes

    def leave(self) -> None:
        self.record(SupplierItemDeleted(subject=self.id, item=self.snapshot()))

    def snapshot(self) -> dict[str, object]:
        """The item as it stands in events: everything but the cost, which not everyone sees."""
        return {
            "supplier_id": str(self.supplier_id),
            "product_id": str(self.product_id),
            "sku": self.sku,
            "barcode": self.barcode,
            "pack_size": str(self.pack_size),
            "lead_time_days": self.lead_time_days,
            "minimum_order": None if self.minimum_order is None else str(self.minimum_order),
            "over_receipt_ppm": self.over_receipt_ppm,
            "preferred": self.preferred,
        }

    def _derive(self, at: datetime) -> None:
        self.sku_key = None if self.sku is None else key(self.sku)
        self.updated_at = at


def _checked(values: SupplierItemValues) -> dict[str, Any]:
    result: dict[str, Any] = dict(values)
    faults: list[FieldError] = []
    for field, rule in _RULES.items():
        if result.get(field) is not None:
            with collecting(faults):
                result[field] = rule(result[field])
    refuse(faults)
    return result


def _sku(text: str) -> str | None:
    return clean_line(text, field="sku", most=SUPPLIER_SKU_LENGTH) if text.strip() else None


def _barcode(text: str) -> str | None:
    return Barcode.parse(text, field="barcode").code if text.strip() else None


def _positive(field: str) -> Callable[[Quantity], Quantity]:
    def rule(quantity: Quantity) -> Quantity:
        if not quantity:
            raise InvalidValue.of(field, "must be more than 0")
        return quantity

    return rule


def _lead_time(days: int) -> int:
    if not 0 <= days <= LEAD_TIME_DAYS:
        raise InvalidValue.of("lead_time_days", f"is 0 to {LEAD_TIME_DAYS}")
    return days


_RULES: dict[str, Callable[[Any], object]] = {
    "sku": _sku,
    "barcode": _barcode,
    "pack_size": _positive("pack_size"),
    "minimum_order": _positive("minimum_order"),
    "lead_time_days": _lead_time,
    "over_receipt_ppm": over_receipt,
}
