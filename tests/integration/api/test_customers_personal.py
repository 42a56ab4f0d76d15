"""What is stored about somebody: handed to them whole, and cleared for good."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.domain.common.identifiers import CustomerId, ProductId
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.parties import customer_match_keys, customers
from tests.fixtures.goods import Json
from tests.fixtures.parties import Parties
from tests.fixtures.till import Till, line

PERSONAL: Json = {
    "name": "Ann Shopper",
    "legal_name": "Ann Shopper e.K.",
    "email": "Ann@Shop.test",
    "phone": "+49 30 901820",
    "website": "ann.example.test",
    "tax_id": "DE 123456789",
    "notes": "Rings twice",
    "contacts": [{"name": "Bo Helper", "role": None, "email": "bo@shop.test", "phone": None}],
    "addresses": [{"kind": "billing", "lines": ["Market Street 1"], "postal_code": "10115"}],
    "external_id": "crm-7",
}
SECRETS = ("Shopper", "shop.test", "901820", "ann.example", "123456789", "Rings", "Market", "crm-7")


@pytest.fixture
async def ann(parties: Parties) -> Json:
    terms = {"net_days": 30, "discount_percent": None, "discount_days": None}
    return await parties.make("customers", code="A-1", payment_terms=terms, **PERSONAL)


@pytest.fixture
async def fee(till: Till) -> ProductId:
    return await till.product("FEE", tracks_stock=False)


async def anonymize(
    parties: Parties, customer: Json, *, version: int = 1, role: Role = Role.ADMIN
) -> tuple[int, Json]:
    answer = await parties.post(
        f"/customers/{customer['id']}/anonymize", role=role, If_Match=f'"{version}"'
    )
    return answer.status_code, answer.json()


async def test_the_file_holds_all_that_is_stored(
    parties: Parties, till: Till, fee: ProductId, ann: Json
) -> None:
    old = await parties.make("customers", name="Anne")
    sold = (await till.sell(line(fee), cash="10.00", customer_id=old["id"])).json()
    draft = (await till.draft(line(fee), customer_id=ann["id"])).json()
    await parties.post(f"/customers/{ann['id']}/merge", {"from": [old["id"]]})

    answer = await parties.get(f"/customers/{ann['id']}/export", role=Role.ADMIN)

    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert found["customer"] == ann
    assert [one["name"] for one in found["merged"]] == ["Anne"]
    assert found["sales"] == [
        {
            "id": sold["id"],
            "number": sold["number"],
            "status": "completed",
            "customer_name": "Anne",
            "total": {"amount": "10.00", "currency": "EUR"},
            "occurred_at": sold["occurred_at"],
        },
        {
            "id": draft["id"],
            "number": None,
            "status": "draft",
            "customer_name": "Ann Shopper",
            "total": {"amount": "10.00", "currency": "EUR"},
            "occurred_at": draft["occurred_at"],
        },
    ]
    assert [row["action"] for row in found["audit"]] == [
        "customer.created",
        "customer.created",
        "customer.merged",
        "customer.took_over",
    ]
    last = max(await parties.rows(audit_log), key=lambda row: row["id"])
    assert (last["action"], str(last["object_id"])) == ("customer.exported", ann["id"])


async def test_only_those_who_may_take_and_clear(parties: Parties, ann: Json) -> None:
    for role in (Role.MANAGER, Role.CLERK, Role.CASHIER, Role.VIEWER):
        taken = await parties.get(f"/customers/{ann['id']}/export", role=role)
        assert taken.status_code == 403
        assert (await anonymize(parties, ann, role=role))[0] == 403
    nobody: Json = {"id": str(CustomerId(int=99))}
    assert (
        await parties.get(f"/customers/{nobody['id']}/export", role=Role.ADMIN)
    ).status_code == 404
    assert (await anonymize(parties, nobody))[0] == 404
    assert (await anonymize(parties, ann, version=2))[0] == 412
    assert await parties.read("customers", ann) == ann


async def test_all_that_is_personal_is_cleared_and_posted_sales_keep_the_name(
    parties: Parties, till: Till, fee: ProductId, ann: Json
) -> None:
    sold = (await till.sell(line(fee), cash="10.00", customer_id=ann["id"])).json()
    cancelled = (await till.draft(line(fee), customer_id=ann["id"])).json()
    await till.post(f"/{cancelled['id']}/void")
    old = await parties.make("customers", name="Anne Shopper", notes="Rings")
    await parties.post(f"/customers/{ann['id']}/merge", {"from": [old["id"]]})

    status, now = await anonymize(parties, ann)

    assert status == 200
    assert now == ann | {
        **dict.fromkeys(PERSONAL),
        "name": "Anonymous customer A-1",
        "contacts": [],
        "addresses": [],
        "active": False,
        "anonymized_at": now["updated_at"],
        "version": 2,
        "updated_at": now["updated_at"],
    }
    assert (await till.get(f"/{sold['id']}")).json() == sold
    receipt = (await till.get(f"/{sold['id']}/receipt")).json()
    assert receipt["customer_name"] == "Ann Shopper"
    gone = (await till.get(f"/{cancelled['id']}")).json()
    assert gone["customer_name"] == "Anonymous customer A-1"
    for table in (customers, customer_match_keys, audit_log, outbox):
        held = str([dict(row) for row in await parties.rows(table)])
        assert [secret for secret in SECRETS if secret.lower() in held.lower()] == []
    assert await parties.codes("customers", q="shopper") == []
    assert await parties.codes("customers", email="ann@shop.test") == []


async def test_it_is_audited_without_the_values_and_done_once(parties: Parties, ann: Json) -> None:
    _, first = await anonymize(parties, ann)
    status, second = await anonymize(parties, ann, version=2)

    assert (status, second) == (200, first)
    async with parties.engine.connect() as connection:
        found = await connection.execute(
            select(audit_log).where(audit_log.c.action == "customer.anonymized")
        )
        [row] = found.mappings().all()
    assert row["changes"] == {"active": {"before": True, "after": False}}
    assert row["redacted"] == sorted(PERSONAL)
    names = await parties.events()
    assert names == ["customer.created", "customer.anonymized"]
    refused = [
        await parties.patch(f"/customers/{ann['id']}", {"name": "Ann"}, version=2),
        await parties.post(f"/customers/{ann['id']}/reactivate", If_Match='"2"'),
        await parties.delete("customers", ann),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (409, "customer_anonymous")
    again = await parties.post("/customers", PERSONAL)
    assert again.status_code == 201, again.text


async def test_drafts_and_merged_ones_hold_it_up(
    parties: Parties, till: Till, fee: ProductId, ann: Json
) -> None:
    old = await parties.make("customers", name="Anne")
    draft = (await till.draft(line(fee), customer_id=old["id"])).json()
    await parties.post(f"/customers/{ann['id']}/merge", {"from": [old["id"]]})

    merged = await anonymize(parties, old, version=2)
    held_up = await anonymize(parties, ann)

    assert (merged[0], merged[1]["code"]) == (409, "party_merged")
    assert merged[1]["merged_into_id"] == ann["id"]
    assert (held_up[0], held_up[1]["code"], held_up[1]["drafts"]) == (409, "customer_has_drafts", 1)
    assert await parties.read("customers", ann) == ann
    await till.post(f"/{draft['id']}/void")
    assert (await anonymize(parties, ann))[0] == 200
