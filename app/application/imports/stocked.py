"""What rows may say about stock: of which places, and of which products in which quantities."""

from __future__ import annotations

from collections.abc import Mapping

from app.application.imports.deciding import RowRefused
from app.application.imports.openings.ports import KnownLocation
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockedItem


def open_location(code: str, locations: Mapping[str, KnownLocation]) -> KnownLocation:
    """Return the location, or refuse the row: goods lie in one of the shop's that is open."""
    location = locations.get(code)
    if location is None or not location.holds_goods:
        expected = "the code of a location of the shop that holds goods"
        raise RowRefused("location", "not_found", code, expected)
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
