"""Counts over HTTP: the sheet, what is recorded on it, its steps, and single levels."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

from app.domain.auth.roles import Role
from app.domain.inventory.locations import ADJUSTMENT_ID, MAIN_ID, TRANSIT_ID
from app.infrastructure.db.tables.foundation import outbox
from tests.fixtures.counting import Counter, row
from tests.fixtures.goods import Goods, faults
from tests.fixtures.people import PEOPLE
from tests.fixtures.till import KILOGRAM, Json

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOON = DAY.replace(hour=12)
MINUTE = timedelta(minutes=1)


def shown(line: Json, *names: str) -> tuple[object, ...]:
    return tuple(line[name] for name in names)


class TestOpen:
    async def test_of_a_location_lists_what_lies_there(self, counter: Counter) -> None:
        till = counter.till
        tea = await till.product("TEA", on_hand="3")
        await till.product("NONE")
        await till.product("FEE", tracks_stock=False)
        short = await till.product("SHORT")
        await counter.sold(short, oversell=True)

        count = await counter.open(note="Spring")

        assert {name: count[name] for name in ("number", "status", "scope", "location_code",
                                               "note", "blind", "user_id", "version")} == {
            "number": None, "status": "counting", "scope": "location", "location_code": "main",
            "note": "Spring", "blind": False, "version": 1,
            "user_id": str(PEOPLE[Role.CLERK].user_id),
        }  # fmt: skip
        assert count["totals"] == {"lines": 2, "counted": 0, "differing": 0, "disputed": 0}
        lines = await counter.lines(count)
        assert [shown(line, "product_id", "sku", "expected", "found", "counted", "book")
                for line in lines] == [
            (str(short), "SHORT", "0.000", False, None, None),
            (str(tea), "TEA", "3.000", False, None, None),
        ]  # fmt: skip
        assert (await counter.get(f"/{count['id']}")).json() == count
        (listed,) = (await counter.get()).json()["items"]
        assert listed == {name: value for name, value in count.items() if name != "totals"}

    async def test_of_a_category_has_all_below_it(self, counter: Counter, goods: Goods) -> None:
        drinks = await goods.category("Drinks")
        teas = await goods.category("Teas", drinks)
        other = await goods.category("Other")
        for sku, category in (("A", drinks), ("B", teas), ("C", other)):
            product = await goods.product(sku, category_id=category["id"])
            line = {"product_id": product["id"], "quantity": "2", "unit_cost": "1"}
            await goods.post("/inventory/receipts", {"lines": [line]})

        count = await counter.open(category_id=drinks["id"])

        assert [line["sku"] for line in await counter.lines(count)] == ["A", "B"]
        assert shown(count, "scope", "category_id") == ("category", drinks["id"])

    async def test_refuses_what_cannot_be_counted(self, counter: Counter) -> None:
        fee = await counter.till.product("FEE", tracks_stock=False)
        before = await counter.footprint()
        bodies: list[tuple[Json, tuple[int, str], list[tuple[str, str]]]] = [
            ({"product_ids": [str(fee)]}, (422, "invalid_value"),
             [("/product_ids/0", "not_stocked")]),
            ({"product_ids": ["0" * 26]}, (422, "unknown_reference"),
             [("/product_ids/0", "unknown_reference")]),
            ({"location_id": "0" * 26}, (422, "unknown_reference"),
             [("/location_id", "unknown_reference")]),
            ({"location_id": str(ADJUSTMENT_ID)}, (422, "invalid_value"),
             [("/location_id", "invalid_value")]),
            ({"location_id": str(TRANSIT_ID)}, (422, "invalid_value"),
             [("/location_id", "invalid_value")]),
            ({"category_id": "0" * 26}, (422, "unknown_reference"),
             [("/category_id", "unknown_reference")]),
            ({"category_id": "0" * 26, "product_ids": [str(fee)]}, (422, "invalid_request"),
             [("", "one_of")]),
        ]  # fmt: skip
        for body, refusal, named in bodies:
            answer = await counter.send("POST", "/api/v1/inventory/counts", body, role=Role.CLERK)
            assert (answer.status_code, answer.json()["code"]) == refusal, body
            assert faults(answer) == named
        assert await counter.footprint() == before


class TestRecord:
    async def test_keeps_all_and_lets_the_later_instant_hold(self, counter: Counter) -> None:
        tea, found = await counter.till.product("TEA", on_hand="9"), await counter.till.product("F")
        count = await counter.open(tea)

        await counter.count(count, row(tea, "8", NOON), row(found, "1", NOON))
        counted = await counter.count(count, row(tea, "7", NOON - MINUTE), role=Role.MANAGER)

        assert counted["totals"] == {"lines": 2, "counted": 2, "differing": 0, "disputed": 0}
        assert [shown(line, "sku", "found", "counted", "counted_by")
                for line in await counter.lines(count)] == [
            ("F", True, "1.000", str(PEOPLE[Role.CLERK].user_id)),
            ("TEA", False, "8.000", str(PEOPLE[Role.CLERK].user_id)),
        ]  # fmt: skip
        entries = (await counter.get(f"/{count['id']}/entries", product_id=str(tea))).json()
        assert [shown(entry, "counted", "user_id") for entry in entries["items"]] == [
            ("8.000", str(PEOPLE[Role.CLERK].user_id)),
            ("7.000", str(PEOPLE[Role.MANAGER].user_id)),
        ]
        reviewed = (await counter.step(count, "review")).json()
        assert (reviewed["status"], reviewed["totals"]["disputed"]) == ("review", 1)
        (line,) = await counter.lines(count, disputed="true")
        assert line["sku"] == "TEA"

    async def test_a_sale_between_two_counts_is_no_dispute(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA")
        await counter.receive(tea, "9", at=DAY)
        await counter.sold(tea, "2", at=NOON)
        count = await counter.open(tea)
        await counter.count(count, row(tea, "9", NOON - MINUTE))
        await counter.count(count, row(tea, "7", NOON + MINUTE), role=Role.MANAGER)

        reviewed = (await counter.step(count, "review")).json()

        assert reviewed["totals"] == {"lines": 1, "counted": 1, "differing": 0, "disputed": 0}

    async def test_passes_over_what_was_sent_before(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        count = await counter.open(tea)
        sent = row(tea, "8", NOON, client_id="a-1")
        await counter.count(count, sent)
        await counter.count(count, row(tea, "6", NOON + MINUTE, client_id="a-2"))
        before = await counter.footprint()

        await counter.count(count, sent)
        taken = await counter.step(
            count, "lines", {"lines": [row(tea, "5", NOON, client_id="a-1")]}
        )

        assert (taken.status_code, taken.json()["code"]) == (409, "client_id_taken")
        assert faults(taken) == [("/lines/0/client_id", "client_id_taken")]
        assert await counter.footprint() == before
        assert (await counter.lines(count))[0]["counted"] == "6.000"

    async def test_refuses_every_fault_at_once(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        fee = await counter.till.product("FEE", tracks_stock=False)
        flour = await counter.till.product("FLOUR", unit=KILOGRAM)
        count = await counter.open(tea)
        before = await counter.footprint()
        tomorrow = datetime.now(UTC) + timedelta(days=1)

        answer = await counter.step(count, "lines", {"lines": [
            row(tea, "1.5"), row(fee, "1"), row(tea, "1", tomorrow), row(flour, "0.125"),
        ]})  # fmt: skip

        assert answer.status_code == 422
        assert sorted(faults(answer)) == [
            ("/lines/0/counted", "invalid_value"),
            ("/lines/1/product_id", "not_stocked"),
            ("/lines/2/counted_at", "invalid_value"),
        ]
        assert await counter.footprint() == before

    async def test_a_clock_that_is_fast_is_set_back(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        soon = datetime.now(UTC) + 2 * MINUTE
        posted = await counter.posted(row(tea, "8", soon))

        assert (await counter.lines(posted))[0]["counted_at"] < soon.isoformat()
        await counter.sold(tea, "1")
        assert await counter.till.on_hand(tea) == "7.000"


class TestSteps:
    async def test_what_is_counted_in_review_is_reviewed_again(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        count = await counter.open(tea)
        await counter.count(count, row(tea, "8"))
        assert (await counter.step(count, "review")).status_code == 200

        again = await counter.count(count, row(tea, "9"))

        assert (again["status"], again["version"]) == ("counting", 3)
        refused = await counter.step(count, "post")
        assert refused.json()["code"] == "wrong_stocktake_status"
        assert (await counter.post(count))["status"] == "posted"

    async def test_out_of_turn_is_refused(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        count = await counter.open(tea)
        empty = await counter.step(count, "review")
        assert (empty.status_code, empty.json()["code"]) == (409, "nothing_counted")
        stale = await counter.step(count, "cancel", version=7)
        assert stale.json()["code"] == "version_conflict"
        await counter.posted(row(tea, "8"))
        cancelled = (await counter.step(count, "cancel", {"reason": "No time"})).json()
        assert shown(cancelled, "status", "close_reason") == ("cancelled", "No time")
        before = await counter.footprint()
        for verb, body in (("lines", {"lines": [row(tea, "1")]}), ("review", None),
                           ("post", None), ("cancel", None)):  # fmt: skip
            refused = await counter.step(count, verb, body)
            assert (refused.status_code, refused.json()["count_status"]) == (409, "cancelled"), verb
        assert await counter.footprint() == before

    async def test_what_nobody_counted_can_count_as_not_there(self, counter: Counter) -> None:
        till = counter.till
        tea, rope = await till.product("TEA", on_hand="9"), await till.product("ROPE", on_hand="4")
        count = await counter.open()
        await counter.count(count, row(tea, "9"))

        reviewed = (await counter.step(count, "review", {"uncounted": "none"})).json()
        posted = (await counter.step(count, "post")).json()

        assert reviewed["totals"] == {"lines": 2, "counted": 2, "differing": 1, "disputed": 0}
        assert posted["posted_by"] == str(PEOPLE[Role.MANAGER].user_id)
        assert (await till.on_hand(tea), await till.on_hand(rope)) == ("9.000", "0.000")
        (line,) = await counter.lines(count, differing="true")
        assert shown(line, "sku", "variance") == ("ROPE", "-4.000")

    async def test_posting_tells_what_changed(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9", value_minor=18_00)
        posted = await counter.posted(row(tea, "11", NOON, unit_cost="5.00"))

        events = sorted(await counter.till.rows(outbox), key=lambda event: event["id"])
        told = [event for event in events if event["name"].startswith("stocktake.")]
        assert sorted(event["name"] for event in told) == [
            "stocktake.levels_changed", "stocktake.opened", "stocktake.posted",
            "stocktake.reviewed",
        ]  # fmt: skip
        (changed,) = [e["payload"] for e in told if e["name"] == "stocktake.levels_changed"]
        assert changed["lines"] == [
            {"product_id": str(tea), "sku": "TEA", "counted": "11.000", "variance": "11.000",
             "counted_at": NOON.isoformat()},
        ]  # fmt: skip
        # The nine came after the instant, so there are twenty now.
        assert (await counter.till.stock.holdings())[tea] == ("20.000", 73_00)
        assert (await counter.get(number=posted["number"])).json()["items"][0]["id"] == posted["id"]

    async def test_a_product_that_is_kept_otherwise_is_not_posted(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA")
        count = await counter.open(tea)
        await counter.count(count, row(tea, "8"))
        assert (await counter.step(count, "review")).is_success
        await counter.till.change_product(tea, unit_id=KILOGRAM)
        before = await counter.footprint()

        refused = await counter.step(count, "post")

        assert (refused.status_code, refused.json()["code"]) == (409, "count_outdated")
        assert await counter.footprint() == before


class TestBlind:
    async def test_hides_the_books_from_whoever_cannot_post(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        count = await counter.open(tea, blind=True)
        await counter.count(count, row(tea, "8"))
        assert (await counter.step(count, "review")).is_success

        (hidden,) = await counter.lines(count, role=Role.CLERK)
        (seen,) = await counter.lines(count)

        names = ("expected", "book", "variance")
        assert shown(hidden, *names) == (None, None, None)
        assert shown(seen, *names) == ("9.000", "9.000", "-1.000")
        assert (await counter.step(count, "post")).is_success
        assert (await counter.lines(count, role=Role.CLERK))[0]["variance"] == "-1.000"

    async def test_the_sheet_is_safe_to_open(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9", name="=HYPERLINK(1)")
        count = await counter.open(tea, blind=True)
        await counter.count(count, row(tea, "8", NOON))

        sheets = [
            (await counter.get(f"/{count['id']}/sheet.csv", role=role)).content
            for role in (Role.MANAGER, Role.CLERK)
        ]

        full, blind = (list(csv.reader(StringIO(s.decode("utf-8-sig")))) for s in sheets)
        assert full == [
            ["sku", "name", "unit", "location", "expected", "counted", "counted_at"],
            ["TEA", "'=HYPERLINK(1)", "piece", "main", "9.000", "8.000", NOON.isoformat()],
        ]
        assert blind[0] == ["sku", "name", "unit", "location", "counted", "counted_at"]


class TestSetLevel:
    async def test_holds_while_the_stock_is_as_expected(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9", value_minor=18_00)

        done = await counter.set_level(tea, "7", "9", Idempotency_Key="level-1")
        again = await counter.set_level(tea, "7", "9", Idempotency_Key="level-1")

        assert done.status_code == 200
        level = done.json()
        assert shown(level, "product_id", "location_id", "before", "on_hand") == (
            str(tea), str(MAIN_ID), "9.000", "7.000",
        )  # fmt: skip
        assert again.json() == level
        assert again.headers["Idempotency-Replayed"] == "true"
        (line,) = await counter.lines({"id": level["count_id"]})
        assert shown(line, "counted", "variance") == ("7.000", "-2.000")
        assert (await counter.get(f"/{level['count_id']}")).json()["number"] == level["number"]

    async def test_is_refused_once_it_moved(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")
        before = await counter.footprint()

        refused = await counter.set_level(tea, "7", "10")

        assert (refused.status_code, refused.json()["code"]) == (409, "level_changed")
        assert (refused.json()["on_hand"], faults(refused)) == (
            "9.000", [("/expected", "level_changed")],
        )  # fmt: skip
        assert await counter.footprint() == before

    async def test_names_faults_in_its_own_body(self, counter: Counter) -> None:
        tea = await counter.till.product("TEA", on_hand="9")

        assert faults(await counter.set_level(tea, "7.5", "9")) == [("/counted", "invalid_value")]
        unknown = await counter.set_level(tea, "7", "9", at=type(MAIN_ID)(int=77))
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        under_way = await counter.set_level(tea, "1", "0", at=TRANSIT_ID)
        assert (under_way.status_code, under_way.json()["code"]) == (422, "invalid_value")
        assert (await counter.set_level(tea, "7", "9", role=Role.CLERK)).status_code == 403
