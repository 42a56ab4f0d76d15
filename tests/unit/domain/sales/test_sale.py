from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import LineId, LocationId, ProductId, SaleId, UserId
from app.domain.common.money import UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import PercentOff
from app.domain.sales.line import LineDraft, SoldItem, TaxShare
from app.domain.sales.pricing import AmountTooLarge, Totals
from app.domain.sales.sale import (
    Conditions,
    Letterhead,
    Sale,
    SaleAlreadyVoided,
    SaleCompleted,
    SaleNotDraft,
    SaleStatus,
    SaleVoided,
)
from app.domain.sales.tender import Tender, TenderKind, TenderMismatch

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SHELF = LocationId(int=9)
CASHIER = UserId(int=5)
NUMBER = DocumentNumber("S", 2026, 1)
LETTERHEAD = Letterhead(shop_name="Corner Shop", time_zone="Europe/Berlin")


def item(
    number: int = 1,
    *,
    price: str = "10.00",
    decimals: int = 0,
    cost: str | None = None,
    tracks_stock: bool = True,
    tax: tuple[str, int] = ("standard", 190_000),
) -> SoldItem:
    return SoldItem(
        product_id=ProductId(int=number),
        sku=f"SKU-{number}",
        name=f"Article {number}",
        unit_code="piece",
        unit_decimals=decimals,
        price=UnitPrice.parse(price),
        cost=None if cost is None else UnitPrice.parse(cost),
        tax_code=tax[0],
        tax_rate_ppm=tax[1],
        tracks_stock=tracks_stock,
    )


def line(
    number: int = 1, *, of: SoldItem | None = None, quantity: str = "1", price: str | None = None
) -> LineDraft:
    return LineDraft(
        id=LineId(int=number),
        item=of or item(number),
        quantity=Quantity.parse(quantity),
        unit_price=None if price is None else UnitPrice.parse(price),
    )


def draft(*lines: LineDraft, discount: PercentOff | None = None) -> Sale:
    return Sale.draft(
        SaleId(int=7),
        conditions=Conditions(currency="EUR", prices_include_tax=True, location_id=SHELF),
        lines=lines or (line(),),
        discount=discount,
        user_id=CASHIER,
        at=NOW,
    )


def cash(minor: int) -> Tender:
    return Tender(kind=TenderKind.CASH, amount_minor=minor)


def completed(
    *lines: LineDraft, costs: dict[int, int] | None = None, needs_attention: bool = False
) -> Sale:
    sale = draft(*lines)
    sale.pay([cash(sale.totals.total_minor)] if sale.totals.total_minor else [])
    sale.complete(
        NUMBER,
        letterhead=LETTERHEAD,
        costs={LineId(int=number): cost for number, cost in (costs or {1: 4_00}).items()},
        needs_attention=needs_attention,
        user_id=CASHIER,
        posted_at=LATER,
        at=LATER,
    )
    return sale


