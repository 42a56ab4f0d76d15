"""Voids: the number stays, goods come back once and at the cost they left at."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.auth.roles import Role
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.till import SALES, Json, Till, line


async def void(till: Till, sale: Json, body: Json | None = None, role: Role = Role.MANAGER) -> Json:
    answer = await till.post(f"/{sale['id']}/void", body, role=role)
    return {"status_code": answer.status_code} | answer.json()


class TestVoid:
    @pytest.mark.case("SAL-10")
    async def test_brings_every_line_back_and_keeps_the_number(self, till: Till) -> None:
        goods = [await till.product(name, on_hand="9", value_minor=27_00) for name in "ABC"]
        sale = (await till.sell(*(line(each, "2") for each in goods), cash="60.00")).json()
        await till.stock.receive(goods[0], "1", 100_00)

        voided = await void(till, sale, {"reason": "Wrong size"})

        assert (voided["status_code"], voided["status"]) == (200, "voided")
        assert (voided["number"], voided["goods_back"]) == (sale["number"], True)
        assert voided["void_reason"] == "Wrong size"
        assert (await till.stock.movements())[-3:] == [
            (each, CUSTOMER_ID, MAIN_ID, "2.000", 6_00) for each in goods
        ]
        assert await till.stock.holdings() == {
            goods[0]: ("10.000", 127_00),
            goods[1]: ("9.000", 27_00),
            goods[2]: ("9.000", 27_00),
        }
        receipt = (await till.get(f"/{sale['id']}/receipt")).json()
        assert (receipt["number"], receipt["voided_at"]) == (sale["number"], voided["voided_at"])

    @pytest.mark.case("SAL-10")
    async def test_goods_that_stay_away_move_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()
        movements = await till.stock.movements()

        voided = await void(till, sale, {"goods_back": False})

        assert (voided["status"], voided["goods_back"]) == ("voided", False)
        assert await till.stock.movements() == movements
        assert await till.on_hand(tea) == "3.000"

    @pytest.mark.case("INV-04")
    async def test_counts_once_whoever_asks_how_often(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="15")
        sale = (await till.sell(line(tea, "5"), cash="50.00")).json()

        first = await void(till, sale)
        again = await void(till, sale)
        others = await asyncio.gather(
            *(void(till, sale, role=role) for role in (Role.ADMIN, Role.MANAGER))
        )

        assert first["status_code"] == 200
        assert [(each["status_code"], each["code"]) for each in (again, *others)] == [
            (409, "sale_already_voided")
        ] * 3
        assert await till.on_hand(tea) == "15.000"
        assert len(await till.stock.movements()) == 3

    @pytest.mark.case("INV-04")
    async def test_by_two_at_once_counts_once(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="15")
        sale = (await till.sell(line(tea, "5"), cash="50.00")).json()

        answers = await asyncio.gather(
            *(void(till, sale, role=role) for role in (Role.ADMIN, Role.MANAGER) * 3)
        )

        assert sorted(each["status_code"] for each in answers) == [200] + [409] * 5
        assert await till.on_hand(tea) == "15.000"

    @pytest.mark.case("INV-04")
    async def test_of_a_draft_moves_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="15")
        draft = (await till.draft(line(tea, "5"))).json()

        cancelled = await void(till, draft, role=Role.CASHIER)
        completed = await till.post(f"/{draft['id']}/complete", {"tenders": []})

        assert (cancelled["status"], cancelled["number"]) == ("voided", None)
        assert cancelled["goods_back"] is None
        assert (completed.status_code, completed.json()["code"]) == (409, "sale_not_draft")
        assert await till.on_hand(tea) == "15.000"

    @pytest.mark.case("SAL-09")
    async def test_then_delete_moves_nothing_more(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="15")
        shown = [await till.on_hand(tea)]
        sale = (await till.sell(line(tea, "3"), cash="30.00")).json()
        shown.append(await till.on_hand(tea))
        await void(till, sale)
        shown.append(await till.on_hand(tea))

        deleted = await till.http.delete(f"{SALES}/{sale['id']}", headers=till.headers(Role.ADMIN))

        shown.append(await till.on_hand(tea))
        assert deleted.status_code == 405
        assert shown == ["15.000", "12.000", "15.000", "15.000"]
        assert (await till.get(f"/{sale['id']}")).json()["status"] == "voided"

    async def test_shortfall_goes_back_where_it_came_from(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1", value_minor=4_00)
        sale = (await till.sell(line(tea, "3"), cash="30.00", oversell=True)).json()

        voided = await void(till, sale)

        assert voided["needs_attention"] is False
        assert (await till.stock.movements())[-2:] == [
            (tea, CUSTOMER_ID, MAIN_ID, "1.000", 4_00),
            (tea, CUSTOMER_ID, DISCREPANCY_ID, "2.000", 8_00),
        ]
        assert await till.stock.holdings() == {tea: ("1.000", 4_00)}

    async def test_number_of_a_voided_sale_is_not_given_again(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        first = (await till.sell(line(fee), cash="10.00")).json()
        await void(till, first)

        second = (await till.sell(line(fee), cash="10.00")).json()

        assert (first["number"][-6:], second["number"][-6:]) == ("000001", "000002")

    async def test_is_audited(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        sale = (await till.sell(line(tea), cash="10.00")).json()

        await void(till, sale, {"reason": "Typed twice"})

        entry = (await till.rows(audit_log))[-1]
        assert entry["action"] == "sale.voided"
        assert entry["changes"] == {
            "status": {"before": "completed", "after": "voided"},
            "TEA": {"before": "4.000", "after": "5.000"},
        }
        assert entry["note"] == {
            "number": sale["number"],
            "goods_back": True,
            "reason": "Typed twice",
            "reversed_movements": 1,
            "refunds": [{"kind": "cash", "amount": "10.00"}],
        }

    async def test_of_a_posted_sale_is_not_the_cashiers(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        before = await till.footprint()

        refused = await void(till, sale, role=Role.CASHIER)

        assert (refused["status_code"], refused["code"]) == (403, "permission_denied")
        assert await till.footprint() == before | {"audit_log": before["audit_log"] + 1}
        noted = (await till.rows(audit_log))[-1]
        assert (noted["action"], noted["note"]) == ("access.denied", {"permission": "sales.void"})
        (row,) = await till.rows(sales)
        assert row["status"] == "completed"

    async def test_refuses_a_reason_that_cannot_be_printed(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        sale = (await till.sell(line(fee), cash="10.00")).json()

        for reason in ("", "a\x00b", "x" * 256):
            refused = await void(till, sale, {"reason": reason})
            assert refused["status_code"] == 422
            assert [error["pointer"] for error in refused["errors"]] == ["/reason"]
        assert (await till.get(f"/{sale['id']}")).json() == sale
