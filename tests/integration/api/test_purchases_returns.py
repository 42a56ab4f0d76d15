"""Goods that go back to the supplier: what leaves the books, and what is credited."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.goods import euro, faults
from tests.fixtures.purchasing import Buyer, back, came, ordered


@pytest.mark.case("PUR-05")
async def test_goods_leave_at_the_average_and_are_credited_as_bought(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    dear = await buyer.order(supplier, ordered(tea, "10", "100"))
    cheap = await buyer.order(supplier, ordered(tea, "100", "10"))
    receipt = await buyer.received(dear, came(dear, "10"))
    await buyer.received(cheap, came(cheap, "100"))
    line = {"product_id": tea["id"], "change": "-100"}
    await buyer.post("/inventory/adjustments", {"reason": "loss", "lines": [line]})
    assert (await buyer.stock(tea))["value"] == "181.82"

    answer = await buyer.give_back(dear, back(receipt, "8"), reference="RMA 1", reason="Wrong kind")

    body = answer.json()
    assert answer.status_code == 201
    assert (body["credit"], body["stock_value"]) == (euro("800.00"), euro("145.46"))
    assert body["price_variance"] == euro("654.54")
    assert (body["number"][:2], body["number"][-6:]) == ("SR", "000001")
    stock = await buyer.stock(tea)
    assert (stock["on_hand"], stock["value"], stock["average"]) == ("2.000", "36.36", "18.18")
    purchase = await buyer.read(dear)
    assert (purchase["status"], purchase["lines"][0]["returned"]) == ("received", "8.000")
    listed = (await buyer.get(f"/purchases/{dear['id']}/returns")).json()
    assert listed == {"items": [body], "next_cursor": None}


async def test_no_more_goes_back_than_came(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "1"))
    first = await buyer.received(purchase, came(purchase, "4"))
    await buyer.received(purchase, came(purchase, "6"))
    assert (await buyer.give_back(purchase, back(first, "1"))).status_code == 201
    before = await buyer.everything()

    answer = await buyer.give_back(purchase, back(first, "2"), back(first, "2"))

    assert (answer.status_code, answer.json()["code"]) == (409, "return_exceeds_receipt")
    identifier = first["receipt"]["lines"][0]["id"]
    assert answer.json()["lines"] == [
        {"receipt_line_id": identifier, "requested": "4.000", "remaining": "3.000"}
    ]
    for quantity, pointer in (("0", "/lines/0/quantity"), ("0.5", "/lines/0/quantity")):
        wrong = await buyer.give_back(purchase, back(first, quantity))
        assert (wrong.status_code, faults(wrong)[0][0]) == (422, pointer)
    assert await buyer.everything() == before


async def test_parts_sum_to_what_was_paid(buyer: Buyer) -> None:
    supplier = await buyer.supplier(currency="USD")
    tea = await buyer.product("TEA")
    purchase = await buyer.order(
        supplier,
        ordered(tea, "1", "10.00", measure="pack", pack_size="3"),
        exchange_rate="0.9",
    )
    receipt = await buyer.received(purchase, came(purchase, "1"))

    parts = [(await buyer.give_back(purchase, back(receipt, "1"))).json() for _ in range(3)]

    assert [part["credit"]["amount"] for part in parts] == ["3.33", "3.34", "3.33"]
    assert [part["stock_value"]["amount"] for part in parts] == ["3.00"] * 3
    assert [part["price_variance"] for part in parts] == [euro("0.00")] * 3
    assert (await buyer.stock(tea))["value"] == "0.00"


async def test_faulty_goods_go_back_from_quarantine_or_from_where_they_are_said_to_be(
    buyer: Buyer,
) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "5", "2"))
    receipt = await buyer.received(purchase, came(purchase, "2", rejected="3"))
    before = await buyer.everything()

    short = await buyer.give_back(purchase, back(receipt, "3", 1, location_id="0" * 25 + "1"))
    assert (short.status_code, short.json()["code"]) == (409, "insufficient_stock")
    for place, code in (("2", "invalid_value"), ("9", "invalid_value"), ("A", "unknown_reference")):
        wrong = back(receipt, "1", 1, location_id="0" * 25 + place)
        refused = await buyer.give_back(purchase, back(receipt, "1"), wrong)
        assert faults(refused) == [("/lines/1/location_id", code)]
    assert await buyer.everything() == before

    done = await buyer.give_back(
        purchase, back(receipt, "2", 1), back(receipt, "1", 1, location_id="0" * 25 + "1")
    )
    assert done.status_code == 201
    assert (await buyer.stock(tea))["levels"] == {
        "main": ("1.000", "0.000"),
        "quarantine": ("1.000", "0.000"),
    }


async def test_the_audit_log_has_what_lay_where_before_and_after(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "9", "2"))
    await buyer.received(purchase, came(purchase, "4"))
    receipt = await buyer.received(purchase, came(purchase, "2", rejected="3"))
    await buyer.give_back(purchase, back(receipt, "1"), back(receipt, "2", 1))

    posted = ("goods_receipt.posted", "supplier_return.posted")
    assert [changes for action, changes in await buyer.audited() if action in posted] == [
        {"TEA at main": {"before": "0.000", "after": "4.000"}},
        {
            "TEA at main": {"before": "4.000", "after": "6.000"},
            "TEA at quarantine": {"before": "0.000", "after": "3.000"},
        },
        {
            "TEA at main": {"before": "6.000", "after": "5.000"},
            "TEA at quarantine": {"before": "3.000", "after": "1.000"},
        },
    ]


async def test_goods_of_a_closed_order_still_go_back(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "1"))
    early = await buyer.give_back(purchase, {"receipt_line_id": "0" * 26, "quantity": "1"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_purchase_status")
    receipt = await buyer.received(purchase, came(purchase, "4"))
    await buyer.step(purchase, "cancel")

    answer = await buyer.give_back(purchase, back(receipt, "4"))

    assert answer.status_code == 201
    assert (await buyer.stock(tea))["on_hand"] == "0.000"
    assert (await buyer.read(purchase))["status"] == "closed"
    other = await buyer.order(supplier, ordered(tea, "1", "1"))
    await buyer.received(other, came(other, "1"))
    foreign = await buyer.give_back(other, back(receipt, "1"))
    assert faults(foreign) == [("/lines/0/receipt_line_id", "unknown_reference")]
    assert (await buyer.give_back(other, role=Role.CASHIER)).status_code == 403


async def test_receipts_of_an_order_tell_what_went_back(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "1.25"))
    first = await buyer.received(purchase, came(purchase, "4", rejected="1"), reference="LS 1")
    second = await buyer.received(purchase, came(purchase, "5"))
    await buyer.give_back(purchase, back(first, "1", 1))

    pages = [page async for page in buyer.walk(f"/purchases/{purchase['id']}/receipts", limit=1)]

    first["receipt"]["lines"][1]["returned"] = "1.000"
    assert pages == [[second["receipt"]], [first["receipt"]]]


@pytest.mark.case("PUR-08")
async def test_what_a_sale_gives_back_comes_at_what_it_left_with(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "6.00"))
    await buyer.received(purchase, came(purchase, "10"))
    cash = {"tenders": [{"kind": "cash", "amount": "40.00"}]}
    line = {"product_id": tea["id"], "quantity": "4"}
    sale = (await buyer.post("/sales", {"lines": [line], "complete": cash})).json()

    voided = await buyer.post(f"/sales/{sale['id']}/void")

    assert voided.status_code == 200, voided.text
    stock = await buyer.stock(tea)
    assert (stock["on_hand"], stock["value"], stock["average"]) == ("10.000", "60.00", "6.00")


@pytest.mark.case("PUR-07")
async def test_goods_come_in_after_more_was_sold_than_there_was(buyer: Buyer) -> None:
    """What a sale drew out of nothing is not settled by goods that come in, at no hidden cost."""
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    cash = {"tenders": [{"kind": "cash", "amount": "10.00"}], "oversell": True}
    line = {"product_id": tea["id"], "quantity": "1"}
    sold = await buyer.post("/sales", {"lines": [line], "complete": cash})
    assert sold.status_code == 201, sold.text
    purchase = await buyer.order(supplier, ordered(tea, "2", "20"))

    await buyer.received(purchase, came(purchase, "2"))

    stock = await buyer.stock(tea)
    assert (stock["on_hand"], stock["value"], stock["average"]) == ("2.000", "40.00", "20.00")
