"""Files of suppliers and customers: rows by the rules of the API, found again, told by cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.application.imports.run import job_kind
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.importing import Importer, Json, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.parties import KINDS, Parties
from tests.fixtures.statements import recorded_statements

both = pytest.mark.parametrize("kind", KINDS)
PEOPLE = (
    "name,email,phone,contact name,contact title,address,zip,city,country\n"
    "Ann Shopper,ann@example.test,+49 30 1,,,Market Street 1|Back yard,10115,Berlin,Germany\n"
    "Café Crème,,030 22,Bob Baker,Sales,,,Lyon,fr\n"
)


async def ended(importer: Importer, kind: str, content: str | bytes, **form: str) -> Json:
    sent = await importer.upload(content, kind=kind, autostart="true", **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, kind), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def everyone(parties: Parties, kind: str) -> list[Json]:
    """Return all in the order of their codes, without what differs from run to run."""
    found = await parties.get(f"/{kind}", limit="200", sort="name")
    whole = [await parties.read(kind, item) for item in found.json()["items"]]
    left_out = ("id", "created_at", "updated_at")
    return sorted(
        ({k: v for k, v in one.items() if k not in left_out} for one in whole),
        key=lambda one: one["code"],
    )


def places(faults: list[Json]) -> list[tuple[Any, ...]]:
    return [(f["row"], f["column"], f["code"], f["value"]) for f in faults]


@both
@pytest.mark.case("IMP-32")
async def test_rows_are_parties_and_again_nothing_changes(
    importer: Importer, parties: Parties, kind: str
) -> None:
    first = await ended(importer, kind, PEOPLE)
    stored = await everyone(parties, kind)
    written = await importer.store.rows(select(func.count()).select_from(outbox))
    again = await ended(importer, kind, PEOPLE)

    assert (first["status"], first["counts"]) == ("completed", counts(created=2))
    assert first["analysis"]["ignored"] == []
    ann, cafe = stored
    series = {"suppliers": "SUP", "customers": "CUS"}[kind]
    assert [one["code"] for one in stored] == [f"{series}-0001", f"{series}-0002"]
    assert {name: ann[name] for name in ("name", "email", "phone", "active", "version")} == {
        "name": "Ann Shopper",
        "email": "ann@example.test",
        "phone": "+49 30 1",
        "active": True,
        "version": 1,
    }
    assert ann["contacts"] == []
    assert ann["addresses"] == [
        {
            "kind": "billing",
            "label": None,
            "lines": ["Market Street 1", "Back yard"],
            "postal_code": "10115",
            "city": "Berlin",
            "region": None,
            "country": "DE",
            "default": True,
        }
    ]
    assert cafe["contacts"] == [
        {"name": "Bob Baker", "role": "Sales", "email": None, "phone": None}
    ]
    assert (cafe["addresses"][0]["country"], cafe["addresses"][0]["lines"]) == ("FR", [])
    assert again["counts"] == counts(unchanged=2)
    assert again["imported_before"] == first["id"]
    assert await everyone(parties, kind) == stored
    grown = await importer.store.rows(select(func.count()).select_from(outbox))
    # The import alone told of its end.
    assert grown[0]["count_1"] - written[0]["count_1"] == 1


@both
async def test_what_is_written_is_audited_without_what_is_personal(
    importer: Importer, kind: str
) -> None:
    word = kind.removesuffix("s")
    await ended(importer, kind, "code,name,email,net days\nA1,Ann,ann@example.test,30\n")
    await ended(importer, kind, "code,email,net days\na1,ann@shop.example.test,14\n")

    rows = await importer.store.rows(
        select(audit_log).where(audit_log.c.object_kind == word).order_by(audit_log.c.id)
    )
    created, updated = rows
    assert (created["action"], created["route"]) == (f"{word}.created", f"job import.{kind}")
    assert created["redacted"] == ["email", "name"]
    assert created["changes"]["code"] == {"before": None, "after": "A1"}
    assert (updated["action"], updated["redacted"]) == (f"{word}.updated", ["email"])
    assert updated["changes"] == {"net_days": {"before": 30, "after": 14}}
    events = await importer.store.rows(
        select(outbox.c.name, outbox.c.payload)
        .where(outbox.c.name.startswith(f"{word}."))
        .order_by(outbox.c.id)
    )
    assert [event["name"] for event in events] == [f"{word}.created", f"{word}.updated"]
    assert "ann" not in str([event["payload"] for event in events])


@both
@pytest.mark.case("PTY-01", "PTY-02")
async def test_identity_is_external_id_or_code_then_address_then_name(
    importer: Importer, parties: Parties, kind: str
) -> None:
    by_code = await parties.make(kind, code="A1", name="One")
    by_key = await parties.make(kind, code="A2", name="Two", external_id="x-2")
    by_email = await parties.make(kind, code="A3", name="Three", email="José@Shop.test")
    by_name = await parties.make(kind, code="A4", name="Café  Crème")

    done = await ended(
        importer,
        kind,
        "code,external id,email,name,notes\n"
        "a1,x-1,,,by code\n"
        ",x-2,,,by key\n"
        ",,JOSE\u0301@shop.TEST,,by address\n"
        ",,,cafe CREME,by name\n",
    )

    assert done["counts"] == counts(updated=4)
    found = [await parties.read(kind, one) for one in (by_code, by_key, by_email, by_name)]
    assert [one["notes"] for one in found] == ["by code", "by key", "by address", "by name"]
    assert [one["version"] for one in found] == [2, 2, 2, 2]
    assert (found[0]["code"], found[0]["external_id"]) == ("A1", "x-1")
    # What is told is taken as it is typed; what is not told stays.
    assert (found[2]["email"], found[2]["name"]) == ("JOS\u00c9@shop.TEST", "Three")
    assert found[3]["name"] == "cafe CREME"


@both
async def test_rows_that_cannot_be_are_told_by_cell_and_stop_no_others(
    importer: Importer, parties: Parties, kind: str
) -> None:
    await parties.make(kind, code="A1", name="Twin", email="ann@example.test", external_id="x-1")
    await parties.make(kind, code="A2", name="Twin")
    before = await everyone(parties, kind)

    done = await ended(
        importer,
        kind,
        "code,external id,name,email,phone,website,country,net days,discount percent,"
        "discount days,contact email\n"
        ",,Bad address,no address,,,,,,,\n"
        ",,Bad phone,,call me,,,,,,\n"
        ",,Bad site,,,ftp://x.test,,,,,\n"
        ",,Nowhere,,,,Atlantis,,,,\n"
        ",,Bad days,,,,,400,,,\n"
        ",,Half said,,,,,30,2,,\n"
        ",,Too late,,,,,10,2,14,\n"
        ",,No contact,,,,,,,,ann@example.test\n"
        "B1,,Taken,ANN@example.test,,,,,,,\n"
        "A2,x-1,Two at once,,,,,,,,\n"
        ",,Twin,,,,,,,,\n"
        "B2,,,,,,,,,,\n"
        ",,,,,,,,,,x@example.test\n"
        ",,Good,,,,,,,,\n",
    )

    assert done["counts"] == counts(created=1, failed=13)
    assert places(await importer.faults(done["id"])) == [
        (1, "email", "invalid_email", "no address"),
        (2, "phone", "invalid_phone", "call me"),
        (3, "website", "invalid_website", "ftp://x.test"),
        (4, "country", "unknown_country", "Atlantis"),
        (5, "net days", "invalid_number", "400"),
        (6, "discount days", "missing", ""),
        (7, "discount days", "invalid_value", ""),
        (8, None, "too_short", ""),
        (9, "email", "already_exists", "ANN@example.test"),
        (10, "code", "other_code", "A2"),
        (11, "name", "ambiguous_name", "Twin"),
        (12, "name", "missing", ""),
        (13, "name", "missing", ""),
    ]
    after = await everyone(parties, kind)
    assert [one for one in after if one["name"] != "Good"] == before


@both
@pytest.mark.case("IMP-21")
@pytest.mark.parametrize("rows", [1, 3, 1000])
async def test_what_a_row_has_taken_no_later_row_takes_wherever_the_file_is_cut(
    importer: Importer, parties: Parties, queue: Queue, kind: str, rows: int
) -> None:
    await parties.make(kind, code="A1", name="Old", email="old@example.test")
    file = (
        "code,email,name\n"
        "A1,new@example.test,New\n"
        "a1 ,,\n"
        "B1,old@example.test,Takes what was given up\n"
        ",new@example.test,\n"
        "B2,b@example.test,Bob\n"
        ",,bob\n"
        ",,Old\n"
        ",,New\n"
        "B3,,Bob\n"
    )
    told = [
        (2, "code", "duplicate_in_file", "a1"),
        (3, "email", "duplicate_in_file", "old@example.test"),
        (4, "email", "duplicate_in_file", "new@example.test"),
        (6, "name", "duplicate_in_file", "bob"),
        (7, "name", "duplicate_in_file", "Old"),
        (8, "name", "duplicate_in_file", "New"),
    ]
    for form in ({"dry_run": "true"}, {"on_error": "skip"}):
        sent = await importer.upload(file, kind=kind, autostart="true", **form)
        claim = await queue.claim()
        assert claim is not None
        handler = importer.services.jobs.worker().handlers[job_kind(kind)]
        async for _ in replace(handler, chunk_rows=rows).run(claim):
            pass

        done = await importer.shown(sent.json()["id"])
        assert done["counts"] == counts(created=2, updated=1, failed=6)
        assert places(await importer.faults(done["id"])) == told
    assert [one["code"] for one in await everyone(parties, kind)] == ["A1", "B2", "B3"]


@both
async def test_a_dry_run_tells_what_would_change(
    importer: Importer, parties: Parties, kind: str
) -> None:
    await parties.make(kind, code="A1", name="Ann", contacts=[{"name": "Ann"}])
    before = await everyone(parties, kind)

    done = await ended(
        importer,
        kind,
        "code,name,contact name,contact phone\nA1,Anna,ann,1234\n,New,,\n",
        dry_run="true",
    )

    assert done["counts"] == counts(created=1, updated=1)
    changed, made = await importer.faults(done["id"], "differences")
    assert (changed["label"], changed["created"], made["label"]) == ("A1", False, "New")
    assert changed["changes"] == {
        "name": {"before": "Ann", "after": "Anna"},
        "contacts": {
            "before": [{"name": "Ann"}],
            "after": [{"name": "ann", "phone": "1234"}],
        },
    }
    assert "code" not in made["changes"]
    assert await everyone(parties, kind) == before


@both
@pytest.mark.case("IMP-22", "IMP-24")
async def test_empty_cells_keep_and_the_word_clears(
    importer: Importer, parties: Parties, kind: str
) -> None:
    party = await parties.make(
        kind,
        code="A1",
        name="Ann",
        phone="1234",
        notes="old",
        contacts=[{"name": "Ann", "role": "Boss"}, {"name": "Bob"}],
        addresses=[
            {"kind": "billing", "lines": ["Street 1"], "city": "Berlin"},
            {"kind": "shipping", "lines": ["Dock 2"]},
        ],
    )

    done = await ended(
        importer,
        kind,
        "code,name,phone,notes,contact title,address,city,region,active\n"
        "A1,,NULL,,Owner,,Potsdam,NULL,no\n",
    )

    assert done["counts"] == counts(updated=1)
    after = await parties.read(kind, party)
    assert (after["name"], after["phone"], after["notes"]) == ("Ann", None, "old")
    assert [(one["name"], one["role"]) for one in after["contacts"]] == [
        ("Ann", "Owner"),
        ("Bob", None),
    ]
    assert [(one["lines"], one["city"]) for one in after["addresses"]] == [
        (["Street 1"], "Potsdam"),
        (["Dock 2"], None),
    ]
    assert after["active"] is False
    cleared = await ended(importer, kind, "code,contact name,address,city\nA1,NULL,NULL,NULL\n")
    assert cleared["counts"] == counts(updated=1)
    after = await parties.read(kind, party)
    assert [one["name"] for one in after["contacts"]] == ["Bob"]
    assert [one["lines"] for one in after["addresses"]] == [["Dock 2"]]


@both
async def test_modes_policies_and_the_way_back_of_what_failed(
    importer: Importer, parties: Parties, kind: str
) -> None:
    await parties.make(kind, code="A1", name="Ann")
    file = "code,name\nA1,Anna\nB1,Bob\n"

    created = await ended(importer, kind, file, mode="create")
    updated = await ended(importer, kind, file, mode="update")
    aborted = await ended(importer, kind, "code,name,phone\nC1,Cy,\nC2,Di,none\n", on_error="abort")

    assert created["counts"] == counts(created=1, failed=1)
    assert places(await importer.faults(created["id"])) == [(1, "code", "already_exists", "A1")]
    assert updated["counts"] == counts(updated=1, unchanged=1)
    assert aborted["status"] == "failed"
    assert [one["code"] for one in await everyone(parties, kind)] == ["A1", "B1"]
    back = await importer.get(f"/{aborted['id']}/rejected.csv")
    corrected = back.content.decode("utf-8-sig").replace("none", "1234")
    assert (await ended(importer, kind, corrected))["counts"] == counts(created=1)
    retried = await importer.post(f"/{created['id']}/retry")
    assert retried.status_code == 202, retried.text
    await importer.work()
    assert (await importer.shown(created["id"]))["counts"] == counts(created=1, failed=1)


@both
@pytest.mark.case("IMP-30")
async def test_the_template_is_taken_and_every_column_has_an_effect(
    importer: Importer, parties: Parties, kind: str
) -> None:
    template = (await importer.get("/template.csv", kind=kind)).content

    done = await ended(importer, kind, template, strict="true")

    assert done["counts"] == counts(created=1)
    assert done["analysis"]["ignored"] == []
    [stored] = await everyone(parties, kind)
    assert {name: value for name, value in stored.items() if value in (None, [], {})} == {
        "merged_into": None,
        **({} if kind == "suppliers" else {"anonymized_at": None}),
    }
    assert stored["addresses"][0]["lines"] == ["Market Street 1", "Back yard"]
    assert stored["payment_terms"] == {
        "net_days": 30,
        "discount_percent": "2.00",
        "discount_days": 10,
    }
    assert (await ended(importer, kind, template))["counts"] == counts(unchanged=1)


async def test_the_currency_of_costs_and_the_limit_of_credit(
    importer: Importer, parties: Parties
) -> None:
    none = "XXX"  # XXX: ISO 4217 for "no currency"
    done = await ended(importer, "suppliers", f"name,currency\nEast,usd\nWest,\nSouth,{none}\n")
    limits = await ended(importer, "customers", "name,credit limit\nAnn,500.50\nBob,-1\n")

    assert done["counts"] == counts(created=2, failed=1)
    assert places(await importer.faults(done["id"])) == [(3, "currency", "unknown_currency", none)]
    assert [one["currency"] for one in await everyone(parties, "suppliers")] == ["USD", "EUR"]
    assert limits["counts"] == counts(created=1, failed=1)
    [ann] = await everyone(parties, "customers")
    assert ann["credit_limit"] == {"amount": "500.50", "currency": "EUR"}


async def test_how_much_more_than_was_ordered_may_come(
    importer: Importer, parties: Parties
) -> None:
    header = "code,over receipt percent\n"
    await ended(importer, "suppliers", "code,name\nA1,North\nA2,East\n")
    set_ = await ended(importer, "suppliers", header + "A1,2.5 %\nA2,7\n")
    again = await ended(importer, "suppliers", header + "A1,2.50\nA2,NULL\n")
    wrong = await ended(importer, "suppliers", header + "A1,101\nA2,-1\n")

    assert set_["counts"] == counts(updated=2)
    assert again["counts"] == counts(updated=1, unchanged=1)
    assert places(await importer.faults(wrong["id"])) == [
        (1, "over receipt percent", "invalid_percentage", "101"),
        (2, "over receipt percent", "invalid_percentage", "-1"),
    ]
    assert [
        (one["code"], one["over_receipt_percent"]) for one in await everyone(parties, "suppliers")
    ] == [("A1", "2.50"), ("A2", None)]


async def test_who_was_merged_or_anonymised_is_not_changed(
    importer: Importer, parties: Parties
) -> None:
    one = await parties.make("customers", code="A1", name="Ann")
    two = await parties.make("customers", code="A2", name="Anna", email="ann@example.test")
    merged = await parties.post(f"/customers/{one['id']}/merge", {"from": [two["id"]]})
    assert merged.status_code == 200, merged.text

    done = await ended(
        importer, "customers", "code,email,phone\nA2,,1234\n,ann@example.test,5678\n"
    )

    assert done["counts"] == counts(updated=1, failed=1)
    assert places(await importer.faults(done["id"])) == [(1, None, "party_merged", "")]
    assert (await parties.read("customers", one))["phone"] == "5678"


@both
async def test_a_code_that_was_typed_is_passed_over(
    importer: Importer, parties: Parties, kind: str
) -> None:
    series = {"suppliers": "SUP", "customers": "CUS"}[kind]
    await parties.make(kind, code=f"{series}-0002", name="Typed")

    done = await ended(importer, kind, f"code,name\n,A\n,B\n{series}-0003,C\n,D\n")

    assert done["counts"] == counts(created=4)
    found = await everyone(parties, kind)
    assert [(one["code"].partition("-")[2], one["name"]) for one in found] == [
        ("0001", "A"),
        ("0002", "Typed"),
        ("0003", "C"),
        ("0004", "B"),
        ("0005", "D"),
    ]


@both
async def test_a_chunk_takes_the_same_statements_for_any_number_of_rows(
    importer: Importer, kind: str
) -> None:
    async def statements(rows: int, mark: str) -> int:
        file = "name,email,phone,contact name\n" + "".join(
            f"{mark} {n},{mark}{n}@example.test,1234567{n},Bob\n" for n in range(rows)
        )
        await importer.upload(file, kind=kind, autostart="true")
        with recorded_statements() as executed:
            await importer.work()
        return len(executed)

    assert await statements(5, "few") == await statements(500, "many")
