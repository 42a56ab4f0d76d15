"""Stock documents: what a line may ask for, and what a posted document says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import AdjustmentId, LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta
from app.domain.inventory.document import (
    MOST_LINES,
    DocumentLine,
    LineRequest,
    Particulars,
    StockAdjusted,
    StockDocument,
    StockedItem,
    check_lines,
)
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.reasons import AdjustmentReason
from app.domain.shop.books import Books

BOOKS = Books(time_zone="UTC")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def item(*, decimals: int = 0, tracks_stock: bool = True) -> StockedItem:
    return StockedItem(
        product_id=ProductId(int=10),
        sku="TEA",
        name="Tea",
        unit_code="piece",
        unit_decimals=decimals,
        tracks_stock=tracks_stock,
    )


def request(change: str, **more: object) -> LineRequest:
    given = {"item": item()} | more
    return LineRequest(id=LineId(int=1), change=Delta.parse(change), **given)  # type: ignore[arg-type]


def faults(*lines: LineRequest) -> list[tuple[str, str]]:
    with pytest.raises(InvalidValue) as refusal:
        check_lines(lines, currency="EUR", quantity_field="change")
    return [(fault.pointer, fault.code) for fault in refusal.value.errors]


class TestLines:
    def test_value_is_rounded_once(self) -> None:
        assert request("3", unit_cost=UnitPrice.parse("0.335")).value("EUR") == 101
        assert request("3", unit_cost=UnitPrice.parse("0.5")).value("JPY") == 2
        assert request("3", cost_minor=100).value("EUR") == 100
        assert request("3").value("EUR") is None

    def test_good_ones_pass(self) -> None:
        weighed = request("-0.125", item=item(decimals=3))
        check_lines([request("1"), weighed], currency="EUR", quantity_field="change")

    def test_every_fault_of_every_line_is_named(self) -> None:
        assert faults(
            request("0"),
            request("0.5"),
            request("1", item=item(tracks_stock=False)),
            request("-1", unit_cost=UnitPrice.parse("1")),
            request("9999999999", unit_cost=UnitPrice.parse("999999999")),
        ) == [
            ("/lines/0/change", "invalid_value"),
            ("/lines/1/change", "invalid_value"),
            ("/lines/2/product_id", "not_stocked"),
            ("/lines/3/unit_cost", "invalid_value"),
            ("/lines/4/unit_cost", "invalid_value"),
        ]

    @pytest.mark.parametrize("count", [0, MOST_LINES + 1])
    def test_there_are_some_but_not_too_many(self, count: int) -> None:
        assert faults(*[request("1")] * count) == [("/lines", "invalid_value")]


class TestParticulars:
    def test_texts_are_cleaned_and_now_is_assumed(self) -> None:
        head = Particulars.checked(at=NOON, books=BOOKS, supplier=" Hill ", note="  \n ")

        assert (head.supplier, head.note, head.occurred_at) == ("Hill", None, NOON)

    def test_a_clock_may_run_a_little_ahead(self) -> None:
        ahead = NOON + timedelta(minutes=5)
        assert Particulars.checked(at=NOON, books=BOOKS, occurred_at=ahead).occurred_at == ahead
        with pytest.raises(InvalidValue) as refusal:
            Particulars.checked(at=NOON, books=BOOKS, occurred_at=ahead + timedelta(seconds=1))
        assert refusal.value.errors[0].pointer == "/occurred_at"

    def test_another_reason_says_why(self) -> None:
        with pytest.raises(InvalidValue) as refusal:
            Particulars.checked(at=NOON, books=BOOKS, reason=AdjustmentReason.OTHER, note=" ")
        assert refusal.value.errors[0].pointer == "/note"
        head = Particulars.checked(at=NOON, books=BOOKS, reason=AdjustmentReason.OTHER, note="Gift")
        assert head.note == "Gift"


def line(change: str, value: int) -> DocumentLine:
    return DocumentLine(
        id=LineId(int=1),
        product_id=ProductId(int=10),
        sku="TEA",
        name="Tea",
        unit_code="piece",
        change=Delta.parse(change),
        unit_cost=None,
        value_minor=value,
    )


class TestDocument:
    def test_its_value_is_what_came_in_less_what_went_out(self) -> None:
        document = StockDocument(
            id=AdjustmentId(int=5),
            kind=DocumentKind.ADJUSTMENT,
            number=DocumentNumber("A", 2026, 7),
            location_id=LocationId(int=1),
            currency="EUR",
            lines=(line("2", 300), line("-1", 120)),
            particulars=Particulars(occurred_at=NOON, reason=AdjustmentReason.COUNT),
            user_id=None,
            recorded_at=NOON,
        )
        document.post()

        (event,) = document.take_events()

        assert document.value_minor == 180
        assert isinstance(event, StockAdjusted)
        assert event.name == "adjustment.posted"
        assert event.document["number"] == "A-2026-000007"
        assert event.document["reason"] == "count"
        assert "300" not in str(event.document)
