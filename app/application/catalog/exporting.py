"""Products as a file in our own format, which the import reads back without a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.catalog.queries import ProductFilter
from app.application.common.paging import Page, PageRequest
from app.domain.catalog.family import OPTION_SEPARATOR
from app.domain.catalog.images import IMAGE_SEPARATOR
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.cells import BARCODE_SEPARATOR
from app.domain.imports.fields import ATTRIBUTE
from app.domain.imports.own_file import category_cell


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedProduct:
    """A product with the names and codes of what it belongs to in place of their ids."""

    sku: str
    name: str
    description: str | None
    category: str | None
    family: str | None
    family_name: str | None
    family_options: tuple[str, ...] | None
    family_images: tuple[str, ...] | None
    unit: str
    tax_rate: str
    price: UnitPrice
    cost: UnitPrice | None
    tracks_stock: bool
    active: bool
    barcodes: tuple[str, ...]
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    external_id: str | None
    attributes: dict[str, str]
    images: tuple[str, ...]

    def values(self) -> dict[str, str]:
        """Return what the file says of it by column; what it does not have is left out."""
        values = {
            "sku": self.sku,
            "name": self.name,
            "description": self.description,
            "category": self.category and category_cell(self.category),
            "family": self.family,
            "family_name": self.family_name,
            "family_options": OPTION_SEPARATOR.join(self.family_options or ()),
            "family_images": IMAGE_SEPARATOR.join(self.family_images or ()),
            "unit": self.unit,
            "tax_rate": self.tax_rate,
            "price": self.price.amount,
            "cost": self.cost and self.cost.amount,
            "tracks_stock": _word(self.tracks_stock),
            "active": _word(self.active),
            "barcodes": BARCODE_SEPARATOR.join(self.barcodes),
            "reorder_point": None if self.reorder_point is None else str(self.reorder_point),
            "reorder_quantity": (
                None if self.reorder_quantity is None else str(self.reorder_quantity)
            ),
            "external_id": self.external_id,
            "images": IMAGE_SEPARATOR.join(self.images),
            **{ATTRIBUTE + name: value for name, value in self.attributes.items()},
        }
        return {column: text for column, text in values.items() if text}


class ProductExportReader(Protocol):
    async def attribute_names(self, where: ProductFilter) -> Sequence[str]:
        """Return each attribute that any of the products has, in order."""
        ...

    async def products(self, where: ProductFilter, *, page: PageRequest) -> Page[ExportedProduct]:
        """Return the products in the order of SKUs."""
        ...

    async def more_than(self, where: ProductFilter, number: int) -> bool:
        """Tell whether more products than that meet the conditions."""
        ...


def _word(value: bool) -> str:
    return "true" if value else "false"
