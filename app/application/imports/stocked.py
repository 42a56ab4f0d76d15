"""What rows may say about stock: of which places, and of which products in which quantities."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.deciding import Placed, RowRefused, Taken
from app.application.imports.goods import Goods, Naming
from app.application.imports.kinds import Task
from app.application.imports.openings.ports import KnownLocation, OpeningImportsWork
from app.application.inventory.ports import StockRoom
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockedItem
from app.domain.inventory.locations import MAIN_ID, TRANSIT_ID
from app.domain.inventory.plan import Place


class StockRow(Placed, Naming, Protocol):
    """A row that tells of a product at a place, the code of which it names."""

    @property
    def location(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A product at a place."""

    item: StockedItem
    location: KnownLocation

    @property
    def place(self) -> Place:
        return self.item.product_id, self.location.id

    @property
    def key(self) -> str:
        return _key(*self.place)

    @property
    def label(self) -> str:
        return f"{self.item.sku} at {self.location.code}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the shop has of all that the rows of a chunk speak of."""

    room: StockRoom
    goods: Goods
    items: Mapping[ProductId, StockedItem]
    locations: Mapping[str, KnownLocation]
    taken: Taken

    @classmethod
    async def of(cls, work: OpeningImportsWork, rows: Collection[StockRow], task: Task) -> Shelf:
        room = await work.stock_documents.room(MAIN_ID)
        goods = await Goods.of(work.goods, rows)
        locations = await work.opening_imports.locations({row.location for row in rows})
        asked = {
            _key(product.id, location.id)
            for row in rows
            if (product := goods.find(row)) and (location := locations.get(row.location))
        }
        return cls(
            room=room,
            goods=goods,
            items=await work.stock_documents.items({product.id for product in goods}),
            locations=locations,
            taken=Taken(await work.imports.first_rows(task.identifier, asked)),
        )

    @property
    def products(self) -> Collection[ProductId]:
        return self.items.keys()

    @property
    def places(self) -> Collection[LocationId]:
        return {location.id for location in self.locations.values()}

    def spot(self, row: StockRow) -> Spot:
        """Return what the row tells of; refuse it if the shop has no such thing, or an earlier row
        told of it."""
        product = self.goods.named(row)
        spot = Spot(self.items[product.id], open_location(row.location, self.locations))
        self.taken.refuse(spot.key, row=row.row, field="sku", value=product.sku)
        return spot


def _key(product: ProductId, location: LocationId) -> str:
    return f"{product}:{location}"


def open_location(code: str, locations: Mapping[str, KnownLocation]) -> KnownLocation:
    """Return the location, or refuse the row: goods lie in one of the shop's that is open."""
    location = locations.get(code)
    if location is None or not location.holds_goods:
        expected = "the code of a location of the shop that holds goods"
        raise RowRefused("location", "not_found", code, expected)
    if location.id == TRANSIT_ID:
        expected = "a place of the shop: what is in transit is for transfers alone"
        raise RowRefused("location", "invalid_value", code, expected)
    if not location.active:
        raise RowRefused("location", "location_closed", code, "a location that is open")
    return location


def check_quantity(quantity: Quantity, item: StockedItem, *, field: str) -> None:
    """Refuse products that keep no stock, and parts of what comes in whole units."""
    if not item.tracks_stock:
        raise RowRefused("sku", "not_stocked", item.sku, "a product whose stock is counted")
    if not quantity.fits(item.unit_decimals):
        expected = f"{item.unit_code} with at most {item.unit_decimals} decimal places"
        raise RowRefused(field, "invalid_value", quantity, expected)
