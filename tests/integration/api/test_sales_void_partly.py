"""Voids of what came back in part: the rest of the goods and of the money, and not a cent more."""

from __future__ import annotations

import pytest
from httpx2 import Response

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.goods import Goods
from tests.fixtures.goods import euro as eur
from tests.fixtures.returning import Desk, back
from tests.fixtures.till import Json, Till, line

pytestmark = pytest.mark.case("SAL-10")


async def void(till: Till, sale: Json, **body: object) -> Response:
    return await till.post(f"/{sale['id']}/void", body, role=Role.MANAGER)


async def findings(services: Services) -> list[str]:
    """Return what is wrong; stock was received without a document, which is not the point."""
    verification = await services.verifier.verify()
    return [
        check.name
        for check in verification.checks
        if check.findings and check.name != "orphan_movements_adjustment"
    ]


async def test_the_rest_comes_back_and_the_sums_are_the_sale(
    till: Till, desk: Desk, services: Services
) -> None:
    tea = await till.product("TEA", price="3.33", on_hand="9", value_minor=10_00)
    jam = await till.product("JAM", price="5.00", on_hand="9", value_minor=9_00)
    tenders = [{"kind": "card", "amount": "9.99"}, {"kind": "cash", "amount": "10.00"}]
    sale = (await till.sell(line(tea, "3"), line(jam), tenders=tenders)).json()
    await desk.take(sale, back(sale, 0, "1"))

    answer = await void(till, sale, reason="Wrong till")

    voided = answer.json()
    assert answer.status_code == 200, answer.text
    assert (voided["status"], voided["number"]) == ("voided", sale["number"])
    assert (voided["returned"], voided["refunded"]) == ("partly", eur("3.33"))
    assert voided["void_refunds"] == [
        {"kind": "card", "amount": eur("6.66")},
        {"kind": "cash", "amount": eur("5.00")},
    ]
    assert (await till.get(f"/{sale['id']}")).json() == voided
    assert (await till.stock.movements())[-2:] == [
        (tea, CUSTOMER_ID, MAIN_ID, "2.000", 2_22),
        (jam, CUSTOMER_ID, MAIN_ID, "1.000", 1_00),
    ]
    assert await till.stock.holdings() == {tea: ("9.000", 10_00), jam: ("9.000", 9_00)}
    assert await findings(services) == []
    refused = await desk.take(sale, back(sale, 1))
    assert (refused.status_code, refused.json()["code"]) == (409, "sale_not_returnable")


async def test_the_audit_row_and_the_event_say_what_went_back(till: Till, desk: Desk) -> None:
    tea = await till.product("TEA", on_hand="9")
    sale = (await till.sell(line(tea, "3"), cash="30.00")).json()
    await desk.take(sale, back(sale))

    await void(till, sale)

    [row] = [row for row in await till.rows(audit_log) if row["action"] == "sale.voided"]
    assert row["changes"] == {
        "status": {"before": "completed", "after": "voided"},
        "TEA": {"before": "7.000", "after": "9.000"},
    }
    assert row["note"] == {
        "number": sale["number"],
        "goods_back": True,
        "reason": None,
        "reversed_movements": 1,
        "refunds": [{"kind": "cash", "amount": "20.00"}],
    }
    [event] = [row for row in await till.rows(outbox) if row["name"] == "sale.voided"]
    assert event["payload"]["refunds"] == [{"kind": "cash", "amount": "20.00"}]


async def test_without_the_goods_only_the_money_goes_back(
    till: Till, desk: Desk, services: Services
) -> None:
    tea = await till.product("TEA", on_hand="9")
    sale = (await till.sell(line(tea, "3"), cash="30.00")).json()
    await desk.take(sale, back(sale))
    movements = await till.stock.movements()

    voided = (await void(till, sale, goods_back=False)).json()

    assert voided["void_refunds"] == [{"kind": "cash", "amount": eur("20.00")}]
    assert await till.stock.movements() == movements
    assert await findings(services) == []


async def test_what_came_back_whole_leaves_nothing_but_a_fee_that_was_kept(
    till: Till, desk: Desk, services: Services
) -> None:
    tea = await till.product("TEA", on_hand="9")
    sale = (await till.sell(line(tea), cash="10.00")).json()
    await desk.take(sale, back(sale, refund="8.00"), role=Role.MANAGER)
    movements = await till.stock.movements()

    voided = (await void(till, sale)).json()

    assert (voided["returned"], voided["refunded"]) == ("fully", eur("8.00"))
    assert voided["void_refunds"] == [{"kind": "cash", "amount": eur("2.00")}]
    assert await till.stock.movements() == movements
    assert await findings(services) == []


