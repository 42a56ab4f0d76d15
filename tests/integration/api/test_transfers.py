"""Transfers: nothing is made or lost on the way, and each step is legal, told and noted."""

from __future__ import annotations

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId
from app.domain.inventory.locations import (
    MAIN_ID,
    QUARANTINE_ID,
    SCRAP_ID,
    TRANSIT_ID,
)
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.till import KILOGRAM, Json, Till
from tests.fixtures.transferring import Van, of, tea_on_shelf


def parts(transfer: Json) -> list[dict[str, str]]:
    names = ("quantity", "received", "rejected", "lost", "returned", "in_transit")
    return [{name: line[name] for name in names} for line in transfer["lines"]]


def part(quantity: str, **others: str) -> dict[str, str]:
    settled = dict.fromkeys(("received", "rejected", "lost", "returned", "in_transit"), "0.000")
    return {"quantity": quantity} | settled | others


async def findings(services: Services) -> set[str]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    names = {check.name for check in found.checks if check.findings}
    return names - {"orphan_movements_adjustment"}


class TestAtOnce:
    async def test_goods_are_at_the_other_place_and_worth_the_same(
        self, till: Till, van: Van
    ) -> None:
        tea = await tea_on_shelf(till)
        holdings = await till.stock.holdings()

        answer = await van.send(
            of(tea, "4"), through_transit=False, reference="Box 7", note="For the shelf"
        )

        body = answer.json()
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/api/v1/inventory/transfers/{body['id']}"
        assert answer.headers["ETag"] == '"1"'
        assert body == {
            "id": body["id"],
            "number": f"TR-{body['recorded_at'][:4]}-000001",
            "status": "received",
            "from_location_id": str(MAIN_ID),
            "to_location_id": str(van.there),
            "reference": "Box 7",
            "note": "For the shelf",
            "user_id": body["user_id"],
            "occurred_at": body["recorded_at"],
            "recorded_at": body["recorded_at"],
            "finished_at": body["recorded_at"],
            "version": 1,
            "lines": [
                {
                    "id": body["lines"][0]["id"],
                    "product_id": str(tea),
                    "sku": "TEA",
                    "name": "Product TEA",
                    "unit": "piece",
                    **part("4.000", received="4.000"),
                }
            ],
        }
        assert await van.lies(tea) == {"A": "6.000", "B": "4.000"}
        assert (await till.stock.movements())[1:] == [(tea, MAIN_ID, van.there, "4.000", 13_33)]
        assert await till.stock.holdings() == holdings
        assert (await van.get(f"/{body['id']}")).json() == body

    async def test_lines_of_a_product_are_taken_together_and_all_shortages_told(
        self, till: Till, van: Van
    ) -> None:
        tea, rice = await tea_on_shelf(till), await till.product("RICE", on_hand="1", value_minor=1)
        before = await van.footprint()

        answer = await van.send(of(tea, "6"), of(rice, "2"), of(tea, "6"), through_transit=False)

        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
        assert [
            (s["product_id"], s["location_id"], s["requested"], s["available"])
            for s in answer.json()["shortages"]
        ] == sorted(
            [
                (str(tea), str(MAIN_ID), "12.000", "10.000"),
                (str(rice), str(MAIN_ID), "2.000", "1.000"),
            ]
        )
        assert await van.footprint() == before

    async def test_the_same_key_moves_once(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)

        first = await van.send(of(tea, "4"), through_transit=False, key="box-7")
        second = await van.send(of(tea, "4"), through_transit=False, key="box-7")

        assert second.json() == first.json()
        assert second.headers["Idempotency-Replayed"] == "true"
        assert await van.lies(tea) == {"A": "6.000", "B": "4.000"}

    async def test_goods_leave_quarantine_for_the_shelf(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)
        asked = {"from_location_id": str(MAIN_ID), "to_location_id": str(QUARANTINE_ID)}
        released = {"from_location_id": str(QUARANTINE_ID), "to_location_id": str(MAIN_ID)}
        stock = f"/api/v1/products/{tea}/stock"

        async def available() -> str:
            answer = await till.http.get(stock, headers=till.headers(Role.CLERK))
            return str(answer.json()["available"])

        await van.sent(of(tea, "3"), through_transit=False, **asked)
        assert (await van.lies(tea), await available()) == (
            {"A": "7.000", "quarantine": "3.000"}, "7.000",
        )  # fmt: skip
        await van.sent(of(tea, "2"), through_transit=False, **released)

        assert (await van.lies(tea), await available()) == (
            {"A": "9.000", "quarantine": "1.000"}, "9.000",
        )  # fmt: skip
        assert await findings(services) == set()

    async def test_a_time_told_late_stands_on_document_and_movement(
        self, till: Till, van: Van
    ) -> None:
        tea = await tea_on_shelf(till)

        sent = await van.sent(of(tea, "1"), occurred_at="2026-11-01T08:00:00Z")
        arrived = await van.receive(sent, {"received": "1"}, occurred_at="2026-11-02T08:00:00Z")

        assert sent["occurred_at"] == "2026-11-01T08:00:00Z"
        assert arrived.status_code == 200
        moved = [row for row in await till.rows(stock_movements) if row["kind"] == "transfer"]
        assert sorted(row["occurred_at"].isoformat() for row in moved) == [
            "2026-11-01T08:00:00+00:00",
            "2026-11-02T08:00:00+00:00",
        ]


