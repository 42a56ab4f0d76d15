"""Suppliers and customers over HTTP: made, changed, retired; each test runs for both."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.parties import customers
from tests.fixtures.goods import Json, euro, faults
from tests.fixtures.parties import KINDS, Parties
from tests.fixtures.statements import recorded_statements

both = pytest.mark.parametrize("kind", KINDS)

WHOLE: Json = {
    "code": "ann",
    "name": "  Ann \u00a0 Jose\u0301 ",
    "legal_name": "Ann José Ltd",
    "email": "Ann@Shop.test",
    "phone": "+49 (0)30 901820",
    "website": "https://ann.example.test/shop",
    "tax_id": "de 123.456.789",
    "language": "de-AT",
    "notes": "Rings twice.\nPays late.",
    "payment_terms": {"net_days": 30, "discount_percent": "2.50", "discount_days": 10},
    "contacts": [
        {"name": "Bo", "role": "Purchasing", "email": "office@shop.test", "phone": "030 12-3"},
        {"name": "Cy", "email": "office@shop.test"},
    ],
    "addresses": [
        {
            "kind": "billing",
            "lines": ["Market Street 1", "2nd floor"],
            "postal_code": "10115",
            "city": "Berlin",
            "country": "de",
            "default": True,
        },
        {"kind": "shipping", "label": "Yard", "lines": []},
    ],
    "external_id": "crm-7",
}


@both
async def test_a_whole_one_is_kept_as_typed_and_read_back(parties: Parties, kind: str) -> None:
    own: Json = {} if kind == "suppliers" else {"anonymized_at": None}
    special: Json = {"credit_limit": euro("500.00")}
    if kind == "suppliers":
        special = {"currency": "USD", "over_receipt_percent": "2.50"}

    made = await parties.post(f"/{kind}", WHOLE | special)

    party = made.json()
    assert made.status_code == 201, made.text
    assert (made.headers["ETag"], made.headers["Location"]) == (
        '"1"',
        f"/api/v1/{kind}/{party['id']}",
    )
    blank = {"role": None, "email": None, "phone": None}
    place = {"label": None, "postal_code": None, "city": None, "region": None, "country": None}
    assert party == {
        "id": party["id"],
        **WHOLE,
        **special,
        **own,
        "name": "Ann José",
        "contacts": [
            WHOLE["contacts"][0],
            blank | {"name": "Cy", "email": "office@shop.test"},
        ],
        "addresses": [
            place | WHOLE["addresses"][0] | {"country": "DE"},
            place | {"kind": "shipping", "label": "Yard", "lines": [], "default": False},
        ],
        "active": True,
        "merged_into": None,
        "version": 1,
        "created_at": party["created_at"],
        "updated_at": party["created_at"],
    }
    assert await parties.read(kind, party) == party
    [listed] = (await parties.get(f"/{kind}")).json()["items"]
    heavy = ("notes", "contacts", "addresses")
    assert listed == {name: value for name, value in party.items() if name not in heavy}


@both
async def test_a_bare_one_gets_the_next_free_code_and_defaults(parties: Parties, kind: str) -> None:
    series = kind[:3].upper()
    await parties.make(kind, code=f"{series.lower()}-0002")

    made = [await parties.make(kind) for _ in range(3)]

    assert [party["code"] for party in made] == [
        f"{series}-0001",
        f"{series}-0003",
        f"{series}-0004",
    ]
    terms = {"net_days": None, "discount_percent": None, "discount_days": None}
    assert (made[0]["payment_terms"], made[0]["contacts"], made[0]["addresses"]) == (terms, [], [])
    special = "currency" if kind == "suppliers" else "credit_limit"
    assert made[0][special] == ("EUR" if kind == "suppliers" else None)


@both
@pytest.mark.case("PTY-01")
async def test_one_address_is_one_of_a_kind_whatever_its_case(parties: Parties, kind: str) -> None:
    ann = await parties.make(kind, email="Ann@Shop.test")
    before = await parties.state()

    refused = await parties.post(f"/{kind}", {"name": "Ann again", "email": "ann@shop.test"})

    assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
    assert faults(refused) == [("/email", "already_exists")]
    assert refused.json()["owners"] == {"email": ann["id"]}
    assert await parties.state() == before
    assert (await parties.read(kind, ann))["email"] == "Ann@Shop.test"
    other = "customers" if kind == "suppliers" else "suppliers"
    await parties.make(other, email="ann@shop.test")
    spelled = await parties.patch(f"/{kind}/{ann['id']}", {"email": "ANN@shop.test"})
    assert (spelled.status_code, spelled.json()["email"]) == (200, "ANN@shop.test")


@both
@pytest.mark.case("PTY-02")
async def test_an_address_is_found_in_every_form(parties: Parties, kind: str) -> None:
    await parties.make(kind, code="J", email="Jos\u00e9@shop.test")
    await parties.make(kind, code="I", email="MARIA.INCI@shop.test")
    await parties.make(kind, code="T", email="\u0130nci@shop.test")

    assert await parties.codes(kind, email="JOSE\u0301@Shop.test") == ["J"]
    assert await parties.codes(kind, email="jos\u00e9@shop.test") == ["J"]
    assert await parties.codes(kind, email="maria.inci@shop.test") == ["I"]
    assert await parties.codes(kind, email="i\u0307nci@shop.test") == ["T"]
    assert await parties.codes(kind, email="inci@shop.test") == []
    assert await parties.codes(kind, email="@shop.test") == []
    taken = await parties.post(f"/{kind}", {"name": "J", "email": "JOSE\u0301@shop.test"})
    assert faults(taken) == [("/email", "already_exists")]


@both
async def test_all_that_is_taken_is_told_at_once(parties: Parties, kind: str) -> None:
    one = await parties.make(kind, code="One", email="one@shop.test")
    two = await parties.make(kind, code="Two", external_id="two")

    refused = await parties.post(
        f"/{kind}",
        {"name": "X", "code": "ONE", "email": "ONE@shop.test", "external_id": "two"},
    )

    assert refused.status_code == 409
    assert faults(refused) == [
        ("/code", "already_exists"),
        ("/email", "already_exists"),
        ("/external_id", "already_exists"),
    ]
    assert refused.json()["owners"] == {
        "code": one["id"],
        "email": one["id"],
        "external_id": two["id"],
    }


@both
async def test_every_fault_is_named_by_its_place(parties: Parties, kind: str) -> None:
    before = await parties.state()

    fields = await parties.post(
        f"/{kind}",
        {
            "name": " ",
            "code": "a\tb",
            "email": "nobody",
            "phone": "call me",
            "website": "javascript:alert(1)",
            "tax_id": "DE_1",
            "language": "deutsch!",
        },
    )
    parts = await parties.post(
        f"/{kind}",
        {
            "name": "X",
            "contacts": [{"name": "Y"}, {"name": "  ", "email": "no"}],
        },
    )
    places = await parties.post(
        f"/{kind}",
        {
            "name": "X",
            "addresses": [
                {"kind": "billing", "default": True},
                {"kind": "billing", "default": True},
                {"kind": "shipping", "country": "XX"},
            ],
        },
    )
    terms = await parties.post(
        f"/{kind}",
        {
            "name": "X",
            "payment_terms": {"net_days": 8, "discount_percent": "2", "discount_days": 9},
        },
    )
    half = await parties.post(
        f"/{kind}", {"name": "X", "payment_terms": {"net_days": 8, "discount_days": 9}}
    )

    assert {a.status_code for a in (fields, parts, places, terms, half)} == {422}
    assert faults(fields) == [
        ("/code", "control_character"),
        ("/name", "too_short"),
        ("/email", "invalid_email"),
        ("/phone", "invalid_phone"),
        ("/website", "invalid_website"),
        ("/tax_id", "invalid_tax_id"),
        ("/language", "invalid_language"),
    ]
    assert faults(parts) == [
        ("/contacts/1/name", "too_short"),
        ("/contacts/1/email", "invalid_email"),
    ]
    assert faults(places) == [("/addresses/2/country", "unknown_country")]
    assert faults(terms) == [("/payment_terms/discount_days", "invalid_value")]
    assert faults(half) == [("/payment_terms/discount_percent", "missing")]
    assert await parties.state() == before


async def test_money_is_in_known_currencies(parties: Parties) -> None:
    other = await parties.post(
        "/customers", {"name": "X", "credit_limit": {"amount": "5.00", "currency": "USD"}}
    )
    places = await parties.post("/customers", {"name": "X", "credit_limit": euro("5.001")})
    none = {"name": "X", "currency": "XXX"}  # XXX: ISO 4217 for "no currency"
    unknown = await parties.post("/suppliers", none)

    assert [a.status_code for a in (other, places, unknown)] == [422] * 3
    assert faults(other) == [("/credit_limit/currency", "currency_mismatch")]
    assert faults(places) == [("/credit_limit/amount", "invalid_value")]
    assert faults(unknown) == [("/currency", "unknown_currency")]


@both
async def test_a_change_takes_what_is_sent_and_leaves_the_rest(parties: Parties, kind: str) -> None:
    party = await parties.make(kind, **WHOLE)

    changed = await parties.patch(
        f"/{kind}/{party['id']}",
        {"name": "Anna", "phone": None, "notes": "", "contacts": [], "payment_terms": None},
    )
    again = await parties.patch(f"/{kind}/{party['id']}", {"name": "Anna"}, version=2)
    stale = await parties.patch(f"/{kind}/{party['id']}", {"name": "Late"})

    terms = {"net_days": None, "discount_percent": None, "discount_days": None}
    now = changed.json()
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert now == party | {
        "name": "Anna",
        "phone": None,
        "notes": None,
        "contacts": [],
        "payment_terms": terms,
        "version": 2,
        "updated_at": now["updated_at"],
    }
    assert (again.status_code, again.json()) == (200, now)
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    assert await parties.codes(kind, q="anna") == ["ann"]
    assert await parties.codes(kind, q="rings") == []


@both
async def test_what_is_personal_stands_in_no_audit_row_and_no_event(
    parties: Parties, kind: str
) -> None:
    party = await parties.make(kind, **WHOLE)
    await parties.patch(
        f"/{kind}/{party['id']}",
        {"name": "Anna", "email": "anna@shop.test", "payment_terms": {"net_days": 8}},
    )
    word = kind.removesuffix("s")

    rows = sorted(await parties.rows(audit_log), key=lambda row: row["id"])
    events = await parties.rows(outbox)

    assert [row["action"] for row in rows] == [f"{word}.created", f"{word}.updated"]
    assert rows[0]["redacted"] == [
        "addresses",
        "contacts",
        "email",
        "external_id",
        "legal_name",
        "name",
        "notes",
        "phone",
        "tax_id",
        "website",
    ]
    assert rows[1]["redacted"] == ["email", "name"]
    assert rows[1]["changes"] == {
        "net_days": {"before": 30, "after": 8},
        "discount_ppm": {"before": 25_000, "after": None},
        "discount_days": {"before": 10, "after": None},
    }
    assert sorted(event["name"] for event in events) == [f"{word}.created", f"{word}.updated"]
    told = str([dict(row) for row in (*rows, *events)])
    for secret in ("Ann José", "Anna", "shop.test", "901820", "456", "Rings", "Bo", "Berlin"):
        assert secret not in told


@both
async def test_one_is_retired_and_let_in_again(parties: Parties, kind: str) -> None:
    party = await parties.make(kind, code="A")

    retired = await parties.retire(kind, party)
    twice = await parties.retire(kind, retired)
    back = await parties.post(f"/{kind}/{party['id']}/reactivate", If_Match='"2"')

    assert (retired["active"], retired["version"]) == (False, 2)
    assert twice == retired
    assert (back.json()["active"], back.json()["version"]) == (True, 3)
    word = kind.removesuffix("s")
    assert [action for action, _ in await parties.audited()] == [
        f"{word}.created",
        f"{word}.deactivated",
        f"{word}.reactivated",
    ]


@both
async def test_one_that_nothing_names_is_deleted_for_good(parties: Parties, kind: str) -> None:
    party = await parties.make(kind, **WHOLE)

    denied = await parties.delete(kind, party, role=Role.CASHIER)
    gone = await parties.delete(kind, party)
    missing = await parties.delete(kind, party)

    assert [a.status_code for a in (denied, gone, missing)] == [403, 204, 404]
    assert (await parties.get(f"/{kind}/{party['id']}")).status_code == 404
    assert await parties.codes(kind, q="ann") == []
    again = await parties.make(kind, **WHOLE)
    assert again["id"] != party["id"]
    deleted = [row for row in await parties.rows(audit_log) if row["action"].endswith("deleted")]
    assert [row["changes"]["code"] for row in deleted] == [{"before": "ann", "after": None}]
    assert "email" in deleted[0]["redacted"]


@both
@pytest.mark.case("PTY-01")
async def test_an_address_and_a_number_of_the_series_are_given_once(
    parties: Parties, kind: str
) -> None:
    spellings = ("ann@shop.test", "Ann@shop.test", "ANN@shop.test", "ann@Shop.test")
    named = await asyncio.gather(
        *(parties.post(f"/{kind}", {"name": "Ann", "email": email}) for email in spellings)
    )
    counted = await asyncio.gather(*(parties.post(f"/{kind}", {"name": "Bo"}) for _ in range(4)))

    assert sorted(answer.status_code for answer in named) == [201, 409, 409, 409]
    for refused in named:
        if refused.status_code == 409:
            assert faults(refused) == [("/email", "already_exists")]
    assert {answer.status_code for answer in counted} == {201}
    assert len({answer.json()["code"] for answer in counted}) == 4


@both
async def test_a_repeated_request_makes_one(parties: Parties, kind: str) -> None:
    body = {"name": "Ann"}
    first = await parties.post(f"/{kind}", body, Idempotency_Key="one")
    second = await parties.post(f"/{kind}", body, Idempotency_Key="one")

    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await parties.codes(kind)) == 1


@both
async def test_viewers_and_cashiers_keep_their_hands_off(parties: Parties, kind: str) -> None:
    party = await parties.make(kind)

    assert (await parties.get(f"/{kind}", role=Role.VIEWER)).status_code == 403
    assert (await parties.get(f"/{kind}", role=Role.CASHIER)).status_code == 200
    for role in (Role.VIEWER, Role.CASHIER):
        assert (await parties.post(f"/{kind}", {"name": "X"}, role=role)).status_code == 403
        change = await parties.patch(f"/{kind}/{party['id']}", {"name": "X"}, role=role)
        assert change.status_code == 403
    assert (await parties.post(f"/{kind}", {"name": "X"}, role=Role.CLERK)).status_code == 201


async def test_reading_costs_a_statement(parties: Parties) -> None:
    customer = await parties.make("customers", **WHOLE)

    with recorded_statements() as listing:
        await parties.get("/customers")
    with recorded_statements() as reading:
        await parties.get(f"/customers/{customer['id']}")

    assert (len(listing), len(reading)) == (2, 2)  # the caller, and the page or the customer
    assert len(await parties.rows(customers)) == 1
