"""Sales to somebody by name: drafted, posted, listed, and what keeps a customer there."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from app.domain.auth.roles import Role
from app.domain.common.identifiers import CustomerId, ProductId
from app.infrastructure.db.tables.parties import customers
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.goods import Json, faults
from tests.fixtures.parties import Parties
from tests.fixtures.plans import seen_statements
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import SALES, Till, line

CASH: Json = {"tenders": [{"kind": "cash", "amount": "10.00"}]}


@pytest.fixture
async def fee(till: Till) -> ProductId:
    return await till.product("FEE", tracks_stock=False)


@pytest.fixture
async def ann(parties: Parties) -> Json:
    return await parties.make("customers", name="Ann", code="A")


async def rename(parties: Parties, customer: Json, name: str, *, version: int = 1) -> None:
    done = await parties.patch(f"/customers/{customer['id']}", {"name": name}, version=version)
    assert done.status_code == 200, done.text


async def test_a_posted_sale_keeps_the_name_and_a_draft_follows_it(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    draft = (await till.draft(line(fee), customer_id=ann["id"])).json()
    sold = (await till.sell(line(fee), cash="10.00", customer_id=ann["id"])).json()
    assert (draft["customer_id"], draft["customer_name"]) == (ann["id"], "Ann")
    assert (sold["customer_id"], sold["customer_name"]) == (ann["id"], "Ann")

    await rename(parties, ann, "Anna")

    assert (await till.get(f"/{draft['id']}")).json()["customer_name"] == "Anna"
    assert (await till.get(f"/{sold['id']}")).json() == sold
    receipt = (await till.get(f"/{sold['id']}/receipt")).json()
    assert (receipt["customer_id"], receipt["customer_name"]) == (ann["id"], "Ann")
    completed = (await till.post(f"/{draft['id']}/complete", CASH)).json()
    await rename(parties, ann, "Ann again", version=2)
    assert completed["customer_name"] == "Anna"
    assert (await till.get(f"/{draft['id']}")).json() == completed
    names = {item["id"]: item["customer_name"] for item in (await till.get()).json()["items"]}
    assert names == {sold["id"]: "Ann", draft["id"]: "Anna"}


async def test_a_draft_changes_hands(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    bo = await parties.make("customers", name="Bo")
    draft = (await till.draft(line(fee))).json()
    assert (draft["customer_id"], draft["customer_name"]) == (None, None)

    named = (await till.patch(draft, {"customer_id": ann["id"]})).json()
    kept = (await till.patch(named, {"discount": {"percent": "10"}})).json()
    other = (await till.patch(kept, {"customer_id": bo["id"]})).json()
    again = (await till.patch(other, {"customer_id": bo["id"]})).json()
    nobody = (await till.patch(other, {"customer_id": None})).json()

    assert [(s["customer_name"], s["version"]) for s in (named, kept, other, again, nobody)] == [
        ("Ann", 2),
        ("Ann", 3),
        ("Bo", 4),
        ("Bo", 4),
        (None, 5),
    ]
    changes = [c for action, c in await parties.audited() if action == "sale.draft_updated"]
    assert changes[0] == {"customer_id": {"before": None, "after": ann["id"]}}


async def test_unknown_and_inactive_customers_are_refused(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    draft = (await till.draft(line(fee), customer_id=ann["id"])).json()
    plain = (await till.draft(line(fee))).json()
    await parties.retire("customers", ann)
    before = await till.footprint()

    unknown = await till.draft(line(fee), customer_id=str(CustomerId(int=99)))
    inactive = await till.sell(line(fee), cash="10.00", customer_id=ann["id"])
    patched = await till.patch(plain, {"customer_id": ann["id"]})

    assert [a.status_code for a in (unknown, inactive, patched)] == [422] * 3
    assert faults(unknown) == [("/customer_id", "unknown_reference")]
    assert faults(inactive) == faults(patched) == [("/customer_id", "customer_inactive")]
    assert await till.footprint() == before
    # What was agreed while the customer was active is still carried out.
    done = await till.post(f"/{draft['id']}/complete", CASH)
    assert (done.status_code, done.json()["customer_name"]) == (200, "Ann")


async def test_a_customer_costs_no_statement_more(till: Till, fee: ProductId, ann: Json) -> None:
    with recorded_statements() as without:
        await till.sell(line(fee), cash="10.00", key="one")
    with recorded_statements() as with_one:
        sold = await till.sell(line(fee), cash="10.00", customer_id=ann["id"], key="two")

    assert sold.status_code == 201, sold.text
    assert len(with_one) == len(without)


async def test_sales_are_listed_by_customer(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    bo = await parties.make("customers", name="Bo")
    mine = [(await till.draft(line(fee), customer_id=ann["id"])).json()["id"] for _ in range(3)]
    await till.draft(line(fee), customer_id=bo["id"])
    await till.draft(line(fee))

    with seen_statements("FROM sales") as statements:
        page = (await till.get(customer_id=ann["id"])).json()

    assert [item["id"] for item in page["items"]] == mine[::-1]
    nobody = (await till.get(customer_id=str(CustomerId(int=99)))).json()
    assert nobody["items"] == []
    if parties.engine.dialect.name == "sqlite":
        plan = await statements[-1].plan(parties.engine)
        assert "ix_sales_customer_id_occurred_at_id" in plan, plan


@pytest.mark.case("PTY-03")
async def test_a_customer_with_sales_stays(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    sold = (await till.sell(line(fee), cash="10.00", customer_id=ann["id"])).json()
    await till.draft(line(fee), customer_id=ann["id"])
    before = await parties.state()

    refused = await parties.delete("customers", ann)

    assert (refused.status_code, refused.json()["code"]) == (409, "party_in_use")
    assert refused.json()["uses"] == {"sales": 2}
    assert await parties.state() == before
    assert (await till.get(f"/{sold['id']}")).json()["customer_name"] == "Ann"
    with pytest.raises(DBAPIError):
        async with parties.engine.begin() as connection:
            await connection.execute(delete(customers))
    assert (await parties.read("customers", ann)) == ann


@pytest.mark.case("PTY-03")
async def test_a_supplier_with_items_stays_whoever_deletes(parties: Parties) -> None:
    supplier = await parties.make("suppliers")
    product = await parties.product("MUG")
    await parties.post(f"/suppliers/{supplier['id']}/items", {"product_id": product["id"]})

    for table in ("suppliers", "products"):
        with pytest.raises(DBAPIError):
            async with parties.engine.begin() as connection:
                await connection.execute(text(f"DELETE FROM {table}"))

    assert await parties.read("suppliers", supplier) == supplier


async def test_the_database_keeps_who_bought(
    till: Till, parties: Parties, fee: ProductId, ann: Json
) -> None:
    await till.sell(line(fee), cash="10.00", customer_id=ann["id"])
    [row] = await parties.rows(sales)
    draft = dict(row) | {"id": parties.ids.new(type(row["id"])), "status": "draft"}
    unposted = dict.fromkeys(("series", "year", "sequence", "shop_name", "time_zone"))

    for forged in (
        update(sales).values(customer_id=None, customer_name=None),
        update(sales).values(customer_name="Else"),
        insert(sales).values(draft | unposted | {"completed_at": None}),
    ):
        with pytest.raises(DBAPIError):
            async with parties.engine.begin() as connection:
                await connection.execute(forged)

    assert await parties.rows(sales) == [row]


async def test_who_may_not_see_customers_sees_the_name_on_the_sale(
    till: Till, fee: ProductId, ann: Json
) -> None:
    await till.draft(line(fee), customer_id=ann["id"])

    page = await till.http.get(SALES, headers=till.headers(Role.VIEWER))

    assert [item["customer_name"] for item in page.json()["items"]] == ["Ann"]
