"""A count is a fact at a time: the shop sells on, and what becomes known late changes the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.inventory.locations import ADJUSTMENT_ID, CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.counting import Counter, row
from tests.fixtures.till import Json

DAY = datetime(2026, 3, 2, tzinfo=UTC)
MORNING, NOON = DAY.replace(hour=8), DAY.replace(hour=12)
MINUTE = timedelta(minutes=1)


async def drifts(services: Services) -> list[str]:
    verification = await services.verifier.verify()
    return [check.name for check in verification.checks if check.findings]


def figures(line: Json) -> tuple[str, str, str, str]:
    return line["counted"], line["book"], line["variance"], line["variance_now"]


class TestSellingOn:
    async def test_what_moves_after_the_instant_stays_as_it_is(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "10", at=MORNING)
        count = await counter.open(tea)
        await counter.count(count, row(tea, "9", NOON))
        await counter.sold(tea, "4", at=NOON + MINUTE)

        posted = await counter.post(count)

        assert posted["number"].startswith("ST-")
        assert await counter.till.on_hand(tea) == "5.000"
        (line,) = await counter.lines(posted)
        assert figures(line) == ("9.000", "10.000", "-1.000", "-1.000")
        assert line["value"] == {"amount": "-2.00", "currency": "EUR"}
        assert (await counter.till.stock.movements())[-1] == (
            tea, MAIN_ID, ADJUSTMENT_ID, "1.000", 2_00,
        )  # fmt: skip
        assert await drifts(services) == []

    async def test_what_becomes_known_late_changes_the_variance_not_the_stock(
        self, counter: Counter, services: Services
    ) -> None:
        """A sale at 13:10, offline sales, a count at 13:30; the sales arrive at 14:00."""
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "10", at=MORNING)
        posted = await counter.posted(row(tea, "6", NOON))
        assert await counter.till.on_hand(tea) == "6.000"

        sale = await counter.sold(tea, "3", at=NOON - MINUTE)

        assert sale["needs_attention"] is False
        assert await counter.till.on_hand(tea) == "6.000"
        (line,) = await counter.lines(posted)
        assert figures(line) == ("6.000", "10.000", "-4.000", "-1.000")
        assert (await counter.till.stock.movements())[-2:] == [
            (tea, MAIN_ID, CUSTOMER_ID, "3.000", 6_00),
            (tea, ADJUSTMENT_ID, MAIN_ID, "3.000", 6_00),
        ]
        assert await drifts(services) == []

    async def test_late_sales_never_lack_goods_that_were_there(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "2", at=MORNING)
        await counter.posted(row(tea, "0", NOON))

        sale = await counter.sold(tea, "2", at=NOON)

        assert sale["needs_attention"] is False
        assert await counter.till.on_hand(tea) == "0.000"
        assert (await counter.sell(tea, "1")).json()["code"] == "insufficient_stock"
        assert await drifts(services) == []

    async def test_late_receipts_are_absorbed_too(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        posted = await counter.posted(row(tea, "12", NOON, unit_cost="1.50"))

        await counter.receive(tea, "12", at=MORNING, cost="1.50")

        (line,) = await counter.lines(posted)
        assert figures(line) == ("12.000", "0.000", "12.000", "0.000")
        assert await counter.till.on_hand(tea) == "12.000"
        assert (await counter.till.stock.holdings())[tea] == ("12.000", 18_00)
        assert await drifts(services) == []

    async def test_more_than_is_there_may_have_come_before_a_count(
        self, counter: Counter, services: Services
    ) -> None:
        """The shelf holds less than the receipt, and the audit log says that it stayed so."""
        tea = await counter.till.product("TEA")
        await counter.posted(row(tea, "2", NOON, unit_cost="1.50"))

        await counter.receive(tea, "12", at=MORNING, cost="1.50")
        await counter.sold(tea, "1", at=MORNING)

        assert await counter.till.on_hand(tea) == "2.000"
        rows = await counter.till.rows(audit_log)
        told = {row["action"]: row["changes"] for row in rows}
        unchanged = {"before": "2.000", "after": "2.000"}
        assert told["goods_receipt.posted"] == {"TEA": unchanged}
        assert told["sale.completed"]["TEA"] == unchanged
        assert await drifts(services) == []

    async def test_the_first_count_after_it_absorbs_what_is_late(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "10", at=MORNING)
        first = await counter.posted(row(tea, "9", NOON))
        second = await counter.posted(row(tea, "7", NOON + 2 * MINUTE))

        await counter.sold(tea, "1", at=NOON - MINUTE)
        await counter.sold(tea, "2", at=NOON + MINUTE)

        assert [line["variance_now"] for c in (first, second) for line in await counter.lines(c)] \
            == ["0.000", "0.000"]  # fmt: skip
        assert await counter.till.on_hand(tea) == "7.000"
        assert await drifts(services) == []


class TestTwoCounts:
    @pytest.mark.case("INV-07")
    @pytest.mark.parametrize("later_first", [False, True])
    async def test_of_one_shelf_the_later_instant_wins(
        self, counter: Counter, services: Services, later_first: bool
    ) -> None:
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "10", at=MORNING)
        a, b = await counter.open(tea), await counter.open(tea)
        await counter.count(a, row(tea, "20", NOON))
        await counter.count(b, row(tea, "30", NOON + MINUTE))

        for count in (b, a) if later_first else (a, b):
            await counter.post(count)

        assert await counter.till.on_hand(tea) == "30.000"
        (line_a,), (line_b,) = await counter.lines(a), await counter.lines(b)
        assert (line_a["variance_now"], line_b["variance_now"]) == ("10.000", "10.000")
        moved = [(source, quantity) for _, source, _, quantity, _ in
                 (await counter.till.stock.movements())[1:]]  # fmt: skip
        if later_first:
            # B took all of the difference, and gives back what A is known to have found.
            assert moved == [
                (ADJUSTMENT_ID, "20.000"), (ADJUSTMENT_ID, "10.000"), (MAIN_ID, "10.000"),
            ]  # fmt: skip
        else:
            assert moved == [(ADJUSTMENT_ID, "10.000"), (ADJUSTMENT_ID, "10.000")]
        assert await drifts(services) == []

    async def test_of_one_instant_the_last_posted_holds(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        await counter.posted(row(tea, "5", NOON))
        await counter.posted(row(tea, "8", NOON))

        assert await counter.till.on_hand(tea) == "8.000"
        await counter.receive(tea, "3", at=NOON)
        assert await counter.till.on_hand(tea) == "8.000"
        assert await drifts(services) == []


class TestBackdating:
    @pytest.mark.case("INV-09")
    async def test_the_ledger_is_append_only_and_balances_follow_the_posting(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        new_year = datetime(2026, 1, 1, 9, tzinfo=UTC)
        counted_at = new_year + timedelta(hours=3)
        await counter.receive(tea, "10", at=new_year)
        await counter.sold(tea, "8", at=datetime(2026, 1, 10, 12, tzinfo=UTC))
        before = [step["movement_id"] for step in (await counter.explain(tea))["items"]]

        posted = await counter.posted(row(tea, "7", counted_at))

        # Eight left after seven were counted: the shelf holds no less than nothing, and the one
        # that cannot have been there is owed until the next count.
        assert await counter.till.on_hand(tea) == "0.000"
        (line,) = await counter.lines(posted)
        assert figures(line) == ("7.000", "10.000", "-3.000", "-3.000")
        recorded = await counter.explain(tea, basis="recorded")
        assert [step["balance"] for step in recorded["items"]] == ["0.000", "2.000", "10.000"]
        assert [step["movement_id"] for step in recorded["items"]][1:] == before
        occurred = await counter.explain(tea, basis="occurred", location_id=str(MAIN_ID))
        assert [step["change"] for step in occurred["items"]] == ["-8.000", "-2.000", "10.000"]
        owed = await counter.explain(tea, basis="occurred", location_id=str(DISCREPANCY_ID))
        assert [step["balance"] for step in owed["items"]] == ["-1.000"]
        at_count = {"basis": "occurred", "at": counted_at.isoformat()}
        shelf, drawn = [
            (await counter.explain(tea, location_id=str(place), **at_count))["balance"]
            for place in (MAIN_ID, DISCREPANCY_ID)
        ]
        assert (shelf, drawn) == ("8.000", "-1.000")
        at_new_year = counted_at - timedelta(seconds=1)
        then = await counter.explain(tea, basis="recorded", at=at_new_year.isoformat())
        assert then["balance"] == "0.000"
        assert await drifts(services) == []

        await counter.posted(row(tea, "0"))
        assert (await counter.explain(tea, location_id=str(DISCREPANCY_ID)))["balance"] == "0.000"
        assert await drifts(services) == []


class TestSoldBeyondTheBooks:
    async def test_a_count_clears_what_was_drawn_and_the_sales(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA", cost_micros=None)
        await counter.receive(tea, "1", at=MORNING)
        sale = await counter.sold(tea, "3", oversell=True)
        assert sale["needs_attention"] is True

        posted = await counter.posted(row(tea, "5"))

        assert await counter.till.on_hand(tea) == "5.000"
        (line,) = await counter.lines(posted)
        assert figures(line) == ("5.000", "-2.000", "7.000", "7.000")
        owed = await counter.explain(tea, location_id=str(DISCREPANCY_ID))
        assert (owed["balance"], owed["value"]["amount"]) == ("0.000", "0.00")
        shown = (await counter.till.get(f"/{sale['id']}")).json()
        assert (shown["needs_attention"], shown["version"]) == (False, sale["version"] + 1)
        assert await drifts(services) == []

    async def test_goods_sold_beyond_the_books_after_the_count_are_among_those_counted(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        count = await counter.open(tea)
        await counter.count(count, row(tea, "5"))
        sale = await counter.sold(tea, "3", oversell=True)

        await counter.post(count)

        assert await counter.till.on_hand(tea) == "2.000"
        assert (await counter.till.get(f"/{sale['id']}")).json()["needs_attention"] is False
        assert await drifts(services) == []

    async def test_what_cannot_have_been_there_stays_owed(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        count = await counter.open(tea)
        await counter.count(count, row(tea, "2"))
        sale = await counter.sold(tea, "3", oversell=True)

        await counter.post(count)

        assert await counter.till.on_hand(tea) == "0.000"
        owed = await counter.explain(tea, location_id=str(DISCREPANCY_ID))
        assert owed["balance"] == "-1.000"
        assert (await counter.till.get(f"/{sale['id']}")).json()["needs_attention"] is True
        assert await drifts(services) == []

    async def test_one_place_does_not_clear_another(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        back = await counter.till.stock.location("back")
        await counter.receive(tea, "1", at=MORNING)
        sale = await counter.sold(tea, "3", oversell=True)

        await counter.posted(row(tea, "4"), location_id=str(back))

        assert (await counter.explain(tea, location_id=str(DISCREPANCY_ID)))["balance"] == "-2.000"
        assert (await counter.till.get(f"/{sale['id']}")).json()["needs_attention"] is True
        assert await drifts(services) == []

    async def test_a_void_after_the_count_is_put_right_by_the_next(
        self, counter: Counter, services: Services
    ) -> None:
        tea = await counter.till.product("TEA")
        sale = await counter.sold(tea, "2", oversell=True)
        await counter.posted(row(tea, "5"))
        voided = await counter.till.post(f"/{sale['id']}/void", role=Role.MANAGER)
        assert voided.status_code == 200, voided.text
        assert await counter.till.on_hand(tea) == "5.000"

        posted = await counter.posted(row(tea, "7"))

        (line,) = await counter.lines(posted)
        assert figures(line) == ("7.000", "7.000", "0.000", "0.000")
        assert await counter.till.on_hand(tea) == "7.000"
        assert (await counter.explain(tea, location_id=str(DISCREPANCY_ID)))["balance"] == "0.000"
        assert await drifts(services) == []
