from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import (
    LineId,
    LocationId,
    ProductId,
    ReturnId,
    SaleId,
    UserId,
)
from app.domain.common.money import UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import QUARANTINE_ID, SCRAP_ID
from app.domain.returns.line import (
    Disposition,
    FreeRequest,
    ReturnLine,
    SoldRequest,
    free_lines,
    lines_of_sale,
)
from app.domain.returns.proration import NOTHING, Part
from app.domain.returns.refund import Refund, ceilings, spread
from app.domain.returns.sales_return import (
    Original,
    ReturnStatus,
    SaleNotReturnable,
    SalesReturn,
    WrongReturnStatus,
)
from app.domain.sales.line import LineDraft, SaleLine, SoldItem
from app.domain.sales.sale import Conditions, Letterhead, Sale, SaleStatus
from app.domain.sales.tender import TenderKind
from tests.fixtures.sale_examples import any_sale

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SHELF = LocationId(int=9)
LETTERHEAD = Letterhead(shop_name="Corner Shop", time_zone="Europe/Berlin")
NUMBER = DocumentNumber("CN", 2026, 1)
EUR = Conditions(currency="EUR", prices_include_tax=True, location_id=SHELF)


def item(*, tracks_stock: bool = True) -> SoldItem:
    return SoldItem(
        product_id=ProductId(int=1),
        sku="TEA",
        name="Tea",
        unit_code="piece",
        unit_decimals=0,
        price=UnitPrice.parse("10.00"),
        cost=None,
        tax_code="standard",
        tax_rate_ppm=190_000,
        tracks_stock=tracks_stock,
    )


def free(
    quantity: str = "1",
    *,
    of: SoldItem | None = None,
    disposition: Disposition = Disposition.RESTOCK,
    price: str | None = None,
    refund: int | None = None,
) -> ReturnLine:
    request = FreeRequest(
        id=LineId(int=1),
        item=of or item(),
        quantity=Quantity.parse(quantity),
        disposition=disposition,
        unit_price=None if price is None else UnitPrice.parse(price),
        refund_minor=refund,
    )
    (made,) = free_lines([request], currency="EUR", prices_include_tax=True)
    return made


def asked(*lines: ReturnLine, reason: str | None = "No receipt", till: bool = False) -> SalesReturn:
    return SalesReturn.request(
        ReturnId(int=1),
        original=None,
        conditions=EUR,
        lines=lines or (free(),),
        reason=reason,
        user_id=UserId(int=5),
        at=NOW,
        at_till=till,
    )


def events(document: SalesReturn) -> list[str]:
    return [event.name for event in document.take_events()]


def test_goes_from_request_to_credit_note() -> None:
    document = asked()
    document.approve(at=NOW)
    document.receive(costs={LineId(int=1): 4_00}, at=LATER)
    document.pay_back([Refund(kind=TenderKind.CASH, amount_minor=10_00)], ceiling=None)
    document.post(NUMBER, letterhead=LETTERHEAD, occurred_at=NOW, posted_at=LATER, at=LATER)

    assert (document.status, document.number) == (ReturnStatus.REFUNDED, NUMBER)
    assert document.lines[0].amounts.cost_minor == 4_00
    assert (document.approved_at, document.received_at, document.refunded_at) == (NOW, LATER, LATER)
    assert events(document) == [
        "return.requested", "return.approved", "return.received", "return.refunded",
    ]  # fmt: skip


def test_at_the_till_nobody_has_to_ask() -> None:
    document = asked(till=True)

    assert (document.status, document.approved_at) == (ReturnStatus.APPROVED, NOW)
    assert events(document) == []


def test_events_do_not_tell_the_cost() -> None:
    document = asked(till=True)
    document.receive(costs={LineId(int=1): 4_00}, at=LATER)

    (event,) = document.take_events()
    assert "cost" not in str(event)


@pytest.mark.parametrize(
    ("disposition", "moves", "target"),
    [
        (Disposition.RESTOCK, True, SHELF),
        (Disposition.QUARANTINE, True, QUARANTINE_ID),
        (Disposition.SCRAP, True, SCRAP_ID),
        (Disposition.NONE, False, SHELF),
    ],
)
def test_disposition_says_where_goods_go(
    disposition: Disposition, moves: bool, target: object
) -> None:
    made = free(disposition=disposition)

    assert (made.moves, made.target(SHELF)) == (moves, target)
    assert free(of=item(tracks_stock=False), disposition=disposition).moves is False


def test_what_keeps_no_stock_keeps_the_cost_it_had() -> None:
    document = asked(free(of=item(tracks_stock=False)), till=True)

    document.receive(costs={}, at=LATER)

    assert document.lines[0].amounts.cost_minor is None


