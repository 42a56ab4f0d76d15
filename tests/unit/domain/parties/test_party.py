"""What suppliers and customers keep, compare by, and refuse once they were merged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import CustomerId, SupplierId
from app.domain.parties.customer import Customer
from app.domain.parties.fields import PartyValues
from app.domain.parties.party import MatchKey, MatchKind, PartyMerged
from app.domain.parties.people import read_addresses, read_contacts
from app.domain.parties.supplier import Supplier

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def customer(**values: object) -> Customer:
    given: PartyValues = {"code": "C", "name": "Ann"}
    given.update(values)  # type: ignore[typeddict-item]
    return Customer.create(CustomerId(int=1), given, at=AT)


def test_names_are_composed_trimmed_and_single_spaced() -> None:
    made = customer(name="  Jose\u0301 \u00a0 Ämil ")

    assert (made.name, made.name_folded) == ("José Ämil", "jose amil")


def test_search_text_holds_all_that_names_it() -> None:
    made = customer(legal_name="Ann Ltd", email="Ann@Shop.test", tax_id="DE 1.2")

    assert made.search_text == "ann\nann ltd\nc\nann@shop.test\nde 1.2\nde12"


def test_it_matches_by_tax_id_telephone_and_name_with_postal_code() -> None:
    places = [
        {"kind": "billing", "lines": ["x"], "postal_code": "SW1A 1AA"},
        {"kind": "other", "lines": [], "postal_code": None},
    ]
    made = customer(tax_id="de 12", phone="0049 301234", addresses=read_addresses(places))

    assert made.match_keys() == {
        MatchKey(MatchKind.TAX_ID, "DE12"),
        MatchKey(MatchKind.PHONE, "+49301234"),
        MatchKey(MatchKind.NAME_AND_POSTAL_CODE, "ann\nsw1a1aa"),
    }
    assert customer(phone="110").match_keys() == frozenset()


def test_a_merged_one_refuses_to_change() -> None:
    made = customer(tax_id="DE 12")
    made.take_events()
    made.merged_into_id = CustomerId(int=2)

    for act in (
        lambda: made.change({"name": "B"}, at=AT),
        lambda: made.set_active(False, at=AT),
        made.leave,
    ):
        with pytest.raises(PartyMerged) as refused:
            act()
        assert refused.value.extra == {"merged_into_id": str(CustomerId(int=2))}
    assert (made.name, made.active, made.take_events()) == ("Ann", True, [])
    assert made.match_keys() == frozenset()


@pytest.mark.parametrize("missing", ["code", "name"])
def test_code_and_name_are_required(missing: str) -> None:
    values: PartyValues = {"code": "C", "name": "Ann", "currency": "EUR"}
    del values[missing]  # type: ignore[misc]

    with pytest.raises(InvalidValue) as refused:
        Supplier.create(SupplierId(int=1), values, at=AT)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [(f"/{missing}", "missing")]


@pytest.mark.parametrize(
    ("net_days", "ppm", "discount_days", "pointer"),
    [
        (30, 20_000, None, "discount_days"),
        (30, None, 10, "discount_percent"),
        (8, 20_000, 10, "discount_days"),
        (None, 20_000, 10, "discount_days"),
        (366, None, None, "net_days"),
    ],
)
def test_terms_that_do_not_fit(
    net_days: int | None, ppm: int | None, discount_days: int | None, pointer: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        customer(net_days=net_days, discount_ppm=ppm, discount_days=discount_days)

    assert [e.pointer for e in refused.value.errors] == [f"/payment_terms/{pointer}"]


def test_of_each_kind_one_address_is_the_default() -> None:
    places = [
        {"kind": kind, "lines": [], "default": True} for kind in ("other", "billing", "other")
    ]

    with pytest.raises(InvalidValue) as refused:
        read_addresses(places)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/addresses/2/default", "duplicate")
    ]


def test_there_is_an_end_to_contacts_and_addresses() -> None:
    with pytest.raises(InvalidValue):
        read_contacts([{"name": "A"}] * 21)
    with pytest.raises(InvalidValue):
        read_addresses([{"kind": "other", "lines": []}] * 11)
    with pytest.raises(InvalidValue) as refused:
        read_addresses([{"kind": "other", "lines": ["x"] * 6}])
    assert [e.pointer for e in refused.value.errors] == ["/addresses/0/lines"]
