"""Scraps: goods are written off for a reason, wherever they lie."""

from __future__ import annotations

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.inventory.locations import MAIN_ID, QUARANTINE_ID, SCRAP_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.till import Till
from tests.fixtures.transferring import SCRAPS, Van, of


async def test_goods_leave_at_the_average_for_a_reason(
    till: Till, van: Van, services: Services
) -> None:
    tea = await till.product("TEA", on_hand="10", value_minor=33_33)

    answer = await van.scrap(of(tea, "3"), reason="expired", note="Best before May")

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{SCRAPS}/{body['id']}"
    assert body["number"] == f"SC-{body['recorded_at'][:4]}-000001"
    assert (body["reason"], body["note"]) == ("expired", "Best before May")
    assert body["value"] == {"amount": "-10.00", "currency": "EUR"}
    assert [(line["change"], line["value"]["amount"]) for line in body["lines"]] == [
        ("-3.000", "10.00")
    ]
    assert (await till.stock.movements())[1:] == [(tea, MAIN_ID, SCRAP_ID, "3.000", 10_00)]
    assert await till.stock.holdings() == {tea: ("7.000", 23_33)}
    headers = till.headers(Role.CLERK)
    assert (await till.http.get(f"{SCRAPS}/{body['id']}", headers=headers)).json() == body
    listed = await till.http.get(SCRAPS, headers=headers)
    assert [item["number"] for item in listed.json()["items"]] == [body["number"]]
    (row,) = [row for row in await till.rows(audit_log) if row["action"] == "scrap.posted"]
    assert row["changes"] == {"TEA": {"before": "10.000", "after": "7.000"}}
    assert [row["name"] for row in await till.rows(outbox)] == ["scrap.posted"]
    (moved,) = [row for row in await till.rows(stock_movements) if row["kind"] == "scrap"]
    assert (moved["reason"], moved["document_kind"]) == ("expired", "scrap")
    found = await services.verifier.verify()
    # The goods of this test came in without a document.
    assert [c.name for c in found.checks if c.findings] == ["orphan_movements_adjustment"]


async def test_what_lies_in_quarantine_is_scrapped_there(till: Till, van: Van) -> None:
    tea = await till.product("TEA", on_hand="10", value_minor=10_00)
    ends = {"from_location_id": str(MAIN_ID), "to_location_id": str(QUARANTINE_ID)}
    await van.sent(of(tea, "4"), through_transit=False, **ends)

    answer = await van.scrap(of(tea, "3"), location_id=str(QUARANTINE_ID))

    assert answer.status_code == 201
    assert await van.lies(tea) == {"A": "6.000", "quarantine": "1.000", "lost": "3.000"}


async def test_every_shortage_is_told_and_nothing_happens(till: Till, van: Van) -> None:
    tea = await till.product("TEA", on_hand="2", value_minor=2_00)
    rice = await till.product("RICE")
    before = await van.footprint()

    answer = await van.scrap(of(tea, "1"), of(rice, "1"), of(tea, "2"))

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert sorted(s["requested"] for s in answer.json()["shortages"]) == ["1.000", "3.000"]
    assert await van.footprint() == before


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"reason": "found"}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"reason": "other"}, "/note"),
        ({"location_id": str(SCRAP_ID)}, "/location_id"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at"),
    ],
)
async def test_what_is_refused(
    till: Till, van: Van, members: dict[str, object], pointer: str
) -> None:
    tea = await till.product("TEA", on_hand="2", value_minor=2_00)
    before = await van.footprint()

    answer = await van.scrap(of(tea, "1"), **members)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await van.footprint() == before


@pytest.mark.parametrize("reason", ["found", 7, None, []])
async def test_reasons_are_named_as_they_are_sent(till: Till, van: Van, reason: object) -> None:
    tea = await till.product("TEA", on_hand="2", value_minor=2_00)

    answer = await van.scrap(of(tea, "1"), reason=reason)

    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/reason", "enum")
    assert error["detail"] == "Should be damage, expired, loss, sample, theft or other"


async def test_needs_the_right_to_adjust(till: Till, van: Van) -> None:
    tea = await till.product("TEA", on_hand="2", value_minor=2_00)

    assert (await van.scrap(of(tea, "1"), role=Role.CASHIER)).status_code == 403
    assert await van.lies(tea) == {"A": "2.000"}
