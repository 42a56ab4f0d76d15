"""Closed books: what is refused, what counts later, and what is undone only by a return."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, document_counters, outbox
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.returns import returns
from app.infrastructure.db.tables.shop import shop
from tests.fixtures.returning import Desk, back
from tests.fixtures.till import Json, Till, line
from tests.fixtures.waiting import until_one_waits

OPENINGS, RECEIPTS, ADJUSTMENTS = (
    f"/api/v1/inventory/{kind}" for kind in ("openings", "receipts", "adjustments")
)
TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
LAST_YEAR = TODAY.year - 1


@dataclass
class Ledger:
    """Closes and reopens the books over HTTP."""

    till: Till

    async def close(self, through: object, *, role: Role = Role.MANAGER) -> Response:
        return await self._post("close-period", {"through": str(through)}, role)

    async def reopen(
        self, through: object, *, reason: object = "A bill came late", role: Role = Role.ADMIN
    ) -> Response:
        day = None if through is None else str(through)
        return await self._post("reopen-period", {"through": day, "reason": reason}, role)

    async def post(self, path: str, body: dict[str, Any]) -> Response:
        headers = self.till.headers(Role.MANAGER)
        return await self.till.http.post(path, json=body, headers=headers)

    async def closed_through(self) -> date | None:
        [row] = await self.till.rows(shop)
        day: date | None = row["closed_through"]
        return day

    async def _post(self, verb: str, body: dict[str, object], role: Role) -> Response:
        headers = self.till.headers(role)
        return await self.till.http.post(f"/api/v1/shop/{verb}", json=body, headers=headers)


@pytest.fixture
def books(till: Till) -> Ledger:
    return Ledger(till)


def at(day: date, hour: int = 12) -> str:
    return f"{day.isoformat()}T{hour:02}:00:00Z"


def costed(product: ProductId) -> Json:
    return line(product, unit_cost="2.50")


async def moved_at(books: Ledger) -> list[datetime]:
    return [row["occurred_at"] for row in await books.till.rows(stock_movements)][1:]


def told(day: date, hour: int = 12, **members: object) -> dict[str, object]:
    """A completion in cash of a sale that took place on that day."""
    tenders = [{"kind": "cash", "amount": "10.00"}]
    return {"tenders": tenders, "occurred_at": at(day, hour), **members}


class TestClosing:
    async def test_closes_all_days_up_to_one_that_is_over(self, books: Ledger) -> None:
        closed = await books.close(YESTERDAY)

        assert (closed.status_code, closed.headers["ETag"]) == (200, '"2"')
        assert closed.json()["closed_through"] == YESTERDAY.isoformat()
        assert await books.closed_through() == YESTERDAY
        [row] = await books.till.rows(audit_log)
        assert (row["action"], row["changes"]) == (
            "shop.period_closed",
            {"closed_through": {"before": None, "after": YESTERDAY.isoformat()}},
        )
        [event] = await books.till.rows(outbox)
        assert (event["name"], event["payload"]) == (
            "shop.period_closed",
            {"subject": closed.json()["id"], "closed_through": YESTERDAY.isoformat()},
        )

    async def test_again_changes_nothing_and_back_is_refused(self, books: Ledger) -> None:
        await books.close(YESTERDAY)

        again = await books.close(YESTERDAY)
        back = await books.close(YESTERDAY - timedelta(days=1))

        assert (again.status_code, again.json()["version"]) == (200, 2)
        assert (back.status_code, back.json()["code"]) == (409, "period_closed_already")
        assert await books.closed_through() == YESTERDAY
        assert len(await books.till.rows(audit_log)) == 1

    @pytest.mark.parametrize("day", [TODAY, TODAY + timedelta(days=1), "9999-12-31"])
    async def test_a_day_that_is_not_over_stays_open(self, books: Ledger, day: object) -> None:
        refused = await books.close(day)

        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/through"]
        assert await books.closed_through() is None

    async def test_is_for_managers_and_reopening_for_admins(self, books: Ledger) -> None:
        assert (await books.close(YESTERDAY, role=Role.CLERK)).status_code == 403
        assert await books.closed_through() is None
        await books.close(YESTERDAY)
        assert (await books.reopen(None, role=Role.MANAGER)).status_code == 403
        assert await books.closed_through() == YESTERDAY

    async def test_reopening_says_why(self, books: Ledger) -> None:
        await books.close(YESTERDAY)
        earlier = YESTERDAY - timedelta(days=30)

        for reason in ("", " ", None):
            assert (await books.reopen(None, reason=reason)).status_code == 422
        too_far = await books.reopen(TODAY)
        opened = await books.reopen(earlier)

        assert (too_far.status_code, too_far.json()["code"]) == (409, "period_not_closed")
        assert opened.json()["closed_through"] == earlier.isoformat()
        assert (await books.reopen(None)).json()["closed_through"] is None
        rows = [row for row in await books.till.rows(audit_log) if "reopened" in row["action"]]
        assert [(row["changes"], row["note"]) for row in rows] == [
            (
                {"closed_through": {"before": str(YESTERDAY), "after": str(earlier)}},
                {"reason": "A bill came late"},
            ),
            (
                {"closed_through": {"before": str(earlier), "after": None}},
                {"reason": "A bill came late"},
            ),
        ]


class TestDocuments:
    async def test_of_a_closed_day_are_refused_and_told_the_first_open_one(
        self, books: Ledger
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        await books.close(YESTERDAY)

        for path, body in (
            (OPENINGS, {"lines": [costed(tea)]}),
            (RECEIPTS, {"lines": [costed(tea)]}),
            (
                ADJUSTMENTS,
                {"lines": [{"product_id": str(tea), "change": "-1"}], "reason": "damage"},
            ),
        ):
            before = await till.footprint()
            refused = await books.post(path, body | {"occurred_at": at(YESTERDAY)})
            problem = refused.json()
            assert (refused.status_code, problem["code"]) == (409, "period_closed")
            assert problem["first_open_day"] == TODAY.isoformat()
            assert [fault["pointer"] for fault in problem["errors"]] == ["/occurred_at"]
            assert await till.footprint() == before
            assert (await books.post(path, body)).status_code == 201, path

    async def test_days_are_those_of_the_shop(self, books: Ledger) -> None:
        await books.till.set_shop(time_zone="Pacific/Kiritimati")  # 14 hours ahead
        tea = await books.till.product("TEA", on_hand="9")
        day = YESTERDAY - timedelta(days=1)
        await books.close(day)
        body = {"lines": [costed(tea)]}

        refused = await books.post(RECEIPTS, body | {"occurred_at": f"{day}T09:59:59Z"})
        taken = await books.post(RECEIPTS, body | {"occurred_at": f"{day}T10:00:00Z"})

        assert (refused.status_code, taken.status_code) == (409, 201)

    async def test_a_zone_in_which_today_is_closed_is_not_taken(self, books: Ledger) -> None:
        await books.till.set_shop(closed_through=TODAY)
        headers = books.till.headers(Role.MANAGER) | {"If-Match": '"1"'}

        refused = await books.till.http.patch(
            "/api/v1/shop", json={"time_zone": "Pacific/Niue"}, headers=headers
        )

        assert (refused.status_code, refused.json()["code"]) == (409, "period_closed")


@pytest.mark.case("PUR-08")
class TestLateSales:
    async def test_keep_their_time_and_count_from_the_first_open_day(self, books: Ledger) -> None:
        till = books.till
        await till.set_shop(time_zone="Europe/Berlin")
        tea = await till.product("TEA", on_hand="9", value_minor=27_00)
        day = date(LAST_YEAR, 7, 31)
        await books.close(day)

        sold = await till.draft(line(tea), complete=told(day - timedelta(days=3)))

        sale = sold.json()
        assert sold.status_code == 201, sold.text
        assert sale["occurred_at"] == f"{LAST_YEAR}-07-28T12:00:00Z"
        assert sale["posted_at"] == f"{LAST_YEAR}-07-31T22:00:00Z"
        assert sale["number"] == f"S-{LAST_YEAR}-000001"
        [item] = (await till.get()).json()["items"]
        assert item["posted_at"] == sale["posted_at"]
        assert await moved_at(books) == [datetime(LAST_YEAR, 7, 28, 12, tzinfo=UTC)]

    async def test_a_sale_of_an_open_day_counts_when_it_happened(self, books: Ledger) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")

        draft = (await till.draft(line(tea))).json()
        told_late = await till.draft(line(tea), complete=told(YESTERDAY))
        now = (await till.sell(line(tea), cash="10.00")).json()

        assert draft["posted_at"] is None
        assert told_late.json()["posted_at"] == at(YESTERDAY)
        assert now["posted_at"] == now["occurred_at"] == now["completed_at"]

    async def test_numbers_run_by_the_year_of_the_posting_date_without_gaps(
        self, books: Ledger
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        new_year = date(LAST_YEAR, 12, 31)

        numbers = []
        for day in (new_year, TODAY, new_year):
            sold = await till.draft(line(tea), complete=told(day, hour=0))
            numbers.append(sold.json()["number"])
        await books.close(new_year)
        sold = await till.draft(line(tea), complete=told(new_year))
        numbers.append(sold.json()["number"])

        assert numbers == [
            f"S-{LAST_YEAR}-000001",
            f"S-{TODAY.year}-000001",
            f"S-{LAST_YEAR}-000002",
            f"S-{TODAY.year}-000002",
        ]
        assert {(row["year"], row["last"]) for row in await till.rows(document_counters)} == {
            (LAST_YEAR, 2),
            (TODAY.year, 2),
        }


class TestUndoing:
    async def test_a_sale_of_a_closed_day_is_not_voided_but_comes_back(
        self, books: Ledger, desk: Desk
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9", value_minor=27_00)
        sale = (await till.draft(line(tea), complete=told(YESTERDAY))).json()
        await books.close(YESTERDAY)
        before = await till.footprint()

        refused = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)
        assert (refused.status_code, refused.json()["code"]) == (409, "period_closed")
        assert refused.json()["first_open_day"] == TODAY.isoformat()
        assert await till.footprint() == before

        assert (await desk.take(sale, back(sale))).status_code == 201

    async def test_a_late_sale_is_voided_while_the_day_it_counts_on_is_open(
        self, books: Ledger
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        await books.close(YESTERDAY)
        sale = (await till.draft(line(tea), complete=told(YESTERDAY))).json()

        assert (await till.post(f"/{sale['id']}/void", role=Role.MANAGER)).status_code == 200

    async def test_reopening_lets_it_be_voided(self, books: Ledger) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        sale = (await till.draft(line(tea), complete=told(YESTERDAY))).json()
        await books.close(YESTERDAY)
        await books.reopen(None)

        assert (await till.post(f"/{sale['id']}/void", role=Role.MANAGER)).status_code == 200


class TestLateReturns:
    async def test_keep_their_time_and_count_from_the_first_open_day(
        self, books: Ledger, desk: Desk
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9", value_minor=27_00)
        day = date(LAST_YEAR, 12, 30)
        sale = (await till.draft(line(tea, "2"), complete=told(
            day, tenders=[{"kind": "cash", "amount": "20.00"}]
        ))).json()  # fmt: skip
        open_ = await desk.ask(sale, back(sale), complete={"occurred_at": at(day, 13)})
        await books.close(day)
        closed = await desk.ask(sale, back(sale), complete={"occurred_at": at(day, 14)})

        assert [
            (found["number"], found["occurred_at"], found["posted_at"])
            for found in (open_.json(), closed.json())
        ] == [
            (f"CN-{LAST_YEAR}-000001", at(day, 13), at(day, 13)),
            (f"CN-{LAST_YEAR}-000002", at(day, 14), f"{LAST_YEAR}-12-31T00:00:00Z"),
        ]
        assert [moment.hour for moment in await moved_at(books)] == [12, 13, 14]
        assert [row["posted_at"].day for row in await till.rows(returns)] == [30, 31]

    async def test_refunding_what_was_received_takes_a_time_too(
        self, books: Ledger, desk: Desk
    ) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        sale = (await till.draft(line(tea), complete=told(YESTERDAY, 0))).json()
        asked = (await desk.ask(sale, back(sale))).json()
        for verb in ("approve", "receive"):
            assert (await desk.step(asked, verb)).status_code == 200
        assert (await desk.get(f"/{asked['id']}")).json()["posted_at"] is None

        paid = await desk.step(asked, "refund", {"occurred_at": at(YESTERDAY, 1)})

        assert paid.json()["posted_at"] == paid.json()["occurred_at"] == at(YESTERDAY, 1)

    @pytest.mark.parametrize(
        ("moment", "pointer"),
        [
            (at(TODAY + timedelta(days=1)), "/complete/occurred_at"),
            (at(YESTERDAY, 11), "/complete/occurred_at"),
        ],
    )
    async def test_do_not_happen_ahead_of_now_nor_before_the_sale(
        self, books: Ledger, desk: Desk, moment: str, pointer: str
    ) -> None:
        tea = await books.till.product("TEA", on_hand="9")
        sale = (await books.till.draft(line(tea), complete=told(YESTERDAY))).json()
        before = await desk.footprint()

        refused = await desk.ask(sale, back(sale), complete={"occurred_at": moment})

        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
        assert await desk.footprint() == before


class TestRaces:
    async def test_closing_waits_for_what_is_being_posted(self, books: Ledger) -> None:
        """Whoever read that a day is open posts to it before it is closed."""
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        async with till.stock.work() as work:
            read = await work.stock_documents.room(MAIN_ID)
            closing = asyncio.create_task(books.close(YESTERDAY))
            if till.stock.engine.dialect.name == "postgresql":
                await until_one_waits(till.stock.engine)
            assert read.books.closed_through is None
            assert not closing.done()
            await work.ledger.post(till.stock.posting(till.stock.moves_in(tea, "1", 100)))
            await work.commit()

        assert (await closing).status_code == 200

    async def test_a_sale_waits_for_closing_and_counts_later(self, books: Ledger) -> None:
        till = books.till
        tea = await till.product("TEA", on_hand="9")
        async with till.stock.engine.begin() as connection:
            await connection.execute(shop.update().values(closed_through=YESTERDAY))
            selling = asyncio.create_task(till.draft(line(tea), complete=told(YESTERDAY)))
            receiving = asyncio.create_task(
                books.post(RECEIPTS, {"lines": [costed(tea)], "occurred_at": at(YESTERDAY)})
            )
            if till.stock.engine.dialect.name == "postgresql":
                await until_one_waits(till.stock.engine)

        assert (await selling).json()["posted_at"] == at(TODAY, 0)
        assert (await receiving).json()["code"] == "period_closed"
