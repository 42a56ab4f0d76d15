"""Suppliers and customers that turn out to be the same: found, merged, and kept as they were."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import CustomerId
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.parties import customers, supplier_items, suppliers
from tests.fixtures.goods import Json, euro, faults
from tests.fixtures.parties import KINDS, Parties
from tests.fixtures.plans import seen_statements
from tests.fixtures.till import Till, line

both = pytest.mark.parametrize("kind", KINDS)


def place(postal_code: str) -> list[Json]:
    return [{"kind": "billing", "lines": ["x"], "postal_code": postal_code}]


async def merge(
    parties: Parties, kind: str, target: Json, *others: Json, role: Role = Role.MANAGER
) -> Response:
    body = {"from": [other["id"] for other in others]}
    return await parties.post(f"/{kind}/{target['id']}/merge", body, role=role)


async def groups(parties: Parties, kind: str, **params: Any) -> list[tuple[str, list[str]]]:
    page = await parties.get(f"/{kind}/duplicates", **params)
    assert page.status_code == 200, page.text
    return [(g["by"], [p["code"] for p in g[kind]]) for g in page.json()["items"]]


@both
async def test_duplicates_are_found_however_they_are_written(parties: Parties, kind: str) -> None:
    await parties.make(kind, code="A", tax_id="DE 123.456", phone="+49 (0)30 901820")
    await parties.make(kind, code="B", tax_id="de123456")
    await parties.make(
        kind, code="C", phone="0049-30-901820", name="Café", addresses=place("SW1A 1AA")
    )
    await parties.make(kind, code="D", name="CAFE", addresses=place("sw1a1aa"))
    await parties.make(kind, code="E", name="Cafe", addresses=place("SW1A 2AA"))

    found = (await parties.get(f"/{kind}/duplicates")).json()

    assert [(g["by"], g["count"], [p["code"] for p in g[kind]]) for g in found["items"]] == [
        ("name_postal", 2, ["C", "D"]),
        ("phone", 2, ["A", "C"]),
        ("tax_id", 2, ["A", "B"]),
    ]
    pages = [[g["by"] for g in page] async for page in parties.walk(f"/{kind}/duplicates", limit=2)]
    assert pages == [["name_postal", "phone"], ["tax_id"]]


@both
async def test_duplicates_follow_changes(parties: Parties, kind: str) -> None:
    one = await parties.make(kind, code="A", tax_id="DE 1")
    two = await parties.make(kind, code="B", tax_id="DE 1")

    await parties.patch(f"/{kind}/{two['id']}", {"tax_id": "DE 2"})
    assert await groups(parties, kind) == []
    await parties.patch(f"/{kind}/{one['id']}", {"tax_id": "de2"})
    assert await groups(parties, kind) == [("tax_id", ["A", "B"])]
    assert (await parties.delete(kind, one)).status_code == 204
    assert await groups(parties, kind) == []


async def test_duplicates_are_read_in_two_statements_off_the_key(parties: Parties) -> None:
    for number in range(6):
        await parties.make("customers", tax_id=f"DE {number // 2}")

    with seen_statements("customer_match_keys") as statements:
        found = await groups(parties, "customers")

    assert [len(codes) for _, codes in found] == [2, 2, 2]
    assert len(statements) == 2
    if parties.engine.dialect.name == "sqlite":
        plan = await statements[0].plan(parties.engine)
        assert "USING COVERING INDEX sqlite_autoindex_customer_match_keys" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


@both
async def test_a_merge_fills_blanks_and_keeps_the_others_as_they_were(
    parties: Parties, kind: str
) -> None:
    kept = await parties.make(kind, code="A", name="Ann", phone="030 123456", tax_id="DE 1")
    second = await parties.make(
        kind, code="B", name="Anne", phone="030 999999", notes="Late", tax_id="DE 1"
    )
    third = await parties.make(
        kind,
        code="C",
        email="Ann@Shop.test",
        notes="Other",
        external_id="x",
        payment_terms={"net_days": 30, "discount_percent": "2.00", "discount_days": 8},
        contacts=[{"name": "Bo"}],
    )

    merged = await merge(parties, kind, kept, second, third)

    now = merged.json()
    assert (merged.status_code, merged.headers["ETag"]) == (200, '"2"')
    assert now == kept | {
        "email": "Ann@Shop.test",
        "notes": "Late",
        "payment_terms": third["payment_terms"],
        "contacts": third["contacts"],
        "version": 2,
        "updated_at": now["updated_at"],
    }
    for other in (second, third):
        read = await parties.read(kind, other)
        changed = {"active": False, "merged_into": kept["id"], "version": 2}
        assert read == other | changed | {"updated_at": read["updated_at"]}
    assert await parties.codes(kind, email="ann@shop.test") == ["A"]
    assert await parties.codes(kind, active="true") == ["A"]
    assert await groups(parties, kind) == []


@both
async def test_a_merge_is_audited_without_what_is_personal(parties: Parties, kind: str) -> None:
    kept = await parties.make(kind, code="A")
    other = await parties.make(kind, code="B", email="ann@shop.test", language="de")
    before = {row["id"] for row in await parties.rows(audit_log)}

    await merge(parties, kind, kept, other)
    await merge(parties, kind, kept, other)

    word = kind.removesuffix("s")
    rows = sorted(await parties.rows(audit_log), key=lambda row: row["id"])
    written = [row for row in rows if row["id"] not in before]
    assert [(row["action"], str(row["object_id"])) for row in written] == [
        (f"{word}.merged", other["id"]),
        (f"{word}.took_over", kept["id"]),
    ]
    assert written[0]["changes"] == {
        "merged_into_id": {"before": None, "after": kept["id"]},
        "active": {"before": True, "after": False},
    }
    assert (written[1]["changes"], written[1]["redacted"], written[1]["note"]) == (
        {"language": {"before": None, "after": "de"}},
        ["email"],
        {"from": [other["id"]]},
    )
    assert "shop.test" not in str([dict(row) for row in (*rows, *await parties.rows(outbox))])


@both
async def test_what_was_merged_is_closed_to_changes(parties: Parties, kind: str) -> None:
    kept, other, third = [await parties.make(kind) for _ in range(3)]
    await merge(parties, kind, kept, other)
    before = await parties.state()
    path = f"/{kind}/{other['id']}"

    answers = [
        await parties.patch(path, {"name": "X"}, version=2),
        await parties.post(f"{path}/reactivate", If_Match='"2"'),
        await parties.delete(kind, other),
        await merge(parties, kind, other, third),
        await merge(parties, kind, third, other),
    ]
    if kind == "suppliers":
        product = await parties.product("MUG")
        before = await parties.state()
        answers.append(await parties.post(f"{path}/items", {"product_id": product["id"]}))

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "party_merged")
        assert answer.json()["merged_into_id"] == kept["id"]
    in_use = await parties.delete(kind, kept)
    assert (in_use.status_code, in_use.json()["uses"]) == (409, {"merged": 1})
    assert await parties.state() == before


@both
async def test_the_pointer_is_one_level_long(
    parties: Parties, kind: str, services: Services
) -> None:
    first, second, third = [await parties.make(kind) for _ in range(3)]
    await merge(parties, kind, second, first)

    await merge(parties, kind, third, second)

    pointers = [(await parties.read(kind, party))["merged_into"] for party in (first, second)]
    assert pointers == [third["id"]] * 2
    checked = {check.name: check.findings for check in (await services.verifier.verify()).checks}
    assert checked[f"merged_{kind}"] == ()


@both
@pytest.mark.leaves_damage
async def test_verification_finds_a_chain(parties: Parties, kind: str, services: Services) -> None:
    first, second, third = [await parties.make(kind) for _ in range(3)]
    await merge(parties, kind, second, first)
    table = {"suppliers": suppliers, "customers": customers}[kind]
    identify = table.c.id.type.kind.parse  # type: ignore[attr-defined]
    async with parties.engine.begin() as connection:
        await connection.execute(
            update(table)
            .where(table.c.id == identify(second["id"]))
            .values(merged_into_id=identify(third["id"]), active=False, email_key=None)
        )

    checked = {check.name: check.findings for check in (await services.verifier.verify()).checks}

    [finding] = checked[f"merged_{kind}"]
    assert finding.subject == {"party_id": first["id"]}


@both
async def test_what_cannot_be_merged_is_named(parties: Parties, kind: str) -> None:
    kept, other = await parties.make(kind), await parties.make(kind)
    nobody: Json = {"id": str(CustomerId(int=99))}
    before = await parties.state()

    unknown = await merge(parties, kind, kept, other, nobody)
    itself = await merge(parties, kind, kept, other, kept)
    missing = await merge(parties, kind, nobody, other)
    denied = await merge(parties, kind, kept, other, role=Role.CASHIER)
    none = await merge(parties, kind, kept)

    assert (unknown.status_code, faults(unknown)) == (422, [("/from/1", "unknown_reference")])
    assert (itself.status_code, faults(itself)) == (422, [("/from/1", "invalid_value")])
    assert [a.status_code for a in (missing, denied, none)] == [404, 403, 422]
    assert {k: v for k, v in (await parties.state()).items() if k != "audit_log"} == {
        k: v for k, v in before.items() if k != "audit_log"
    }


@both
async def test_of_two_merges_in_opposite_directions_one_wins(parties: Parties, kind: str) -> None:
    for _ in range(3):
        one, two = await parties.make(kind), await parties.make(kind)

        answers = await asyncio.gather(
            merge(parties, kind, one, two), merge(parties, kind, two, one)
        )

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        pointers = {(await parties.read(kind, party))["merged_into"] for party in (one, two)}
        assert len(pointers) == 2
        assert None in pointers


async def test_sales_stay_with_whom_they_name_and_are_listed_for_both(
    parties: Parties, till: Till
) -> None:
    fee = await till.product("FEE", tracks_stock=False)
    ann = await parties.make("customers", name="Ann")
    anna = await parties.make("customers", name="Anna")
    old = (await till.sell(line(fee), cash="10.00", customer_id=ann["id"])).json()
    own = (await till.sell(line(fee), cash="10.00", customer_id=anna["id"])).json()

    await merge(parties, "customers", anna, ann)

    assert (await till.get(f"/{old['id']}")).json() == old
    listed = (await till.get(customer_id=anna["id"])).json()["items"]
    assert [(s["id"], s["customer_name"]) for s in listed] == [
        (own["id"], "Anna"),
        (old["id"], "Ann"),
    ]
    refused = await till.draft(line(fee), customer_id=ann["id"])
    assert (refused.status_code, faults(refused)) == (422, [("/customer_id", "customer_inactive")])
    assert refused.json()["merged_into_id"] == anna["id"]


async def test_the_same_item_of_the_supplier_that_stays_is_preferred_instead(
    parties: Parties,
) -> None:
    mug, pot = await parties.product("MUG"), await parties.product("POT")
    kept, merged = await parties.make("suppliers"), await parties.make("suppliers")
    for supplier, product, sku, preferred in (
        (kept, mug, "one", False),
        (kept, mug, "two", False),
        (kept, pot, "three", True),
        (merged, mug, "ONE", True),
        (merged, pot, "three", False),
    ):
        body = {"product_id": product["id"], "sku": sku, "preferred": preferred}
        made = await parties.post(f"/suppliers/{supplier['id']}/items", body)
        assert made.status_code == 201, made.text

    assert (await merge(parties, "suppliers", kept, merged)).status_code == 200

    rows = await parties.rows(supplier_items)
    assert {(str(r["supplier_id"]), r["sku"], r["version"]) for r in rows if r["preferred"]} == {
        (kept["id"], "three", 1),
        (kept["id"], "one", 2),
    }


async def test_items_of_a_merged_supplier_go_along_where_they_can(parties: Parties) -> None:
    mug, pot, jar = [await parties.product(sku) for sku in ("MUG", "POT", "JAR")]
    kept = await parties.make("suppliers")
    second, third = await parties.make("suppliers"), await parties.make("suppliers")
    abroad = await parties.make("suppliers", currency="USD")

    async def sells(supplier: Json, product: Json, sku: str | None, **more: object) -> str:
        body = {"product_id": product["id"], "sku": sku} | more
        made = await parties.post(f"/suppliers/{supplier['id']}/items", body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    own = await sells(kept, mug, "one")
    clash = await sells(second, pot, "ONE", preferred=True)
    moved = await sells(second, mug, "two", preferred=True)
    younger = await sells(third, pot, "two")
    plain = await sells(third, pot, None, cost=euro("3"))
    dollars = await sells(abroad, jar, "three", preferred=True)

    assert (await merge(parties, "suppliers", kept, second, third, abroad)).status_code == 200

    rows = {str(row["id"]): row for row in await parties.rows(supplier_items)}
    owner = {identifier: str(row["supplier_id"]) for identifier, row in rows.items()}
    assert owner == {
        own: kept["id"],
        clash: second["id"],
        moved: kept["id"],
        younger: third["id"],
        plain: kept["id"],
        dollars: abroad["id"],
    }
    assert {identifier for identifier, row in rows.items() if row["preferred"]} == {moved}
