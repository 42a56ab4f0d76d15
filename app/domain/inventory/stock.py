"""Stock on hand: what may be taken, and what is said when it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.common.errors import Conflict, FieldError
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.common.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """One (product, location) of a document that cannot be served, its lines taken together."""

    product_id: ProductId
    location_id: LocationId
    requested: Quantity
    available: Quantity


class InsufficientStock(Conflict):
    """There is less available than asked; every shortage of the document is listed."""

    code = "insufficient_stock"
    title = "Not enough stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__(
            "; ".join(
                f"product {s.product_id}: {s.requested} asked, {s.available} available"
                for s in self.shortages
            ),
            errors=tuple(
                FieldError("", self.code, f"{s.requested} asked, {s.available} available")
                for s in self.shortages
            ),
            extra={
                "shortages": [
                    {
                        "product_id": str(s.product_id),
                        "location_id": str(s.location_id),
                        "requested": str(s.requested),
                        "available": str(s.available),
                    }
                    for s in self.shortages
                ]
            },
        )
