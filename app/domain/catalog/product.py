"""A product: what is sold, by which codes it is found, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.fields import ProductValues, checked, search_text
from app.domain.catalog.limits import NAME_LENGTH
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import CategoryId, FamilyId, ProductId, TaxRateId, UnitId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import fold, key


class ProductHasHistory(Conflict):
    """Movements of the product are counted in its unit, so unit and stock-keeping stay."""

    code = "product_has_history"
    title = "The product has stock movements"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCreated(DomainEvent):
    """There is a new product; `product` holds all of it but its cost."""

    name: ClassVar[str] = "product.created"
    product: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpdated(DomainEvent):
    """A product changed in the fields named; `product` is how it is now, without its cost."""

    name: ClassVar[str] = "product.updated"
    changed: tuple[str, ...]
    product: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeactivated(DomainEvent):
    """A product is no longer sold; it stays in every document."""

    name: ClassVar[str] = "product.deactivated"
    sku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductReactivated(DomainEvent):
    """A product is sold again."""

    name: ClassVar[str] = "product.reactivated"
    sku: str


@dataclass(eq=False, kw_only=True)
class Product(EventRecorderMixin):
    """`sku_key`, `name_folded` and `search_text` follow from the other fields."""

    id: ProductId
    sku: str
    name: str
    unit_id: UnitId
    tax_rate_id: TaxRateId
    price: UnitPrice
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    category_id: CategoryId | None = None
    family_id: FamilyId | None = None
    cost: UnitPrice | None = None
    tracks_stock: bool = True
    active: bool = True
    barcodes: tuple[Barcode, ...] = ()
    reorder_point: Quantity | None = None
    reorder_quantity: Quantity | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    external_id: str | None = None
    sku_key: str = ""
    name_folded: str = ""
    search_text: str = ""
    version: int = 1

    @classmethod
    def create(cls, identifier: ProductId, values: ProductValues, *, at: datetime) -> Product:
        """Make a product; SKU, name, price, unit and tax rate are required."""
        fields = checked(_complete(values))
        product = cls(
            id=identifier,
            sku=fields["sku"],
            name=fields["name"],
            description=fields.get("description"),
            category_id=fields.get("category_id"),
            family_id=fields.get("family_id"),
            unit_id=fields["unit_id"],
            tax_rate_id=fields["tax_rate_id"],
            price=fields["price"],
            cost=fields.get("cost"),
            tracks_stock=fields.get("tracks_stock", True),
            barcodes=fields.get("barcodes", ()),
            reorder_point=fields.get("reorder_point"),
            reorder_quantity=fields.get("reorder_quantity"),
            attributes=fields.get("attributes", {}),
            images=tuple(fields.get("images", ())),
            external_id=fields.get("external_id"),
            created_at=at,
            updated_at=at,
        )
        product._derive(at)
        product.record(ProductCreated(subject=identifier, product=product.snapshot()))
        return product

    def change(self, values: ProductValues, *, at: datetime) -> Changes:
        """Take the given values; returns what differs, and only then the product is touched."""
        changes = apply_changes(self, checked(values))
        if changes:
            self._derive(at)
            self.record(
                ProductUpdated(subject=self.id, changed=tuple(changes), product=self.snapshot())
            )
        return changes

    def deactivate(self, *, at: datetime) -> Changes:
        """Take it off sale; nothing differs if it is off already."""
        changes = self._set_active(False, at=at)
        if changes:
            self.record(ProductDeactivated(subject=self.id, sku=self.sku))
        return changes

    def reactivate(self, *, at: datetime) -> Changes:
        """Put it on sale again; nothing differs if it is on sale."""
        changes = self._set_active(True, at=at)
        if changes:
            self.record(ProductReactivated(subject=self.id, sku=self.sku))
        return changes

    def snapshot(self) -> dict[str, object]:
        """The product as it stands in events: everything but the cost, which not everyone sees."""
        return {
            "sku": self.sku,
            "name": self.name,
            "description": self.description,
            "category_id": _text(self.category_id),
            "family_id": _text(self.family_id),
            "unit_id": str(self.unit_id),
            "tax_rate_id": str(self.tax_rate_id),
            "price": self.price.amount,
            "tracks_stock": self.tracks_stock,
            "active": self.active,
            "barcodes": [barcode.code for barcode in self.barcodes],
            "reorder_point": _text(self.reorder_point),
            "reorder_quantity": _text(self.reorder_quantity),
            "attributes": dict(self.attributes),
            "images": list(self.images),
            "external_id": self.external_id,
        }

    def _set_active(self, active: bool, *, at: datetime) -> Changes:
        changes = apply_changes(self, {"active": active})
        if changes:
            self.updated_at = at
        return changes

    def _derive(self, at: datetime) -> None:
        self.sku_key = key(self.sku)
        # Folding can lengthen a text, and this one stands in an index: only its head sorts.
        self.name_folded = fold(self.name)[:NAME_LENGTH]
        self.search_text = search_text(sku=self.sku, name=self.name, barcodes=self.barcodes)
        self.updated_at = at


_REQUIRED = ("sku", "name", "price", "unit_id", "tax_rate_id")


def _complete(values: ProductValues) -> ProductValues:
    missing = [name for name in _REQUIRED if name not in values]
    if missing:
        raise InvalidValue.of(missing[0], "is required", code="missing")
    return values


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
