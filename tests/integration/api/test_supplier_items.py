"""What suppliers sell, over HTTP: packs, costs, the preferred one, who sells a product."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId, SupplierId
from app.infrastructure.db.tables.parties import supplier_items
from tests.fixtures.goods import Json, euro, faults
from tests.fixtures.parties import Parties
from tests.fixtures.statements import recorded_statements

NOBODY = str(SupplierId(int=99))
NOTHING = str(ProductId(int=99))


@pytest.fixture
async def supplier(parties: Parties) -> Json:
    return await parties.make("suppliers", code="W", name="Wholesaler")


async def add(parties: Parties, supplier: Json, product: Json, **members: object) -> Json:
    body = {"product_id": product["id"], **members}
    made = await parties.post(f"/suppliers/{supplier['id']}/items", body)
    assert made.status_code == 201, made.text
    item: Json = made.json()
    return item


def path(item: Json) -> str:
    return f"/suppliers/{item['supplier_id']}/items/{item['id']}"


async def test_an_item_is_kept_whole_and_read_from_both_sides(
    parties: Parties, supplier: Json
) -> None:
    mug = await parties.product("MUG", name="Mug")

    made = await parties.post(
        f"/suppliers/{supplier['id']}/items",
        {
            "product_id": mug["id"],
            "sku": " w-0471 ",
            "barcode": "4006381333931",
            "pack_size": "12",
            "cost": {"amount": "40.123456", "currency": "EUR"},
            "lead_time_days": 14,
            "minimum_order": "3",
            "over_receipt_percent": "2.5",
            "preferred": True,
        },
    )

    item = made.json()
    assert made.status_code == 201, made.text
    assert (made.headers["ETag"], made.headers["Location"]) == ('"1"', f"/api/v1{path(item)}")
    assert item == {
        "id": item["id"],
        "supplier_id": supplier["id"],
        "supplier_code": "W",
        "supplier_name": "Wholesaler",
        "supplier_active": True,
        "product_id": mug["id"],
        "product_sku": "MUG",
        "product_name": "Mug",
        "sku": "w-0471",
        "barcode": "4006381333931",
        "pack_size": "12.000",
        "cost": euro("40.123456"),
        "lead_time_days": 14,
        "minimum_order": "3.000",
        "over_receipt_percent": "2.50",
        "preferred": True,
        "version": 1,
        "created_at": item["created_at"],
        "updated_at": item["created_at"],
    }
    for list_of in (f"/suppliers/{supplier['id']}/items", f"/products/{mug['id']}/suppliers"):
        assert (await parties.get(list_of)).json() == {"items": [item], "next_cursor": None}
        seen = (await parties.get(list_of, role=Role.CASHIER)).json()["items"]
        assert seen == [item | {"cost": None}]
    assert (await parties.get(path(item))).json() == item
    assert (await parties.get(path(item), role=Role.VIEWER)).status_code == 403


async def test_a_bare_item_is_a_pack_of_one(parties: Parties, supplier: Json) -> None:
    item = await add(parties, supplier, await parties.product("MUG"))

    assert (item["pack_size"], item["sku"], item["cost"]) == ("1.000", None, None)
    assert (item["minimum_order"], item["preferred"]) == (None, False)


async def test_the_suppliers_number_is_given_once_per_supplier(
    parties: Parties, supplier: Json
) -> None:
    mug, pot = await parties.product("MUG"), await parties.product("POT")
    other = await parties.make("suppliers")
    first = await add(parties, supplier, mug, sku="A-1")
    await add(parties, other, mug, sku="a-1")
    second = await add(parties, supplier, pot)
    before = await parties.rows(supplier_items)

    taken = await parties.post(
        f"/suppliers/{supplier['id']}/items", {"product_id": pot["id"], "sku": "a-1"}
    )
    renamed = await parties.patch(path(second), {"sku": "a-1"})

    for refused in (taken, renamed):
        assert (refused.status_code, faults(refused)) == (409, [("/sku", "already_exists")])
        assert refused.json()["owners"] == {"sku": first["id"]}
    assert await parties.rows(supplier_items) == before


async def test_one_supplier_of_a_product_is_preferred(parties: Parties, supplier: Json) -> None:
    mug, pot = await parties.product("MUG"), await parties.product("POT")
    other = await parties.make("suppliers", code="O")
    first = await add(parties, supplier, mug, preferred=True)
    await add(parties, supplier, pot, preferred=True)
    second = await add(parties, other, mug)

    moved = await parties.patch(path(second), {"preferred": True})

    assert (moved.status_code, moved.json()["preferred"]) == (200, True)
    listed = (await parties.get(f"/products/{mug['id']}/suppliers")).json()["items"]
    assert [(item["supplier_code"], item["preferred"]) for item in listed] == [
        ("O", True),
        ("W", False),
    ]
    assert (await parties.get(path(first))).json()["version"] == 2
    changed = [changes for action, changes in await parties.audited() if "item.upd" in action]
    assert changed == [
        {"preferred": {"before": True, "after": False}},
        {"preferred": {"before": False, "after": True}},
    ]
    third = await add(parties, supplier, mug, preferred=True)
    listed = (await parties.get(f"/products/{mug['id']}/suppliers", limit=1)).json()["items"]
    assert [item["id"] for item in listed] == [third["id"]]


async def test_many_want_to_be_preferred_at_once(parties: Parties, supplier: Json) -> None:
    mug = await parties.product("MUG")
    items = [await add(parties, await parties.make("suppliers"), mug) for _ in range(4)]
    asked: list[Awaitable[Response]] = [
        parties.patch(path(item), {"preferred": True}) for item in items
    ]

    answers = await asyncio.gather(*asked)

    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    preferred = [row["id"] for row in await parties.rows(supplier_items) if row["preferred"]]
    assert len(preferred) == 1


async def test_what_does_not_fit_is_refused(parties: Parties, supplier: Json) -> None:
    mug = await parties.product("MUG")
    items = f"/suppliers/{supplier['id']}/items"
    refused: list[tuple[Json, list[tuple[str, str]]]] = [
        ({"product_id": NOTHING}, [("/product_id", "unknown_reference")]),
        ({"pack_size": "0"}, [("/pack_size", "invalid_value")]),
        ({"pack_size": "1.5"}, [("/pack_size", "invalid_value")]),
        ({"minimum_order": "0"}, [("/minimum_order", "invalid_value")]),
        (
            {"cost": {"amount": "1", "currency": "USD"}},
            [("/cost/currency", "currency_mismatch")],
        ),
    ]

    for members, expected in refused:
        answer = await parties.post(items, {"product_id": mug["id"]} | members)
        assert (answer.status_code, faults(answer)) == (422, expected), members

    body = {"product_id": mug["id"]}
    assert (await parties.post(f"/suppliers/{NOBODY}/items", body)).status_code == 404
    for missing in (f"/suppliers/{NOBODY}/items", f"/products/{NOTHING}/suppliers"):
        assert (await parties.get(missing)).status_code == 404
    assert (await parties.get(items)).json() == {"items": [], "next_cursor": None}
    assert await parties.rows(supplier_items) == []


async def test_a_suppliers_currency_stays_while_items_have_costs(
    parties: Parties, supplier: Json
) -> None:
    item = await add(parties, supplier, await parties.product("MUG"), cost=euro("3"))
    home = f"/suppliers/{supplier['id']}"

    refused = await parties.patch(home, {"currency": "USD"})
    await parties.patch(path(item), {"cost": None})
    changed = await parties.patch(home, {"currency": "USD"})

    assert (refused.status_code, refused.json()["code"]) == (409, "supplier_has_costs")
    assert (changed.status_code, changed.json()["currency"]) == (200, "USD")


async def test_items_go_alone_or_with_their_supplier(parties: Parties, supplier: Json) -> None:
    mug = await parties.product("MUG")
    item = await add(parties, supplier, mug, cost=euro("3"))
    other = await add(parties, supplier, mug)
    elsewhere = {**item, "supplier_id": (await parties.make("suppliers"))["id"]}

    assert (await parties.get(path(elsewhere))).status_code == 404
    assert (await parties.delete(f"suppliers/{supplier['id']}/items", item)).status_code == 204
    assert [row["id"] for row in await parties.rows(supplier_items)] != []
    assert (await parties.delete("suppliers", supplier)).status_code == 204

    assert await parties.rows(supplier_items) == []
    assert (await parties.get(path(other))).status_code == 404
    [told] = [
        changes for action, changes in await parties.audited() if action == "supplier_item.deleted"
    ]
    assert told["cost"] == {"before": "3.00", "after": None}
    assert "cost" not in str(await parties.events())


async def test_costs_are_taken_from_those_who_may_see_them(
    parties: Parties, supplier: Json
) -> None:
    mug = await parties.product("MUG")
    body = {"product_id": mug["id"], "cost": euro("3")}
    items = f"/suppliers/{supplier['id']}/items"

    assert (await parties.post(items, body, role=Role.CASHIER)).status_code == 403
    assert (await parties.post(items, body, role=Role.CLERK)).status_code == 201


async def test_a_page_costs_one_statement(parties: Parties, supplier: Json) -> None:
    for number in range(5):
        await add(parties, supplier, await parties.product(f"P{number}"))

    with recorded_statements() as statements:
        page = await parties.get(f"/suppliers/{supplier['id']}/items", limit=2)

    assert len(statements) == 2  # the caller, the page
    pages = [
        [item["product_sku"] for item in items]
        async for items in parties.walk(f"/suppliers/{supplier['id']}/items", limit=2)
    ]
    assert pages == [["P0", "P1"], ["P2", "P3"], ["P4"]]
    assert page.json()["next_cursor"] is not None