@pytest.mark.parametrize(("returned", "attention"), [("1", False), ("4", True)])
async def test_what_the_books_lacked_is_made_good_as_far_as_it_goes(
    till: Till, desk: Desk, services: Services, returned: str, attention: bool
) -> None:
    tea = await till.product("TEA", on_hand="2", value_minor=6_00)
    sale = (await till.sell(line(tea, "5"), cash="50.00", oversell=True)).json()
    await desk.take(sale, back(sale, 0, returned))

    voided = (await void(till, sale)).json()

    assert voided["needs_attention"] is attention
    drawn = [row[1:4] for row in await till.stock.movements() if DISCREPANCY_ID in row[1:3]]
    made_good = "1.000" if attention else "3.000"
    assert drawn == [
        (DISCREPANCY_ID, CUSTOMER_ID, "3.000"),
        (CUSTOMER_ID, DISCREPANCY_ID, made_good),
    ]
    assert await findings(services) == []


@pytest.mark.parametrize("steps", [(), ("approve",), ("approve", "receive")])
async def test_an_open_return_stands_in_the_way(
    till: Till, desk: Desk, steps: tuple[str, ...]
) -> None:
    tea = await till.product("TEA", on_hand="9")
    sale = (await till.sell(line(tea, "3"), cash="30.00")).json()
    await desk.take(sale, back(sale))
    asked = (await desk.ask(sale, back(sale))).json()
    for step in steps:
        assert (await desk.step(asked, step)).status_code == 200
    before = await till.footprint()

    refused = await void(till, sale)

    assert (refused.status_code, refused.json()["code"]) == (409, "sale_has_returns")
    assert await till.footprint() == before


async def test_the_margin_counts_what_came_back(till: Till, desk: Desk) -> None:
    rate = await till.tax_rate(250_000)
    tea = await till.product("TEA", price="12.50", on_hand="4", value_minor=16_00, tax_rate_id=rate)
    sale = (await till.sell(line(tea, "4"), cash="50.00")).json()
    await desk.take(sale, back(sale, 0, "1"))
    await desk.take(sale, back(sale, 0, "1", "none", refund="5.00"), role=Role.MANAGER)

    partly = (await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)).json()
    await void(till, sale)
    gone = (await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)).json()

    figures = {
        "net": eur("26.00"),
        "cost": eur("12.00"),
        "margin": eur("14.00"),
        "margin_percent": "53.8462",
        "refunded_net": eur("14.00"),
        "returned_cost": eur("4.00"),
    }
    line_id = sale["lines"][0]["id"]
    assert partly == {
        "sale_id": sale["id"],
        **figures,
        "lines": [{"line_id": line_id, "sku": "TEA", **figures}],
    }
    # The buyer keeps the piece that was paid back alone.
    assert (gone["net"], gone["cost"], gone["margin_percent"]) == (eur("0.00"), eur("4.00"), None)


async def test_the_report_of_the_day_comes_to_nothing(till: Till, desk: Desk, goods: Goods) -> None:
    rate = await till.tax_rate(250_000)
    tea = await till.product("TEA", price="12.50", on_hand="4", value_minor=16_00, tax_rate_id=rate)
    paid = [{"kind": "card", "amount": "30.00"}, {"kind": "cash", "amount": "20.00"}]
    sale = (await till.sell(line(tea, "4"), tenders=paid)).json()
    await desk.take(sale, back(sale, 0, "1"))
    await desk.take(sale, back(sale, 0, "1", "none", refund="5.00"), role=Role.MANAGER)
    await void(till, sale)

    [row] = (await goods.get("/reports/sales/products", role=Role.MANAGER)).json()["items"]
    tenders = (await goods.get("/reports/sales/tenders", role=Role.MANAGER)).json()["items"]

    nothing = {"units": "0.000", "net": "0.00", "tax": "0.00", "total": "0.00"}
    assert row["result"] == nothing
    assert row["returned"] == {
        "documents": 2, "units": "2.000", "net": "14.00", "tax": "3.50", "total": "17.50"
    }  # fmt: skip
    assert row["voided"] == {
        "documents": 1, "units": "2.000", "net": "26.00", "tax": "6.50", "total": "32.50"
    }  # fmt: skip
    assert (row["earned"]["cost"], row["earned"]["margin"]) == ("4.00", "-4.00")
    figures = ("tender", "taken", "voided", "refunded", "kept")
    assert [tuple(row[name] for name in figures) for row in tenders] == [
        ("card", "30.00", "12.50", "17.50", "0.00"),
        ("cash", "20.00", "20.00", "0.00", "0.00"),
    ]
