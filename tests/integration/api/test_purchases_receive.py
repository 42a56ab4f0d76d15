"""Deliveries of an order: how much may come, what it is worth, and where it goes."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.goods import Json, faults
from tests.fixtures.purchasing import Buyer, came, ordered

KILOGRAM = "0" * 25 + "2"


def states(purchase: Json) -> tuple[str, list[tuple[str, ...]]]:
    """Return the status, and of each line what was ordered, arrived, and is expected."""
    lines = [
        tuple(line[name] for name in ("ordered", "received", "rejected", "outstanding"))
        for line in purchase["lines"]
    ]
    return purchase["status"], lines


@pytest.mark.case("PUR-01")
async def test_an_order_is_complete_line_by_line(buyer: Buyer) -> None:
    goods = [await buyer.product(f"P{n}") for n in range(3)]
    supplier = await buyer.supplier(over_receipt_percent="100")
    strict = await buyer.supplier(name="Strict")

    refused = await buyer.order(strict, *(ordered(each, "1", "2.00") for each in goods))
    before = await buyer.everything()
    answer = await buyer.receive(refused, came(refused, "3"))
    assert (answer.status_code, answer.json()["code"]) == (409, "over_receipt")
    assert await buyer.everything() == before

    lenient = await buyer.order(supplier, *(ordered(each, "1", "2.00") for each in goods))
    done = await buyer.received(lenient, came(lenient, "2"))
    assert states(done["purchase"]) == (
        "partly_received",
        [
            ("1.000", "2.000", "0.000", "0.000"),
            ("1.000", "0.000", "0.000", "1.000"),
            ("1.000", "0.000", "0.000", "1.000"),
        ],
    )
    done = await buyer.received(lenient, came(lenient, "1", 1), came(lenient, "1", 2))
    assert done["purchase"]["status"] == "received"


@pytest.mark.case("PUR-02")
@pytest.mark.parametrize(
    ("quantities", "status", "code"),
    [
        (["999"], 201, "partly_received"),
        (["1000"], 201, "received"),
        (["999", "1"], 201, "received"),
        (["1001"], 409, "over_receipt"),
        (["999", "2"], 409, "over_receipt"),
        (["1000", "1"], 409, "over_receipt"),
        (["0"], 422, "invalid_value"),
        (["-1"], 422, "invalid_request"),
    ],
)
async def test_what_was_ordered_comes_and_no_more(
    buyer: Buyer, quantities: list[str], status: int, code: str
) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "1000", "1.00"))
    *earlier, last = quantities
    for quantity in earlier:
        await buyer.received(purchase, came(purchase, quantity))
    before = await buyer.everything()

    answer = await buyer.receive(purchase, came(purchase, last))

    body = answer.json()
    assert (answer.status_code, body["purchase"]["status"] if status == 201 else body["code"]) == (
        status,
        code,
    )
    if status != 201:
        assert await buyer.everything() == before


async def test_what_may_still_come_is_told_of_every_line_at_once(buyer: Buyer) -> None:
    supplier = await buyer.supplier(over_receipt_percent="10")
    tea, mug = await buyer.product("TEA"), await buyer.product("MUG")
    await buyer.sells(supplier, mug, over_receipt_percent="0")
    purchase = await buyer.order(supplier, ordered(tea, "15", "1"), ordered(mug, "15", "1"))
    await buyer.received(purchase, came(purchase, "10", 0), came(purchase, "10", 1))

    answer = await buyer.receive(
        purchase,
        came(purchase, "4"),
        came(purchase, "3", rejected="3"),
        came(purchase, "6", 1),
    )

    assert answer.status_code == 409
    tea_line, mug_line = purchase["lines"]
    assert answer.json()["lines"] == [
        {"line_id": tea_line["id"], "requested": "10.000", "receivable": "6.000"},
        {"line_id": mug_line["id"], "requested": "6.000", "receivable": "5.000"},
    ]
    assert faults(answer) == [("/lines/1", "over_receipt"), ("/lines/2", "over_receipt")]
    fits = await buyer.received(purchase, came(purchase, "6"), came(purchase, "5", 1))
    assert fits["purchase"]["status"] == "received"


@pytest.mark.case("PUR-06")
async def test_goods_for_nothing_are_worth_nothing(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    samples = await buyer.order(supplier, ordered(tea, "10"))
    before = await buyer.everything()

    unknown = await buyer.receive(samples, came(samples, "10"))
    assert (unknown.status_code, faults(unknown)) == (422, [("/lines/0/cost", "missing")])
    assert await buyer.everything() == before

    await buyer.received(samples, came(samples, "10", cost="0"))
    paid = await buyer.order(supplier, ordered(tea, "5", "100"))
    await buyer.received(paid, came(paid, "5"))

    assert await buyer.stock(tea) == {
        "on_hand": "15.000",
        "incoming": "0.000",
        "value": "500.00",
        "average": "33.333333",
        "levels": {"main": ("15.000", "0.000")},
    }


@pytest.mark.case("INV-06")
async def test_packs_are_whole_numbers_of_units(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    leaf = await buyer.product("LEAF", unit_id=KILOGRAM)
    purchase = await buyer.order(
        supplier,
        ordered(tea, "1", "13.50", measure="pack", pack_size="9"),
        ordered(leaf, "10", "0.77", measure="pack", pack_size="0.154"),
    )
    assert states(purchase)[1] == [
        ("9.000", "0.000", "0.000", "9.000"),
        ("1.540", "0.000", "0.000", "1.540"),
    ]

    uneven = await buyer.receive(purchase, came(purchase, "0.5"))
    assert (uneven.status_code, faults(uneven)) == (
        422,
        [("/lines/0/accepted", "invalid_value")],
    )
    for _ in range(10):
        await buyer.received(purchase, came(purchase, "0.154", 1, measure="unit"))
    await buyer.received(purchase, came(purchase, "9", measure="unit"))

    assert (await buyer.read(purchase))["status"] == "received"
    assert (await buyer.stock(leaf))["value"] == "7.70"
    for product, change in ((tea, "-9"), (leaf, "-1.540")):
        line = {"product_id": product["id"], "change": change}
        gone = await buyer.post("/inventory/adjustments", {"reason": "loss", "lines": [line]})
        assert gone.status_code == 201
        stock = await buyer.stock(product)
        assert (stock["on_hand"], stock["value"]) == ("0.000", "0.00")


@pytest.mark.case("INV-14")
@pytest.mark.parametrize(
    "parts",
    [[("2", "pack")], [("1", "unit")] * 24, [("5", "unit"), ("1.5", "pack"), ("1", "unit")]],
)
async def test_two_packs_are_worth_what_they_cost(
    buyer: Buyer, parts: list[tuple[str, str]]
) -> None:
    """However the goods come in: a unit alone would be 1.17, and 24 of them 28.08."""
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    await buyer.sells(supplier, tea, pack_size="12", cost="13.99", sku="W-1")
    purchase = await buyer.order(supplier, ordered(tea, "2", measure="pack"))
    assert purchase["total"]["amount"] == "27.98"
    assert purchase["lines"][0]["supplier_sku"] == "W-1"

    for quantity, measure in parts:
        await buyer.received(purchase, came(purchase, quantity, measure=measure))

    stock = await buyer.stock(tea)
    assert (stock["on_hand"], stock["value"]) == ("24.000", "27.98")
    line = {"product_id": tea["id"], "change": "-24"}
    await buyer.post("/inventory/adjustments", {"reason": "loss", "lines": [line]})
    assert (await buyer.stock(tea))["value"] == "0.00"


async def test_a_corrected_cost_stands_for_itself(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "2.00"))

    done = await buyer.received(purchase, came(purchase, "4", cost="2.50"))
    await buyer.received(purchase, came(purchase, "6"))

    assert done["receipt"]["lines"][0]["value"]["amount"] == "10.00"
    assert (await buyer.stock(tea))["value"] == "22.00"
    assert (await buyer.read(purchase))["lines"][0]["cost"]["amount"] == "2.00"


async def test_faulty_goods_wait_in_quarantine_at_what_they_cost(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    cellar = (await buyer.post("/locations", {"code": "cellar", "name": "Cellar"})).json()
    purchase = await buyer.order(supplier, ordered(tea, "10", "3.33"), location_id=cellar["id"])
    assert await buyer.stock(tea) == {
        "on_hand": "0.000",
        "incoming": "10.000",
        "value": "0.00",
        "average": "0.00",
        "levels": {"cellar": ("0.000", "10.000")},
    }

    done = await buyer.received(
        purchase, came(purchase, "6", rejected="2"), reference="LS 1", note="Two are torn"
    )

    assert states(done["purchase"]) == (
        "partly_received",
        [("10.000", "8.000", "2.000", "2.000")],
    )
    assert await buyer.stock(tea) == {
        "on_hand": "8.000",
        "incoming": "2.000",
        "value": "26.64",
        "average": "3.33",
        "levels": {"cellar": ("6.000", "2.000"), "quarantine": ("2.000", "0.000")},
    }
    kept = (await buyer.get(f"/inventory/receipts/{done['receipt']['id']}")).json()
    assert kept["purchase_id"] == purchase["id"]
    assert (kept["supplier"], kept["supplier_id"]) == (supplier["name"], supplier["id"])
    assert [(line["change"], line["value"]["amount"]) for line in kept["lines"]] == [
        ("6.000", "19.98"),
        ("2.000", "6.66"),
    ]
    told = await buyer.events()
    assert told[told.index("purchase.ordered") :] == [
        "purchase.ordered",
        "goods_receipt.posted",
        "purchase.received",
    ]  # fmt: skip


async def test_another_currency_is_valued_at_the_rate_of_the_order_or_the_delivery(
    buyer: Buyer,
) -> None:
    supplier = await buyer.supplier(currency="USD")
    tea = await buyer.product("TEA")
    drafted = await buyer.draft(supplier, ordered(tea, "3", "9.99"))
    refused = await buyer.step(drafted, "order")
    assert (refused.status_code, faults(refused)) == (422, [("/exchange_rate", "missing")])

    purchase = await buyer.order(supplier, ordered(tea, "3", "9.99"), exchange_rate="0.923456789")
    assert (purchase["currency"], purchase["total"]) == (
        "USD",
        {"amount": "29.97", "currency": "USD"},
    )
    first = await buyer.received(purchase, came(purchase, "1"))
    second = await buyer.received(purchase, came(purchase, "1"), exchange_rate="0.5")
    third = await buyer.received(purchase, came(purchase, "1"))

    # 9.99 × 0.923456789 = 9.2253…; at 0.5 it stands for itself: 4.995.
    values = [done["receipt"]["lines"][0]["stock_value"] for done in (first, second, third)]
    assert values == [{"amount": amount, "currency": "EUR"} for amount in ("9.23", "5.00", "9.23")]
    assert (await buyer.stock(tea))["value"] == "23.46"


async def test_the_shops_own_currency_has_no_other_rate(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")

    answer = await buyer.ask(supplier, ordered(tea, "1", "1"), order=True, exchange_rate="1.1")

    assert (answer.status_code, faults(answer)) == (422, [("/exchange_rate", "invalid_value")])
    assert (await buyer.order(supplier, ordered(tea, "1", "1")))["exchange_rate"] == "1.0"


async def test_a_delivery_note_is_received_once(buyer: Buyer) -> None:
    supplier, other = await buyer.supplier(), await buyer.supplier(name="Other")
    tea = await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "1"))
    done = await buyer.received(purchase, came(purchase, "2"), reference="LS-77")
    before = await buyer.everything()

    again = await buyer.receive(purchase, came(purchase, "2"), reference=" ls-77")
    line = {"product_id": tea["id"], "quantity": "2", "unit_cost": "1"}
    loose: Json = {"supplier_id": supplier["id"], "reference": "Ls-77", "lines": [line]}
    without = await buyer.post("/inventory/receipts", loose)

    for answer in (again, without):
        assert answer.status_code == 409
        assert answer.json()["code"] == "delivery_already_received"
        assert answer.json()["number"] == done["receipt"]["number"]
    assert await buyer.everything() == before
    elsewhere = await buyer.post("/inventory/receipts", loose | {"supplier_id": other["id"]})
    assert (elsewhere.status_code, elsewhere.json()["supplier"]) == (201, "Other")


async def test_the_same_delivery_sent_again_is_received_once(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "1"))

    first = await buyer.receive(purchase, came(purchase, "4"), key="one")
    again = await buyer.receive(purchase, came(purchase, "4"), key="one")

    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await buyer.stock(tea))["on_hand"] == "4.000"


async def test_nothing_comes_into_what_is_closed(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    cellar = (await buyer.post("/locations", {"code": "cellar", "name": "Cellar"})).json()
    purchase = await buyer.order(supplier, ordered(tea, "2", "1"), location_id=cellar["id"])
    await buyer.post(f"/locations/{cellar['id']}/deactivate", If_Match='"1"')
    before = await buyer.everything()

    answer = await buyer.receive(purchase, came(purchase, "1"))

    assert (answer.status_code, answer.json()["code"]) == (409, "location_closed")
    assert await buyer.everything() == before
    faulty = await buyer.receive(purchase, came(purchase, rejected="1"))
    assert faulty.status_code == 201


async def test_a_product_that_is_counted_otherwise_now_does_not_come(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "2", "1"))
    changed = await buyer.patch(f"/products/{tea['id']}", {"unit_id": KILOGRAM})
    assert changed.status_code == 200, changed.text

    answer = await buyer.receive(purchase, came(purchase, "1"))

    assert (answer.status_code, answer.json()["code"]) == (409, "purchase_outdated")


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"accepted": "0.5"}, "/lines/0/accepted"),
        ({"rejected": "0.5"}, "/lines/0/rejected"),
        ({}, "/lines/0/accepted"),
        ({"accepted": "1", "cost": "999999999"}, "/lines/0/cost"),
    ],
)
async def test_what_cannot_be_counted_is_refused(
    buyer: Buyer, line: dict[str, Any], pointer: str
) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "999999999", measure="pack", pack_size="9"))
    line = {"measure": "unit"} | line
    if "cost" in line:
        line |= {"measure": "pack", "accepted": "999999999"}
    before = await buyer.everything()

    answer = await buyer.receive(purchase, came(purchase, **line))

    assert answer.status_code == 422
    assert pointer in [fault for fault, _ in faults(answer)]
    assert await buyer.everything() == before


async def test_lines_of_another_order_are_not_received(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase, other = [await buyer.order(supplier, ordered(tea, "2", "1")) for _ in range(2)]

    answer = await buyer.receive(purchase, came(other, "1"))

    assert (answer.status_code, faults(answer)) == (
        422,
        [("/lines/0/line_id", "unknown_reference")],
    )


async def test_a_cashier_receives_nothing(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "2", "1"))

    assert (
        await buyer.receive(purchase, came(purchase, "1"), role=Role.CASHIER)
    ).status_code == 403