class TestThroughTransit:
    @pytest.mark.case("INV-10")
    async def test_what_is_cancelled_comes_back_whole(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)
        holdings = await till.stock.holdings()

        sent = await van.sent(of(tea, "4"))
        assert sent["status"] == "in_transit"
        assert await van.lies(tea) == {"A": "6.000", "transit": "4.000"}
        assert await findings(services) == set()
        cancelled = await van.step(sent, "cancel", {"note": "No driver"})

        assert (cancelled.status_code, cancelled.headers["ETag"]) == (200, '"2"')
        body = cancelled.json()
        assert body["status"] == "cancelled"
        assert body["finished_at"] is not None
        assert parts(body) == [part("4.000", returned="4.000")]
        assert await van.lies(tea) == {"A": "10.000"}
        assert await till.stock.holdings() == holdings
        assert await findings(services) == set()

    @pytest.mark.case("INV-10")
    async def test_what_is_lost_is_a_loss_of_one_and_nothing_else(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)

        sent = await van.sent(of(tea, "4"))
        assert await van.lies(tea) == {"A": "6.000", "transit": "4.000"}
        arrived = (await van.receive(sent, {"received": "3"})).json()
        assert (arrived["status"], arrived["finished_at"]) == ("in_transit", None)
        assert parts(arrived) == [part("4.000", received="3.000", in_transit="1.000")]
        assert await van.lies(tea) == {"A": "6.000", "B": "3.000", "transit": "1.000"}
        closed = await van.step(sent, "close", {"reason": "loss"})

        assert closed.json()["status"] == "closed"
        assert parts(closed.json()) == [part("4.000", received="3.000", lost="1.000")]
        assert await van.lies(tea) == {"A": "6.000", "B": "3.000", "lost": "1.000"}
        # 33.33 / 10 a piece: moves inside the shop are worth it and change nothing, the loss does.
        assert (await till.stock.movements())[1:] == [
            (tea, MAIN_ID, TRANSIT_ID, "4.000", 13_33),
            (tea, TRANSIT_ID, van.there, "3.000", 10_00),
            (tea, TRANSIT_ID, SCRAP_ID, "1.000", 3_33),
        ]
        assert await till.stock.holdings() == {tea: ("9.000", 30_00)}
        (loss,) = [row for row in await till.rows(stock_movements) if row["kind"] == "scrap"]
        assert (loss["reason"], loss["document_kind"]) == ("loss", "transfer")
        assert await findings(services) == set()

    @pytest.mark.case("INV-11")
    async def test_what_is_rejected_is_set_aside_and_counted_once(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "10"))
        assert await van.lies(tea) == {"transit": "10.000"}

        arrived = await van.receive(sent, {"received": "7", "rejected": "3"})

        assert arrived.json()["status"] == "received"
        assert parts(arrived.json()) == [part("10.000", received="7.000", rejected="3.000")]
        assert await van.lies(tea) == {"B": "7.000", "quarantine": "3.000"}
        assert await till.on_hand(tea) == "10.000"
        assert await till.stock.holdings() == {tea: ("10.000", 33_33)}
        answer = await till.http.get(
            f"/api/v1/products/{tea}/stock", headers=till.headers(Role.CLERK)
        )
        assert (answer.json()["on_hand"], answer.json()["available"]) == ("10.000", "7.000")
        assert await findings(services) == set()

    async def test_goods_arrive_in_parts_until_nothing_is_under_way(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)
        rice = await till.product("RICE", on_hand="2", value_minor=5_00, unit=KILOGRAM)
        sent = await van.sent(of(tea, "5"), of(rice, "1.5"), of(tea, "1"))

        steps = [
            await van.receive(sent, {"received": "2"}, {"rejected": "0.25"}, {"received": "1"}),
            await van.step(
                sent,
                "receive",
                {
                    "lines": [
                        {"line_id": sent["lines"][0]["id"], "lost": "1"},
                        {"line_id": sent["lines"][0]["id"], "received": "1", "rejected": "1"},
                    ],
                    "reason": "damage",
                },
            ),
            await van.step(sent, "receive"),
        ]

        assert [answer.status_code for answer in steps] == [200, 200, 200]
        assert [answer.json()["status"] for answer in steps] == [
            "in_transit", "in_transit", "closed",
        ]  # fmt: skip
        assert [answer.headers["ETag"] for answer in steps] == ['"2"', '"3"', '"4"']
        assert parts(steps[-1].json()) == [
            part("5.000", received="3.000", rejected="1.000", lost="1.000"),
            part("1.500", received="1.250", rejected="0.250"),
            part("1.000", received="1.000"),
        ]
        assert await van.lies(tea) == {
            "A": "4.000", "B": "4.000", "quarantine": "1.000", "lost": "1.000",
        }  # fmt: skip
        assert await van.lies(rice) == {"A": "0.500", "B": "1.250", "quarantine": "0.250"}
        assert await findings(services) == set()

    async def test_into_and_out_of_quarantine(
        self, till: Till, van: Van, services: Services
    ) -> None:
        tea = await tea_on_shelf(till)
        there = await van.sent(of(tea, "4"), to_location_id=str(QUARANTINE_ID))
        refused = await van.receive(there, {"received": "3", "rejected": "1"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/lines/0/rejected"
        assert (await van.step(there, "receive")).status_code == 200
        back = await van.sent(of(tea, "4"), from_location_id=str(QUARANTINE_ID))
        assert (await van.receive(back, {"received": "1", "rejected": "1"})).status_code == 200
        assert (await van.step(back, "cancel")).json()["status"] == "cancelled"

        assert await van.lies(tea) == {"A": "6.000", "B": "1.000", "quarantine": "3.000"}
        assert await findings(services) == set()

    async def test_what_goes_back_does_so_into_a_closed_place_and_nothing_else_enters_one(
        self, till: Till, van: Van
    ) -> None:
        tea = await tea_on_shelf(till, "2")
        sent = await van.sent(of(tea, "2"))
        for place in (MAIN_ID, van.there):
            await set_open(till, place, verb="deactivate")

        refused = await van.step(sent, "receive")
        assert (refused.status_code, refused.json()["code"]) == (409, "location_closed")
        assert await van.lies(tea) == {"transit": "2.000"}
        assert (await van.step(sent, "cancel")).status_code == 200
        assert await van.lies(tea) == {"A": "2.000"}
        again = await van.send(of(tea, "1"))

        assert (again.status_code, again.json()["code"]) == (409, "location_closed")


async def set_open(till: Till, place: LocationId, *, verb: str) -> None:
    url, headers = f"/api/v1/locations/{place}", till.headers(Role.MANAGER)
    match = {"If-Match": (await till.http.get(url, headers=headers)).headers["ETag"]}
    answer = await till.http.post(f"{url}/{verb}", headers=headers | match)
    assert answer.status_code == 200, answer.text


class TestSteps:
    async def test_each_is_told_and_noted_with_what_lay_where(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"), reference="Box 7")
        await van.receive(sent, {"received": "1", "lost": "1"}, reason="other", note="Broke")
        await van.step(sent, "cancel")
        await van.sent(of(tea, "1"), through_transit=False)

        rows = [row for row in await till.rows(audit_log) if row["object_kind"] == "transfer"]
        assert [(row["action"], row["changes"]) for row in rows] == [
            (
                "transfer.dispatched",
                {
                    "TEA at main": {"before": "10.000", "after": "6.000"},
                    "TEA at transit": {"before": "0.000", "after": "4.000"},
                },
            ),
            (
                "transfer.received",
                {
                    "TEA at transit": {"before": "4.000", "after": "2.000"},
                    "TEA at b": {"before": "0.000", "after": "1.000"},
                },
            ),
            (
                "transfer.cancelled",
                {
                    "TEA at main": {"before": "6.000", "after": "8.000"},
                    "TEA at transit": {"before": "2.000", "after": "0.000"},
                },
            ),
            (
                "transfer.posted",
                {
                    "TEA at main": {"before": "8.000", "after": "7.000"},
                    "TEA at b": {"before": "1.000", "after": "2.000"},
                },
            ),
        ]
        assert rows[1]["note"] == {
            "number": sent["number"],
            "from": "main",
            "to": "b",
            "lines": 1,
            "status": "in_transit",
            "reference": None,
            "reason": "other",
            "note": "Broke",
        }
        told = await till.rows(outbox)
        assert [row["name"] for row in told] == [row["action"] for row in rows]
        assert told[1]["payload"]["document"]["lines"] == [
            {
                "id": sent["lines"][0]["id"],
                "product_id": str(tea),
                "sku": "TEA",
                "quantity": "4.000",
                "received": "1.000",
                "rejected": "0.000",
                "lost": "1.000",
                "returned": "0.000",
            }
        ]

    async def test_none_is_possible_once_nothing_is_under_way(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        over = [await van.sent(of(tea, "1")) for _ in range(3)]
        over.append(await van.sent(of(tea, "1"), through_transit=False))
        bodies: dict[str, Json] = {"receive": {}, "close": {"reason": "loss"}, "cancel": {}}
        for transfer, (verb, body) in zip(over, bodies.items(), strict=False):
            assert (await van.step(transfer, verb, body)).status_code == 200
        before = await van.footprint()

        refused = [
            await van.step(transfer, verb, body)
            for transfer in over
            for verb, body in bodies.items()
        ]

        assert {(a.status_code, a.json()["code"]) for a in refused} == {
            (409, "wrong_transfer_status")
        }
        assert [a.json()["transfer_status"] for a in refused[::3]] == [
            "received", "closed", "cancelled", "received",
        ]  # fmt: skip
        assert await van.footprint() == before

    async def test_no_more_of_a_line_becomes_something_than_is_under_way(
        self, till: Till, van: Van
    ) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"), of(tea, "2"))
        assert (await van.receive(sent, {"received": "1"}, {"received": "1"})).status_code == 200
        before = await van.footprint()

        answer = await van.receive(
            sent, {"received": "2", "rejected": "1", "lost": "1"}, {"received": "1"}, reason="loss"
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "exceeds_transit")
        assert [e["pointer"] for e in answer.json()["errors"]] == ["/lines/0"]
        assert answer.json()["lines"] == [
            {"line_id": sent["lines"][0]["id"], "requested": "4.000", "in_transit": "3.000"}
        ]
        assert await van.footprint() == before
        assert await van.lies(tea) == {"A": "4.000", "B": "2.000", "transit": "4.000"}

    async def test_a_step_is_refused_for_another_version(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"))
        before = await van.footprint()

        assert (await van.step(sent, "cancel", version=2)).status_code == 412
        assert await van.footprint() == before
        assert (await van.step(sent, "cancel", version=1)).status_code == 200

    async def test_a_step_under_the_same_key_is_done_once(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"))
        one = {"lines": [{"line_id": sent["lines"][0]["id"], "received": "1"}]}

        answers = [await van.step(sent, "receive", one, key="door") for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert await van.lies(tea) == {"A": "6.000", "B": "1.000", "transit": "3.000"}

    async def test_who_may(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"))
        before = await van.footprint()

        denied = [
            await van.send(of(tea, "1"), role=Role.CASHIER),
            await van.step(sent, "receive", role=Role.CASHIER),
            await van.step(sent, "close", {"reason": "loss"}, role=Role.VIEWER),
            await van.step(sent, "cancel", role=Role.CASHIER),
        ]

        assert {answer.status_code for answer in denied} == {403}
        after = await van.footprint()
        assert after | {"audit_log": 0} == before | {"audit_log": 0}
