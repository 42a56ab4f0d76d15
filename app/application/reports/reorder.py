"""What to order again: products down to their reorder point, with how much and from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.common.paging import PageRequest
from app.application.inventory.queries import InventoryReader, ProductStock
from app.application.reports.queries import Within
from app.application.reports.stock import Listed
from app.domain.common.identifiers import ProductId, SupplierId
from app.domain.common.money import UnitPrice
from app.domain.inventory.reorder import Pace, Proposal, Terms, propose


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The supplier that is preferred for a product; `pack_cost` is in their currency."""

    supplier_id: SupplierId
    code: str
    name: str
    sku: str | None
    pack_cost: UnitPrice | None
    currency: str
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What speaks for ordering a product: `sold` is in thousandths."""

    active: bool
    sold: int
    source: Source | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder:
    stock: ProductStock
    pace: Pace
    source: Source | None
    proposal: Proposal


class SupplyReader(Protocol):
    async def supplies(
        self, within: Within, chosen: Sequence[ProductId]
    ) -> Mapping[ProductId, Supply]:
        """Return those of the products, with what was sold of them in the span."""
        ...


class ReorderList:
    """Looks at what is low and leaves out what is on its way, and what is no longer sold."""

    def __init__(self, inventory: InventoryReader, supplies: SupplyReader) -> None:
        self._inventory = inventory
        self._supplies = supplies

    async def __call__(self, within: Within, *, days: int, page: PageRequest) -> Listed[Reorder]:
        """Return at most a page, by SKU; `days` is how long the span is."""
        low = await self._inventory.stock(page, low=True)
        supplies = await self._supplies.supplies(within, [item.product_id for item in low.items])
        found = (_reorder(item, supplies[item.product_id], days) for item in low.items)
        return Listed([reorder for reorder in found if reorder], low.next_after)


def _reorder(stock: ProductStock, supply: Supply, days: int) -> Reorder | None:
    point = stock.reorder_point.thousandths if stock.reorder_point else 0
    lacking = point - stock.available.thousandths - stock.incoming.thousandths
    if lacking < 0 or not supply.active:
        return None
    pace = Pace(sold=supply.sold, days=days)
    return Reorder(
        stock=stock,
        pace=pace,
        source=supply.source,
        proposal=propose(
            lacking=lacking,
            reorder_quantity=stock.reorder_quantity,
            pace=pace,
            terms=supply.source.terms if supply.source else None,
        ),
    )
