"""Purchase orders: drafted, revised, ordered, cancelled, closed, listed."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.parties import suppliers
from app.infrastructure.db.tables.purchases import purchases
from tests.fixtures.goods import Json, euro, faults
from tests.fixtures.purchasing import Buyer, came, ordered


async def test_a_draft_takes_what_is_not_said_from_what_the_supplier_sells(buyer: Buyer) -> None:
    supplier = await buyer.supplier(over_receipt_percent="5")
    tea, mug = await buyer.product("TEA"), await buyer.product("MUG")
    await buyer.sells(supplier, tea, sku="W-2", pack_size="6", cost="5.10")
    preferred = {"sku": "W-1", "pack_size": "12", "cost": "9.99", "preferred": True}
    await buyer.sells(supplier, tea, **preferred, over_receipt_percent="2.5")

    made = await buyer.draft(
        supplier,
        ordered(tea, "100", measure="pack"),
        ordered(tea, "1", measure="pack", supplier_sku="w-2", expected_on="2026-12-24"),
        ordered(tea, "7"),
        ordered(mug, "3", "0"),
        reference="Our 7",
        note="Ring twice",
    )

    product = {"product_id": tea["id"], "sku": "TEA", "name": "Product TEA", "unit": "piece"}
    nothing = {"received": "0.000", "rejected": "0.000", "returned": "0.000",
               "receivable": "0.000", "outstanding": "0.000"}  # fmt: skip
    expected = [
        {
            **product, "supplier_sku": "W-1", "measure": "pack", "pack_size": "12.000",
            "quantity": "100.000", "cost": euro("9.99"), "value": euro("999.00"),
            "expected_on": None, "over_receipt_percent": "2.50", "ordered": "1200.000",
        },
        {
            **product, "supplier_sku": "w-2", "measure": "pack", "pack_size": "6.000",
            "quantity": "1.000", "cost": euro("5.10"), "value": euro("5.10"),
            "expected_on": "2026-12-24", "over_receipt_percent": "5.00", "ordered": "6.000",
        },
        {
            **product, "supplier_sku": "W-1", "measure": "unit", "pack_size": "12.000",
            "quantity": "7.000", "cost": None, "value": None,
            "expected_on": None, "over_receipt_percent": "2.50", "ordered": "7.000",
        },
        {
            "product_id": mug["id"], "sku": "MUG", "name": "Product MUG", "unit": "piece",
            "supplier_sku": None, "measure": "unit", "pack_size": "1.000",
            "quantity": "3.000", "cost": euro("0.00"), "value": euro("0.00"),
            "expected_on": None, "over_receipt_percent": "5.00", "ordered": "3.000",
        },
    ]  # fmt: skip
    identifiers = [line.pop("id") for line in made["lines"]]
    assert made["lines"] == [line | nothing for line in expected]
    assert len(set(identifiers)) == 4
    head = {name: value for name, value in made.items() if name not in ("lines", "id")}
    assert head.pop("created_at")
    assert head.pop("user_id")
    assert head == {
        "number": None,
        "status": "draft",
        "closed_short": False,
        "supplier_id": supplier["id"],
        "supplier_name": "Tea Traders",
        "location_id": "0" * 25 + "1",
        "currency": "EUR",
        "exchange_rate": None,
        "total": None,
        "reference": "Our 7",
        "note": "Ring twice",
        "ordered_at": None,
        "closed_at": None,
        "close_reason": None,
        "version": 1,
    }


async def test_every_fault_of_a_draft_is_told_at_once(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    fee, mug = await buyer.product("FEE", tracks_stock=False), await buyer.product("MUG")
    await buyer.sells(supplier, tea, pack_size="12")
    before = await buyer.everything()

    answer = await buyer.ask(
        supplier,
        ordered(tea, "0", "1"),
        ordered(fee, "1", "1"),
        ordered(tea, "0.5", "1"),
        ordered(tea, "1", "1", measure="pack", pack_size="0.25"),
        ordered(tea, "1", "1", measure="pack", pack_size="0"),
        ordered(fee, "1", "1", pack_size="0"),
    )

    assert answer.status_code == 422
    assert faults(answer) == [
        ("/lines/0/quantity", "invalid_value"),
        ("/lines/1/product_id", "not_stocked"),
        ("/lines/2/quantity", "invalid_value"),
        ("/lines/3/pack_size", "invalid_value"),
        ("/lines/4/pack_size", "invalid_value"),
        ("/lines/5/product_id", "not_stocked"),
        ("/lines/5/pack_size", "invalid_value"),
    ]
    without = await buyer.ask(supplier, ordered(mug, "1", measure="pack"))
    assert faults(without) == [("/lines/0/pack_size", "missing")]
    unknown = await buyer.ask(supplier, ordered({"id": "0" * 26}, "1"))
    assert faults(unknown) == [("/lines/0/product_id", "unknown_reference")]
    nowhere = await buyer.ask(supplier, ordered(tea, "1"), location_id="0" * 25 + "3")
    assert faults(nowhere) == [("/location_id", "invalid_value")]
    under_way = await buyer.ask(supplier, ordered(tea, "1"), location_id="0" * 25 + "9")
    assert faults(under_way) == [("/location_id", "invalid_value")]
    assert await buyer.everything() == before


async def test_a_draft_is_revised_until_it_is_ordered(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    mug = await buyer.product("MUG")
    draft = await buyer.draft(supplier, ordered(tea, "1", "1"), reference="A", note="B")
    path = f"/purchases/{draft['id']}"

    revised = await buyer.patch(path, {"lines": [ordered(mug, "4", "2.50")], "reference": None})
    assert revised.status_code == 200, revised.text
    assert (revised.json()["total"], revised.json()["version"]) == (euro("10.00"), 2)
    assert (revised.json()["reference"], revised.json()["note"]) == (None, "B")
    same = await buyer.patch(path, {"note": "B"}, version=2)
    assert same.json()["version"] == 2

    done = await buyer.step(draft, "order")
    body = done.json()
    assert (done.status_code, body["status"], body["number"][-6:]) == (200, "ordered", "000001")
    assert (body["lines"][0]["outstanding"], body["exchange_rate"]) == ("4.000", "1.0")
    before = await buyer.everything()
    for refused in (
        await buyer.patch(path, {"note": "C"}, version=3),
        await buyer.step(draft, "order"),
    ):
        told = refused.json()
        assert (told["status"], told["code"]) == (409, "wrong_purchase_status")
        assert told["purchase_status"] == "ordered"
    stale = await buyer.patch(path, {"note": "C"}, version=2)
    assert stale.status_code == 412
    assert await buyer.everything() == before


async def test_nobody_orders_from_who_is_not_bought_from(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    other = await buyer.supplier(name="Other")
    draft = await buyer.draft(supplier, ordered(tea, "1", "1"))
    await buyer.post(f"/suppliers/{other['id']}/merge", {"from": [supplier["id"]]})
    before = await buyer.everything()

    for answer in (
        await buyer.step(draft, "order"),
        await buyer.ask(supplier, ordered(tea, "1", "1")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "supplier_inactive")
        assert answer.json()["merged_into_id"] == other["id"]
    unknown = await buyer.ask({"id": "0" * 26}, ordered(tea, "1", "1"))
    assert faults(unknown) == [("/supplier_id", "unknown_reference")]
    assert await buyer.everything() == before


@pytest.mark.case("PUR-04")
async def test_cancelling_keeps_what_was_received(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "10", "2.00"))
    await buyer.received(purchase, came(purchase, "4"))

    answer = await buyer.step(purchase, "cancel", {"reason": "Too late"})

    body = answer.json()
    assert (answer.status_code, body["status"], body["closed_short"]) == (200, "closed", True)
    assert (body["lines"][0]["received"], body["lines"][0]["outstanding"]) == ("4.000", "0.000")
    assert (body["lines"][0]["receivable"], body["close_reason"]) == ("0.000", "Too late")
    assert await buyer.stock(tea) == {
        "on_hand": "4.000",
        "incoming": "0.000",
        "value": "8.00",
        "average": "2.00",
        "levels": {"main": ("4.000", "0.000")},
    }
    before = await buyer.everything()
    for late in (
        await buyer.receive(purchase, came(purchase, "1")),
        await buyer.step(purchase, "cancel"),
        await buyer.step(purchase, "close"),
    ):
        assert (late.status_code, late.json()["code"]) == (409, "wrong_purchase_status")
    assert await buyer.everything() == before


async def test_what_never_came_is_cancelled_and_what_is_complete_is_closed(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    draft = await buyer.draft(supplier, ordered(tea, "1", "1"))
    nothing, whole = [await buyer.order(supplier, ordered(tea, "2", "1")) for _ in range(2)]
    await buyer.received(whole, came(whole, "2"))

    refused = await buyer.step(nothing, "close")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_purchase_status")
    by_clerk = await buyer.step(nothing, "cancel", role=Role.CLERK)
    assert by_clerk.status_code == 403
    steps = [
        (await buyer.step(draft, "cancel", role=Role.CLERK)).json(),
        (await buyer.step(nothing, "cancel")).json(),
        (await buyer.step(whole, "close")).json(),
    ]

    assert [(step["status"], step["closed_short"], step["number"] is None) for step in steps] == [
        ("cancelled", False, True),
        ("cancelled", False, False),
        ("closed", False, False),
    ]
    assert (await buyer.stock(tea))["incoming"] == "0.000"


async def test_incoming_is_what_open_orders_lack(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(over_receipt_percent="100"), await buyer.product("TEA")
    cellar = (await buyer.post("/locations", {"code": "cellar", "name": "Cellar"})).json()
    await buyer.draft(supplier, ordered(tea, "100", "1"))
    one = await buyer.order(supplier, ordered(tea, "5", "1"), ordered(tea, "6", "1"))
    await buyer.order(supplier, ordered(tea, "7", "1"), location_id=cellar["id"])
    await buyer.received(one, came(one, "8"))

    levels = (await buyer.get("/inventory/levels", product_id=tea["id"])).json()["items"]
    listed = (await buyer.get("/inventory/stock")).json()["items"]

    assert {(each["location"], each["on_hand"], each["incoming"]) for each in levels} == {
        ("main", "8.000", "6.000"),
        ("cellar", "0.000", "7.000"),
    }
    assert [(each["on_hand"], each["incoming"]) for each in listed] == [("8.000", "13.000")]


@pytest.mark.case("PTY-03")
async def test_a_supplier_with_purchases_stays(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "1", "1"))
    await buyer.received(purchase, came(purchase, "1"))
    headers = buyer.sign_in(Role.MANAGER)
    before = await buyer.everything()

    answer = await buyer.http.delete(f"/api/v1/suppliers/{supplier['id']}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "party_in_use")
    assert answer.json()["uses"] == {"purchases": 1, "receipts": 1}
    assert await buyer.everything() == before
    with pytest.raises(IntegrityError):
        async with buyer.engine.begin() as connection:
            await connection.execute(suppliers.delete())
    async with buyer.engine.connect() as connection:
        kept = await connection.execute(select(purchases.c.supplier_name))
        assert kept.scalars().all() == ["Tea Traders"]


async def test_orders_of_merged_suppliers_are_found_under_their_old_name(buyer: Buyer) -> None:
    supplier, other = await buyer.supplier(), await buyer.supplier(name="Other")
    tea = await buyer.product("TEA")
    purchase = await buyer.order(supplier, ordered(tea, "2", "1"))
    await buyer.post(f"/suppliers/{other['id']}/merge", {"from": [supplier["id"]]})

    found = (await buyer.get("/purchases", supplier_id=other["id"])).json()["items"]

    assert [(each["id"], each["supplier_name"]) for each in found] == [
        (purchase["id"], "Tea Traders")
    ]
    # What was ordered before still comes.
    await buyer.received(purchase, came(purchase, "2"))


async def test_orders_are_listed_by_what_they_are(buyer: Buyer) -> None:
    supplier, other = await buyer.supplier(), await buyer.supplier(name="Other")
    tea, mug = await buyer.product("TEA"), await buyer.product("MUG")
    cellar = (await buyer.post("/locations", {"code": "cellar", "name": "Cellar"})).json()
    one = await buyer.draft(supplier, ordered(tea, "1", "1.50"))
    two = await buyer.order(other, ordered(mug, "1", "1"), location_id=cellar["id"])
    three = await buyer.order(supplier, ordered(tea, "1", "1"), ordered(mug, "2"))
    names = {one["id"]: 1, two["id"]: 2, three["id"]: 3}

    async def found(**params: str) -> list[int]:
        answer = await buyer.get("/purchases", **params)
        assert answer.status_code == 200, answer.text
        return [names[item["id"]] for item in answer.json()["items"]]

    assert await found() == [3, 2, 1]
    assert await found(status="draft") == [1]
    assert await found(supplier_id=supplier["id"]) == [3, 1]
    assert await found(product_id=mug["id"]) == [3, 2]
    assert await found(location_id=cellar["id"]) == [2]
    assert await found(number=two["number"].lower()) == [2]
    assert await found(number="nonsense") == []
    assert await found(since=two["created_at"], until=three["created_at"]) == [2]
    pages = [page async for page in buyer.walk("/purchases", limit=2)]
    assert [[names[item["id"]] for item in page] for page in pages] == [[3, 2], [1]]
    item: Json = pages[1][0]
    assert item == {
        "id": one["id"],
        "number": None,
        "status": "draft",
        "supplier_id": supplier["id"],
        "supplier_name": "Tea Traders",
        "location_id": "0" * 25 + "1",
        "currency": "EUR",
        "total": euro("1.50"),
        "reference": None,
        "user_id": one["user_id"],
        "created_at": one["created_at"],
        "ordered_at": None,
        "version": 1,
    }


async def test_ordering_needs_its_right(buyer: Buyer) -> None:
    supplier, tea = await buyer.supplier(), await buyer.product("TEA")

    drafted = await buyer.ask(supplier, ordered(tea, "1", "1"), role=Role.CLERK)
    at_once = await buyer.ask(supplier, ordered(tea, "1", "1"), role=Role.CLERK, order=True)
    later = await buyer.step(drafted.json(), "order", role=Role.CLERK)

    codes = (drafted.status_code, at_once.status_code, later.status_code)
    assert codes == (201, 403, 403)


async def test_what_is_not_there_is_not_found(buyer: Buyer) -> None:
    for path in ("", "/receipts", "/returns"):
        answer = await buyer.get(f"/purchases/{'0' * 26}{path}")
        assert answer.status_code == 404, path
    assert (await buyer.step({"id": "0" * 26}, "order")).status_code == 404