def test_a_fee_is_withheld_with_its_tax() -> None:
    document = asked(free(price="11.90", refund=9_00))

    assert (document.total_minor, document.withheld_minor) == (9_00, 2_90)
    assert (document.net_minor, document.tax_minor) == (7_56, 1_44)


def test_without_a_sale_needs_a_reason() -> None:
    with pytest.raises(InvalidValue) as refused:
        asked(reason=None)

    assert refused.value.errors[0].pointer == "/reason"


def test_revision_of_what_was_approved_asks_again() -> None:
    document = asked()
    document.approve(at=NOW)
    renamed = replace(document.lines[0], id=LineId(int=7))

    same = document.revise(lines=[renamed], location_id=SHELF, reason="No receipt")
    assert (same, document.status) == ({}, ReturnStatus.APPROVED)
    changes = document.revise(lines=[free("2")], location_id=SHELF, reason="No receipt")

    assert set(changes) == {"lines", "total", "status"}
    assert (document.status, document.approved_at) == (ReturnStatus.REQUESTED, None)


@pytest.mark.parametrize("end", ["reject", "cancel"])
def test_what_was_given_up_goes_nowhere(end: str) -> None:
    document = asked()
    getattr(document, end)(reason="Worn", at=LATER)

    assert (document.closed_at, document.close_reason) == (LATER, "Worn")
    for step in (
        lambda: document.approve(at=LATER),
        lambda: document.reject(reason=None, at=LATER),
        lambda: document.cancel(reason=None, at=LATER),
        lambda: document.receive(costs={}, at=LATER),
        lambda: document.pay_back([], ceiling=None),
        lambda: document.post(
            NUMBER, letterhead=LETTERHEAD, occurred_at=NOW, posted_at=LATER, at=LATER
        ),
        lambda: document.revise(lines=document.lines, location_id=SHELF, reason=None),
    ):
        with pytest.raises(WrongReturnStatus):
            step()


def test_nothing_comes_back_of_a_draft() -> None:
    draft = Sale.draft(
        SaleId(int=1),
        conditions=EUR,
        lines=[LineDraft(id=LineId(int=1), item=item(), quantity=Quantity.of(1))],
        discount=None,
        user_id=None,
        at=NOW,
    )

    with pytest.raises(SaleNotReturnable):
        Original.of(draft)


@given(any_sale(products=[ProductId(int=1)], location_id=SHELF), st.data())
def test_a_sale_given_back_bit_by_bit_is_given_back_whole(sale: Sale, data: st.DataObject) -> None:
    """Whatever the pieces and their order: money by means, tax by rate, and cost."""
    if sale.status is not SaleStatus.COMPLETED:
        return
    before: dict[LineId, Part] = {}
    refunded: dict[TenderKind, int] = {}
    total = 0
    for requests in _rounds(sale, data):
        lines = lines_of_sale(requests, before=before, currency=sale.conditions.currency)
        for one in lines:
            assert one.sale_line_id is not None
            before[one.sale_line_id] = before.get(one.sale_line_id, NOTHING) + one.amounts
        paid_back = sum(one.amounts.total_minor for one in lines)
        for refund in spread(paid_back, ceilings(sale.tenders, refunded)):
            refunded[refund.kind] = refunded.get(refund.kind, 0) + refund.amount_minor
        total += paid_back

    assert total == sum(refunded.values()) == sale.totals.total_minor
    assert refunded == {kind: kept for kind, kept in ceilings(sale.tenders, {}).items() if kept}
    for sold in sale.lines:
        part = before[sold.id]
        assert part.quantity == sold.quantity
        assert (part.net_minor, part.tax_minor) == (
            sold.amounts.net_minor, sold.amounts.tax_minor,
        )  # fmt: skip
        assert part.cost_minor == (sold.cost_minor or 0)


def _rounds(sale: Sale, data: st.DataObject) -> Sequence[Sequence[SoldRequest]]:
    """Cut each line in up to three pieces, and let them come in up to three returns."""
    rounds: list[list[SoldRequest]] = [[], [], []]
    for sold in sale.lines:
        left = sold.quantity.thousandths
        for _ in range(3):
            piece = data.draw(st.integers(0, left))
            left -= piece
            _put(rounds, data, sold, piece)
        _put(rounds, data, sold, left)
    return rounds


def _put(rounds: list[list[SoldRequest]], data: st.DataObject, sold: SaleLine, piece: int) -> None:
    if piece:
        request = SoldRequest(
            id=LineId(int=1),
            sold=sold,
            quantity=Quantity(piece),
            disposition=Disposition.NONE,
        )
        rounds[data.draw(st.integers(0, 2))].append(request)