class TestDraft:
    def test_prices_its_lines_and_records_nothing(self) -> None:
        sale = draft(line(1, quantity="2"), line(2, price="3.50"))

        assert sale.status is SaleStatus.DRAFT
        assert sale.number is None
        assert [each.unit_price.amount for each in sale.lines] == ["10.00", "3.50"]
        assert sale.totals == Totals(
            discount_minor=0, net_minor=19_75, tax_minor=3_75, total_minor=23_50
        )
        assert sale.take_events() == []

    def test_every_impossible_quantity_is_named(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            draft(line(1, quantity="0.5"), line(2), line(3, quantity="0"))

        assert [error.pointer for error in refused.value.errors] == [
            "/lines/0/quantity",
            "/lines/2/quantity",
        ]

    def test_unit_with_decimals_takes_them(self) -> None:
        sale = draft(line(of=item(price="4.00", decimals=3), quantity="0.125"))

        assert sale.totals.total_minor == 50

    def test_has_one_to_two_thousand_lines(self) -> None:
        assert len(draft(*map(line, range(1, 2001))).lines) == 2000
        with pytest.raises(InvalidValue):
            draft(*map(line, range(1, 2002)))
        with pytest.raises(InvalidValue):
            draft().revise(lines=[], discount=None, location_id=SHELF, customer=None)

    def test_tax_is_summed_by_rate_the_highest_first(self) -> None:
        reduced = ("reduced", 70_000)
        sale = draft(
            line(1, of=item(1, price="1.07", tax=reduced)),
            line(2, of=item(2, price="1.19")),
            line(3, of=item(3, price="2.14", tax=reduced)),
        )

        assert sale.tax_summary == (
            TaxShare(
                code="standard", rate_ppm=190_000, net_minor=1_00, tax_minor=19, total_minor=1_19
            ),
            TaxShare(
                code="reduced", rate_ppm=70_000, net_minor=3_00, tax_minor=21, total_minor=3_21
            ),
        )

    def test_subtotal_is_what_the_document_discount_is_taken_off(self) -> None:
        sale = draft(line(1, quantity="2"), line(2), discount=PercentOff(100_000))

        assert (sale.subtotal_minor, sale.allotted_minor) == (30_00, 3_00)
        assert sale.totals.total_minor == 27_00


class TestRevise:
    def test_says_what_differs(self) -> None:
        sale = draft(discount=PercentOff(100_000))

        changes = sale.revise(
            lines=[line(quantity="3")], discount=None, location_id=SHELF, customer=None
        )

        assert changes == {
            "lines": (["1.000 × SKU-1 at 10.00: 9.00"], ["3.000 × SKU-1 at 10.00: 30.00"]),
            "discount": ("1.00", "0.00"),
            "total": ("9.00", "30.00"),
        }

    def test_is_refused_after_posting(self) -> None:
        sale = completed()

        with pytest.raises(SaleNotDraft):
            sale.revise(lines=[line(quantity="3")], discount=None, location_id=SHELF, customer=None)
        assert sale.totals.total_minor == 10_00


class TestComplete:
    def test_freezes_the_cost_and_says_what_happened(self) -> None:
        free = item(3, price="0", cost=None, tracks_stock=False)
        postage = item(2, price="5", cost="3.333333", tracks_stock=False)
        sale = completed(line(1, quantity="2"), line(2, of=postage), line(3, of=free))

        assert sale.status is SaleStatus.COMPLETED
        assert sale.number == NUMBER
        assert sale.completed_at == LATER
        assert sale.letterhead == LETTERHEAD
        assert [each.cost_minor for each in sale.lines] == [4_00, 3_33, None]
        events = sale.take_events()
        assert [type(event) for event in events] == [SaleCompleted]
        assert sale.take_events() == []

    def test_event_holds_no_cost(self) -> None:
        sale = completed()

        (event,) = sale.take_events()

        assert isinstance(event, SaleCompleted)
        assert event.sale == {
            "number": "S-2026-000001",
            "status": "completed",
            "register": None,
            "client_number": None,
            "location_id": str(SHELF),
            "customer_id": None,
            "currency": "EUR",
            "net": "8.40",
            "tax": "1.60",
            "total": "10.00",
            "needs_attention": False,
            "occurred_at": "2026-11-25T12:00:00+00:00",
            "posted_at": "2026-11-25T13:00:00+00:00",
            "lines": [
                {
                    "id": str(LineId(int=1)),
                    "product_id": str(ProductId(int=1)),
                    "sku": "SKU-1",
                    "quantity": "1.000",
                    "unit_price": "10.00",
                    "net": "8.40",
                    "tax": "1.60",
                    "total": "10.00",
                }
            ],
            "tenders": [{"kind": "cash", "amount": "10.00"}],
        }

    def test_unpaid_draft_stays_one(self) -> None:
        sale = draft()

        with pytest.raises(TenderMismatch):
            sale.pay([cash(9_99)])
        assert sale.tenders == ()
        assert sale.status is SaleStatus.DRAFT

    @pytest.mark.case("INV-05")
    def test_counts_once(self) -> None:
        sale = completed()

        with pytest.raises(SaleNotDraft):
            sale.pay([cash(10_00)])
        with pytest.raises(SaleNotDraft):
            sale.complete(
                NUMBER,
                letterhead=LETTERHEAD,
                costs={},
                needs_attention=False,
                user_id=CASHIER,
                posted_at=LATER,
                at=LATER,
            )

    def test_cost_of_a_service_stays_in_range(self) -> None:
        hours = item(1, price="0", cost="1000000000", tracks_stock=False)

        with pytest.raises(AmountTooLarge):
            completed(line(of=hours, quantity="10000000"))


class TestHappen:
    def test_is_now_unless_told(self) -> None:
        sale = draft()

        sale.happen(None, at=LATER)
        assert sale.occurred_at == LATER
        sale.happen(NOW - timedelta(days=3), at=LATER)
        assert sale.occurred_at == NOW - timedelta(days=3)

    def test_forgives_clocks_that_run_five_minutes_fast(self) -> None:
        sale = draft()

        sale.happen(NOW + timedelta(minutes=5), at=NOW)
        with pytest.raises(InvalidValue):
            sale.happen(NOW + timedelta(minutes=5, seconds=1), at=NOW)


class TestVoid:
    @pytest.mark.case("INV-04")
    def test_counts_once(self) -> None:
        sale = completed()
        sale.take_events()

        sale.void(goods_back=True, reason="Wrong size", at=LATER)

        assert sale.status is SaleStatus.VOIDED
        assert sale.number == NUMBER
        assert (sale.goods_back, sale.void_reason, sale.voided_at) == (True, "Wrong size", LATER)
        assert sale.take_events() == [
            SaleVoided(
                subject=sale.id,
                number="S-2026-000001",
                goods_back=True,
                refunds=[{"kind": "cash", "amount": "10.00"}],
            )
        ]
        with pytest.raises(SaleAlreadyVoided):
            sale.void(goods_back=True, reason=None, at=LATER)

    @pytest.mark.case("INV-04")
    def test_of_a_draft_cancels_it(self) -> None:
        sale = draft()

        sale.void(goods_back=True, reason=None, at=LATER)

        assert (sale.status, sale.number, sale.goods_back) == (SaleStatus.VOIDED, None, None)
        assert sale.take_events() == []
        with pytest.raises(SaleNotDraft):
            sale.pay([cash(10_00)])

    def test_shortfall_needs_no_attention_once_the_goods_are_back(self) -> None:
        back, kept = completed(needs_attention=True), completed(needs_attention=True)

        back.void(goods_back=True, reason=None, at=LATER)
        kept.void(goods_back=False, reason=None, at=LATER)

        assert (back.needs_attention, kept.needs_attention) == (False, True)
