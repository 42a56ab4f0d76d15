"""Locations: owned ones can be renamed and closed, virtual ones stay as they are."""

from __future__ import annotations

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import LocationId
from app.domain.inventory.locations import (
    CUSTOMER_ID,
    MAIN_ID,
    QUARANTINE_ID,
    TRANSIT_ID,
    Location,
    LocationCreated,
    LocationHoldsStock,
    LocationKind,
    LocationUpdated,
    VirtualLocation,
    is_owned,
)

CELLAR = LocationId(int=100)


def cellar() -> Location:
    location = Location.create(CELLAR, code="cellar", name=" The  cellar ")
    location.take_events()
    return location


class TestMaking:
    def test_a_location_holds_goods_and_is_open(self) -> None:
        location = Location.create(CELLAR, code="cellar", name=" Cellar ")

        assert location.snapshot() == {
            "code": "cellar",
            "name": "Cellar",
            "kind": "stock",
            "active": True,
            "counts_as_available": True,
            "parent_id": None,
        }
        assert location.take_events() == [
            LocationCreated(subject=CELLAR, location=location.snapshot())
        ]

    @pytest.mark.parametrize("code", ["", "Cellar", "-a", "a b", "é", "a" * 33])
    def test_a_bad_code_is_refused(self, code: str) -> None:
        with pytest.raises(InvalidValue) as refusal:
            Location.create(CELLAR, code=code, name="Cellar")
        assert refusal.value.errors[0].pointer == "/code"


class TestChanging:
    def test_a_new_name_is_an_event_and_the_same_name_is_none(self) -> None:
        location = cellar()

        assert location.change({"name": "Vault"}) == {"name": ("The  cellar", "Vault")}
        assert [type(event) for event in location.take_events()] == [LocationUpdated]
        assert location.change({"name": "Vault"}) == {}
        assert location.take_events() == []

    def test_whether_goods_there_are_for_sale_can_change(self) -> None:
        location = cellar()

        blocked = location.change({"counts_as_available": False})

        assert blocked == {"counts_as_available": (True, False)}
        assert location.snapshot()["counts_as_available"] is False

    def test_quarantine_always_sets_aside_and_transit_never_changes(self) -> None:
        quarantine, transit = (
            Location(id=identifier, code="x", name="X", counts_as_available=False)
            for identifier in (QUARANTINE_ID, TRANSIT_ID)
        )
        with pytest.raises(InvalidValue):
            quarantine.change({"counts_as_available": True})
        with pytest.raises(VirtualLocation):
            transit.change({"name": "Road"})
        with pytest.raises(VirtualLocation):
            transit.deactivate(holds_stock=False)
        assert (quarantine.counts_as_available, transit.name) == (False, "X")

    def test_it_closes_once_and_opens_again(self) -> None:
        location = cellar()

        assert location.deactivate(holds_stock=False) == {"active": (True, False)}
        assert location.deactivate(holds_stock=True) == {}
        assert location.activate() == {"active": (False, True)}

    def test_it_does_not_close_over_goods(self) -> None:
        location = cellar()

        with pytest.raises(LocationHoldsStock):
            location.deactivate(holds_stock=True)

        assert location.active
        assert location.take_events() == []

    def test_a_virtual_one_stays_as_it_is(self) -> None:
        customers = Location(
            id=CUSTOMER_ID, code="customer", name="Customers", kind=LocationKind.CUSTOMER
        )
        with pytest.raises(VirtualLocation):
            customers.change({"name": "Buyers"})
        with pytest.raises(VirtualLocation):
            customers.deactivate(holds_stock=False)
        assert customers.snapshot()["name"] == "Customers"


def test_the_shop_owns_what_lies_in_real_places() -> None:
    assert is_owned(MAIN_ID)
    assert is_owned(CELLAR)
    assert not is_owned(CUSTOMER_ID)
