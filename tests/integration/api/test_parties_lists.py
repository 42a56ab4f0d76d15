"""Lists of suppliers and customers: found by text, filtered, sorted, read off their indexes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.parties import KINDS, Parties
from tests.fixtures.plans import Statement, seen_statements

both = pytest.mark.parametrize("kind", KINDS)

# As many as make Postgres prefer an index for a page, as it does in any shop of some size.
ENOUGH = 20_000
LISTS = "FROM customers"


@both
async def test_words_are_found_in_name_code_address_and_tax_id(parties: Parties, kind: str) -> None:
    await parties.make(kind, code="A", name="Café Crème", email="Office@Crema.test")
    await parties.make(kind, code="B", name="CAFE noir", legal_name="Noir & Söhne", tax_id="DE 1.2")
    await parties.make(kind, code="C-77", name="100% Juice", tax_id="de-123.456")

    found = {
        q: await parties.codes(kind, q=q)
        for q in ("cafe", "CRÈME café", "sohne", "%", "crema.test", "de123", "123.456", "77", "x")
    }

    assert found == {
        "cafe": ["A", "B"],
        "CRÈME café": ["A"],
        "sohne": ["B"],
        "%": ["C-77"],
        "crema.test": ["A"],
        "de123": ["C-77"],
        "123.456": ["C-77"],
        "77": ["C-77"],
        "x": [],
    }


@both
async def test_filters_and_orders(parties: Parties, kind: str) -> None:
    made = [
        await parties.make(kind, code=code, name=name)
        for code, name in (("1", "zoe"), ("2", "Émile"), ("3", "adam"))
    ]
    await parties.retire(kind, made[0])
    orders = {
        "name": ["3", "2", "1"],
        "-name": ["1", "2", "3"],
        "created_at": ["1", "2", "3"],
        "-created_at": ["3", "2", "1"],
        "updated_at": ["2", "3", "1"],
        "-updated_at": ["1", "3", "2"],
    }

    assert {sort: await parties.codes(kind, sort=sort) for sort in orders} == orders
    assert await parties.codes(kind, active="true") == ["3", "2"]
    assert await parties.codes(kind, active="false") == ["1"]
    since = made[2]["updated_at"]
    assert await parties.codes(kind, updated_since=since, sort="created_at") == ["1", "3"]
    pages = [
        [item["code"] for item in page]
        async for page in parties.walk(f"/{kind}", sort="-name", limit=2)
    ]
    assert pages == [["1", "2"], ["3"]]


async def listed(parties: Parties, **params: Any) -> tuple[Statement, str | None]:
    """Ask for a page of customers; returns the statement that read it, and the next cursor."""
    with seen_statements(LISTS) as statements:
        page = await parties.get("/customers", **params)
    assert page.status_code == 200, page.text
    return statements[-1], page.json()["next_cursor"]


async def test_every_page_is_read_off_an_index(parties: Parties) -> None:
    rows = [{"code": f"C{n:05}", "email": f"c{n:05}@shop.test"} for n in range(ENOUGH)]
    await parties.fill_customers(rows)
    await parties.analyze()

    for sort in ("name", "-created_at", "updated_at"):
        _, cursor = await listed(parties, sort=sort)
        statement, _ = await listed(parties, sort=sort, cursor=cursor)
        plan = await statement.plan(parties.engine)
        column = {"name": "name_folded"}.get(sort, sort.removeprefix("-"))
        assert f"ix_customers_{column}_id" in plan, plan
        assert "Seq Scan on customers" not in plan, plan

    statement, _ = await listed(parties, email="C01234@shop.test")
    plan = await statement.plan(parties.engine)
    assert "uq_customers_email_key" in plan or "sqlite_autoindex_customers" in plan, plan

    statement, _ = await listed(parties, q="c01234@sh")
    plan = await statement.plan(parties.engine)
    if parties.engine.dialect.name == "sqlite":
        assert "SCAN customer_search VIRTUAL TABLE INDEX" in plan, plan
        assert "SCAN customers" not in plan, plan
    else:
        assert "Bitmap Index Scan on ix_customers_search_text" in plan, plan
