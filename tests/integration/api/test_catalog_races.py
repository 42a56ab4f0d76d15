"""The catalog when several requests arrive at once: one wins, the others are told why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from httpx2 import Response
from sqlalchemy import update

from app.domain.auth.roles import Role
from app.domain.common.identifiers import FamilyId, ProductId
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.catalog import product_barcodes, products
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.goods import Goods, Json, euro, faults
from tests.fixtures.stock import Stock
from tests.fixtures.waiting import until_one_waits

MANY = 8


def statuses(answers: Sequence[Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def created(goods: Goods, number: int, **members: object) -> Response:
    body: Json = {"sku": f"S{number}", "name": "A", "price": euro("1")}
    return await goods.post("/products", body | members)


async def test_a_sku_is_given_once(goods: Goods) -> None:
    answers = await asyncio.gather(*(created(goods, n, sku="one") for n in range(MANY)))

    assert statuses(answers) == [201] + [409] * (MANY - 1)
    for refused in answers:
        if refused.status_code == 409:
            assert faults(refused) == [("/sku", "already_exists")]
    assert len(await goods.rows(products)) == 1
    assert len(await goods.rows(audit_log)) == len(await goods.rows(outbox)) == 1


async def test_a_barcode_is_given_once(goods: Goods) -> None:
    answers = await asyncio.gather(
        *(created(goods, n, barcodes=[f"own {n}", "012345678905"]) for n in range(MANY))
    )

    assert statuses(answers) == [201] + [409] * (MANY - 1)
    for refused in answers:
        if refused.status_code == 409:
            assert faults(refused)[0][0].startswith("/barcodes")
    assert len(await goods.rows(products)) == 1
    assert len(await goods.rows(product_barcodes)) == 2


async def test_an_external_id_is_given_once(goods: Goods) -> None:
    answers = await asyncio.gather(*(created(goods, n, external_id="x") for n in range(MANY)))

    assert statuses(answers) == [201] + [409] * (MANY - 1)
    assert len(await goods.rows(products)) == 1


async def test_of_changes_from_one_version_one_is_taken(goods: Goods) -> None:
    product = await goods.product("A")

    answers = await asyncio.gather(
        *(goods.patch(f"/products/{product['id']}", {"name": f"N{n}"}) for n in range(MANY))
    )

    assert statuses(answers) == [200] + [412] * (MANY - 1)
    [row] = await goods.rows(products)
    [taken] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (row["name"], row["version"]) == (taken["name"], 2)
    assert [action for action, _ in await goods.audited()] == ["product.created", "product.updated"]


async def test_barcodes_of_one_version_are_replaced_once(goods: Goods) -> None:
    product = await goods.product("A", barcodes=["old"])

    answers = await asyncio.gather(
        *(
            goods.patch(f"/products/{product['id']}", {"barcodes": [f"one {n}", f"two {n}"]})
            for n in range(MANY)
        )
    )

    assert statuses(answers) == [200] + [412] * (MANY - 1)
    [taken] = [answer.json() for answer in answers if answer.status_code == 200]
    found = (await goods.get(f"/products/{product['id']}")).json()
    assert found == taken


async def test_a_unit_changes_only_before_a_posting_under_way(goods: Goods, stock: Stock) -> None:
    product = await goods.product("A")
    identifier = ProductId.parse(product["id"])
    async with stock.work() as work:
        await work.ledger.post(stock.posting(stock.moves_in(identifier, "1", 100)))
        changing = asyncio.create_task(
            goods.patch(f"/products/{identifier}", {"tracks_stock": False})
        )
        if goods.engine.dialect.name == "postgresql":
            await until_one_waits(goods.engine)
        await work.commit()

    refused = await changing
    assert (refused.status_code, refused.json()["code"]) == (409, "product_has_history")
    [row] = await goods.rows(products)
    assert (row["tracks_stock"], row["version"]) == (True, 1)


async def test_goods_stay_as_a_document_read_them(goods: Goods, stock: Stock) -> None:
    """Between reading the unit and posting the quantity nobody may change it."""
    product = await goods.product("A")
    identifier = ProductId.parse(product["id"])
    async with stock.work() as work:
        await work.sales.offer(MAIN_ID, [identifier])
        changing = asyncio.create_task(
            goods.patch(f"/products/{identifier}", {"tracks_stock": False})
        )
        if goods.engine.dialect.name == "postgresql":
            await until_one_waits(goods.engine)
        await work.ledger.post(stock.posting(stock.moves_in(identifier, "1", 100)))
        await work.commit()

    refused = await changing
    assert (refused.status_code, refused.json()["code"]) == (409, "product_has_history")


async def test_two_categories_never_end_up_below_each_other(goods: Goods) -> None:
    for round_ in range(4):
        one = await goods.category(f"One {round_}")
        two = await goods.category(f"Two {round_}")

        answers = await asyncio.gather(
            goods.patch(f"/categories/{one['id']}", {"parent_id": two["id"]}),
            goods.patch(f"/categories/{two['id']}", {"parent_id": one["id"]}),
        )

        assert statuses(answers)[0] == 200
        refused = next(answer for answer in answers if answer.status_code != 200)
        assert refused.json()["code"] in ("category_cycle", "version_conflict")


async def test_a_new_category_below_a_moving_branch_gets_the_new_path(goods: Goods) -> None:
    for round_ in range(4):
        branch = await goods.category(f"Branch {round_}")
        target = await goods.category(f"Target {round_}")

        moved, made = await asyncio.gather(
            goods.patch(f"/categories/{branch['id']}", {"parent_id": target["id"]}),
            goods.post("/categories", {"name": "New", "parent_id": branch["id"]}),
        )

        assert (moved.status_code, made.status_code) == (200, 201)
        found = (await goods.get(f"/categories/{made.json()['id']}")).json()
        assert found["path"] == f"Target {round_} > Branch {round_} > New"


async def test_a_family_goes_or_gets_a_product_and_never_both(goods: Goods) -> None:
    for round_ in range(4):
        made = await goods.post("/product-families", {"key": f"F{round_}", "name": "Shirt"})
        family = made.json()["id"]
        path, match = f"/api/v1/product-families/{family}", {"If-Match": '"1"'}
        signed = goods.sign_in(Role.MANAGER)

        removed, put_in = await asyncio.gather(
            goods.http.delete(path, headers=signed | match),
            created(goods, round_, family_id=family),
        )

        if removed.status_code == 204:
            assert put_in.status_code == 422, put_in.text
            assert faults(put_in) == [("/family_id", "unknown_reference")]
        else:
            assert (removed.status_code, removed.json()["code"]) == (409, "family_in_use")
            assert put_in.status_code == 201, put_in.text


async def test_a_product_put_in_meanwhile_keeps_its_family(goods: Goods) -> None:
    family = (await goods.post("/product-families", {"key": "F", "name": "Shirt"})).json()["id"]
    path, match = f"/api/v1/product-families/{family}", {"If-Match": '"1"'}
    put_in = update(products).values(family_id=FamilyId.parse(family))
    await goods.product("A")
    async with goods.engine.begin() as connection:
        await connection.execute(put_in)
        removing = asyncio.create_task(
            goods.http.delete(path, headers=goods.sign_in(Role.MANAGER) | match)
        )
        if goods.engine.dialect.name == "postgresql":
            await until_one_waits(goods.engine)

    refused = await removing
    assert (refused.status_code, refused.json()["code"]) == (409, "family_in_use")
