"""Returns from afar: asked for, approved, received, refunded, each by who may."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.returning import Desk, back, free
from tests.fixtures.till import KILOGRAM, Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


async def sold(till: Till, quantity: str = "3") -> Json:
    tea = await till.product("TEA", on_hand="9", value_minor=18_00)
    sale: Json = (await till.sell(line(tea, quantity), cash="100.00")).json()
    return sale


async def asked(till: Till, desk: Desk) -> tuple[Json, Json]:
    sale = await sold(till)
    answer = await desk.ask(sale, back(sale, quantity="2"), reason="Did not fit")
    assert answer.status_code == 201, answer.text
    return sale, answer.json()


class TestWholeWay:
    async def test_goods_move_when_received_and_money_when_refunded(
        self, till: Till, desk: Desk
    ) -> None:
        sale, document = await asked(till, desk)
        movements = await till.stock.movements()
        assert (document["status"], document["number"]) == ("requested", None)
        assert document["total"] == eur("20.00")

        approved = await desk.step(document, "approve", version=1)
        assert await till.stock.movements() == movements
        received = await desk.step(document, "receive", role=Role.CLERK)
        assert await till.stock.movements() == [
            *movements,
            (approved.json()["lines"][0]["product_id"] and movements[0][0],
             CUSTOMER_ID, MAIN_ID, "2.000", 4_00),
        ]  # fmt: skip
        assert (received.json()["number"], received.json()["refunds"]) == (None, [])
        refunded = await desk.step(document, "refund", role=Role.CASHIER)

        last = refunded.json()
        assert [a.json()["status"] for a in (approved, received, refunded)] == [
            "approved", "received", "refunded",
        ]  # fmt: skip
        assert [a.headers["ETag"] for a in (approved, received, refunded)] == [
            '"2"', '"3"', '"4"',
        ]  # fmt: skip
        assert last["number"] == f"CN-{last['refunded_at'][:4]}-000001"
        assert last["refunds"] == [{"kind": "cash", "amount": eur("20.00"), "reference": None}]
        assert (await desk.get(f"/{document['id']}")).json() == last
        shown = (await till.get(f"/{sale['id']}")).json()
        assert (shown["returned"], shown["refunded"]) == ("partly", eur("20.00"))
        assert shown["lines"][0]["returned"] == "2.000"

    async def test_every_step_is_noted_and_told(self, till: Till, desk: Desk) -> None:
        _, document = await asked(till, desk)
        for verb in ("approve", "receive", "refund"):
            assert (await desk.step(document, verb)).status_code == 200

        steps = ["requested", "approved", "received", "refunded"]
        rows = [r for r in await till.rows(audit_log) if str(r["object_id"]) == document["id"]]
        assert [row["action"] for row in rows] == [f"return.{step}" for step in steps]
        told = [r for r in await till.rows(outbox) if str(r["subject_id"]) == document["id"]]
        assert [row["name"] for row in told] == [f"return.{step}" for step in steps]
        assert "cost" not in str([row["payload"] for row in told])

    async def test_no_step_is_done_twice_or_out_of_turn(self, till: Till, desk: Desk) -> None:
        _, document = await asked(till, desk)
        refused: list[tuple[str, str, int, str]] = []
        for done in (None, "approve", "receive", "refund"):
            if done is not None:
                assert (await desk.step(document, done)).status_code == 200
            before = await desk.footprint()
            for verb in ("approve", "reject", "cancel", "receive", "refund"):
                allowed = {
                    None: {"approve", "reject", "cancel"},
                    "approve": {"receive", "cancel"},
                    "receive": {"refund"},
                    "refund": set[str](),
                }[done]
                if verb not in allowed:
                    answer = await desk.step(document, verb)
                    refused.append((str(done), verb, answer.status_code, answer.json()["code"]))
            assert await desk.footprint() == before

        assert {each[2:] for each in refused} == {(409, "wrong_return_status")}
        assert len(refused) == 2 + 3 + 4 + 5

    async def test_each_step_needs_its_right(self, till: Till, desk: Desk) -> None:
        _, document = await asked(till, desk)
        before = await desk.footprint()

        denied = {
            "approve": (Role.CASHIER, Role.CLERK, Role.VIEWER),
            "reject": (Role.CASHIER, Role.CLERK, Role.VIEWER),
            "cancel": (Role.CLERK, Role.VIEWER),
            "receive": (Role.VIEWER,),
            "refund": (Role.CLERK, Role.VIEWER),
        }
        for verb, roles in denied.items():
            for role in roles:
                assert (await desk.step(document, verb, role=role)).status_code == 403

        after = await desk.footprint()
        assert after | {"audit_log": 0} == before | {"audit_log": 0}

    async def test_a_step_is_refused_for_another_version(self, till: Till, desk: Desk) -> None:
        _, document = await asked(till, desk)

        stale = await desk.step(document, "approve", version=2)

        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
        assert (await desk.get(f"/{document['id']}")).json() == document


class TestGivingUp:
    @pytest.mark.parametrize(("verb", "status"), [("reject", "rejected"), ("cancel", "cancelled")])
    async def test_frees_what_was_held(
        self, till: Till, desk: Desk, verb: str, status: str
    ) -> None:
        sale, document = await asked(till, desk)
        full = await desk.take(sale, back(sale, quantity="2"))
        assert full.json()["lines"][0]["remaining"] == "1.000"

        closed = (await desk.step(document, verb, {"reason": "Worn"})).json()

        assert (closed["status"], closed["close_reason"]) == (status, "Worn")
        assert closed["closed_at"] is not None
        assert (await desk.take(sale, back(sale, quantity="3"))).status_code == 201

    async def test_a_share_given_up_goes_to_those_who_come_later(
        self, till: Till, desk: Desk
    ) -> None:
        tea = await till.product("TEA", price="0.05", on_hand="3", value_minor=5)
        rolled = (await till.sell(line(tea, "3"), discount={"amount": "0.10"}, cash="1.00")).json()
        assert rolled["total"] == eur("0.05")
        first = (await desk.ask(rolled, back(rolled))).json()
        second = (await desk.ask(rolled, back(rolled))).json()
        assert (await desk.step(first, "cancel")).status_code == 200

        rest = (await desk.take(rolled, back(rolled, quantity="2"))).json()

        assert [d["total"]["amount"] for d in (first, second, rest)] == ["0.02", "0.01", "0.04"]


class TestChanging:
    async def test_replaces_what_is_asked(self, till: Till, desk: Desk) -> None:
        sale, document = await asked(till, desk)
        cellar = await till.stock.location("cellar")

        changed = await desk.change(
            document,
            {"lines": [back(sale, quantity="3", disposition="scrap")],
             "location_id": str(cellar), "reason": None},
        )  # fmt: skip

        assert changed.status_code == 200
        body = changed.json()
        assert (body["total"], body["version"], body["reason"]) == (eur("30.00"), 2, None)
        assert [(each["quantity"], each["disposition"]) for each in body["lines"]] == [
            ("3.000", "scrap")
        ]
        assert body["location_id"] == str(cellar)
        assert (await desk.get(f"/{document['id']}")).json() == body
        entry = (await till.rows(audit_log))[-1]
        assert entry["action"] == "return.updated"
        assert set(entry["changes"]) == {"lines", "total", "location_id", "reason"}

    async def test_of_what_was_approved_asks_again(self, till: Till, desk: Desk) -> None:
        sale, document = await asked(till, desk)
        approved = (await desk.step(document, "approve")).json()

        same = await desk.change(approved, {"lines": [back(sale, quantity="2")]})
        changed = await desk.change(approved, {"lines": [back(sale, quantity="1")]})

        assert (same.json()["status"], same.json()["version"]) == ("approved", 2)
        assert (changed.json()["status"], changed.json()["approved_at"]) == ("requested", None)
        assert (await desk.step(document, "receive")).status_code == 409

    async def test_is_over_once_the_goods_came(self, till: Till, desk: Desk) -> None:
        sale, document = await asked(till, desk)
        for verb in ("approve", "receive"):
            document = (await desk.step(document, verb)).json()

        refused = await desk.change(document, {"lines": [back(sale)]})

        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_return_status")
        assert refused.json()["return_status"] == "received"

    async def test_holds_to_what_was_sold(self, till: Till, desk: Desk) -> None:
        sale, document = await asked(till, desk)
        assert (await desk.take(sale, back(sale))).status_code == 201
        before = await desk.footprint()

        refused = await desk.change(document, {"lines": [back(sale, quantity="3")]})
        stale = await desk.change(document, {"lines": [back(sale)]}, version=7)

        assert (refused.status_code, refused.json()["code"]) == (409, "return_exceeds_sale")
        assert refused.json()["lines"][0]["remaining"] == "2.000"
        assert stale.status_code == 412
        assert await desk.footprint() == before


class TestWithoutSale:
    async def test_takes_the_price_of_the_catalog_and_the_average_cost(
        self, till: Till, desk: Desk
    ) -> None:
        rate = await till.tax_rate(70_000)
        jam = await till.product("JAM", price="10.70", on_hand="4", value_minor=10_00,
                                 tax_rate_id=rate)  # fmt: skip

        taken = await desk.take(
            None, free(jam, "2"), reason="No receipt", role=Role.MANAGER,
            refunds=[{"kind": "voucher", "amount": "21.40", "reference": "V-1"}],
        )  # fmt: skip

        assert taken.status_code == 201, taken.text
        body = taken.json()
        assert (body["sale_id"], body["sale_number"]) == (None, None)
        assert (body["net"], body["tax"], body["total"]) == (
            eur("20.00"), eur("1.40"), eur("21.40"),
        )  # fmt: skip
        assert body["lines"][0]["cost"] == eur("5.00")
        assert body["refunds"] == [{"kind": "voucher", "amount": eur("21.40"), "reference": "V-1"}]
        assert await till.stock.holdings() == {jam: ("6.000", 15_00)}

    async def test_may_name_a_price_and_go_step_by_step(self, till: Till, desk: Desk) -> None:
        jam = await till.product("JAM", price="10.00", unit=KILOGRAM)
        document = (
            await desk.ask(
                None, free(jam, "0.5", unit_price="4.00"), reason="Old stock", role=Role.MANAGER
            )
        ).json()
        assert document["total"] == eur("2.00")

        for verb in ("approve", "receive"):
            assert (await desk.step(document, verb)).status_code == 200
        unnamed = await desk.step(document, "refund")
        cash = {"refunds": [{"kind": "cash", "amount": "2.00"}]}
        paid = await desk.step(document, "refund", cash)

        assert (unnamed.status_code, unnamed.json()["code"]) == (422, "refund_mismatch")
        assert (paid.status_code, paid.json()["status"]) == (200, "refunded")
        assert await till.stock.holdings() == {jam: ("0.500", 0)}

    async def test_needs_a_right_and_a_reason(self, till: Till, desk: Desk) -> None:
        jam = await till.product("JAM", on_hand="1")
        before = await till.stock.movements()
        cash = [{"kind": "cash", "amount": "10.00"}]

        denied = await desk.take(None, free(jam), reason="No receipt", refunds=cash)
        silent = await desk.take(None, free(jam), refunds=cash, role=Role.MANAGER)

        assert (denied.status_code, denied.json()["code"]) == (403, "permission_denied")
        assert silent.status_code == 422
        assert [e["pointer"] for e in silent.json()["errors"]] == ["/reason"]
        assert await till.stock.movements() == before

    async def test_is_not_received_once_the_goods_are_kept_otherwise(
        self, till: Till, desk: Desk
    ) -> None:
        jam = await till.product("JAM")
        document = (await desk.ask(None, free(jam), reason="No receipt", role=Role.MANAGER)).json()
        assert (await desk.step(document, "approve")).status_code == 200
        await till.change_product(jam, tracks_stock=False)
        before = await desk.footprint()

        refused = await desk.step(document, "receive")

        assert (refused.status_code, refused.json()["code"]) == (409, "draft_outdated")
        assert await desk.footprint() == before
