"""No more comes back than was sold, and no more is paid back than was paid."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.returning import Desk, back
from tests.fixtures.till import Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def tender(kind: str, amount: str) -> Json:
    return {"kind": kind, "amount": amount}


async def sold(till: Till, quantity: str = "2", paid: str = "20.00") -> Json:
    tea = await till.product("TEA", on_hand="9")
    sale: Json = (await till.sell(line(tea, quantity), cash=paid)).json()
    return sale


class TestQuantity:
    @pytest.mark.case("RET-01")
    async def test_of_all_returns_is_at_most_what_was_sold(self, till: Till, desk: Desk) -> None:
        sale = await sold(till)
        for _ in range(2):
            assert (await desk.take(sale, back(sale))).status_code == 201
        before = await desk.footprint()

        third = await desk.take(sale, back(sale))

        assert third.status_code == 409
        problem = third.json()
        assert problem["code"] == "return_exceeds_sale"
        assert [e["pointer"] for e in problem["errors"]] == ["/lines/0/quantity"]
        assert problem["lines"] == [
            {"sale_line_id": sale["lines"][0]["id"], "requested": "1.000", "remaining": "0.000"}
        ]
        assert await desk.footprint() == before

    async def test_counts_lines_not_products(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="9")
        lines = (line(tea, "1"), line(tea, "3", unit_price="8.00"))
        sale = (await till.sell(*lines, cash="34.00")).json()

        refused = await desk.take(
            sale, back(sale, 0), back(sale, 1, "2"), back(sale, 0), back(sale, 1, "2", "scrap")
        )

        assert [e["pointer"] for e in refused.json()["errors"]] == [
            "/lines/2/quantity", "/lines/3/quantity",
        ]  # fmt: skip
        assert refused.json()["lines"] == [
            {"sale_line_id": sale["lines"][0]["id"], "requested": "2.000", "remaining": "1.000"},
            {"sale_line_id": sale["lines"][1]["id"], "requested": "4.000", "remaining": "3.000"},
        ]
        assert (await desk.take(sale, back(sale, 0), back(sale, 1, "3"))).status_code == 201

    async def test_is_more_than_nothing_and_fits_the_unit(self, till: Till, desk: Desk) -> None:
        sale = await sold(till)
        before = await desk.footprint()

        for quantity in ("0", "0.5"):
            refused = await desk.take(sale, back(sale, quantity=quantity))
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
            assert refused.json()["errors"][0]["pointer"] == "/lines/0/quantity"

        assert await desk.footprint() == before

    async def test_only_of_lines_of_this_sale(self, till: Till, desk: Desk) -> None:
        first = await sold(till)
        jam = await till.product("JAM", on_hand="1")
        other = (await till.sell(line(jam), cash="10.00")).json()

        strange = await desk.take(first, back(other))
        product = await desk.take(first, {"product_id": str(jam), "quantity": "1",
                                          "disposition": "none"})  # fmt: skip
        no_sale = await desk.take({"id": "01JZ8Q4T7W3N5R9X2B6C8D0E1F"}, back(first))

        assert (strange.status_code, strange.json()["code"]) == (422, "unknown_reference")
        assert strange.json()["errors"][0]["pointer"] == "/lines/0/sale_line_id"
        assert [e["pointer"] for e in product.json()["errors"]] == [
            "/lines/0/sale_line_id", "/lines/0/product_id",
        ]  # fmt: skip
        assert (no_sale.status_code, no_sale.json()["code"]) == (422, "unknown_reference")
        assert no_sale.json()["errors"][0]["pointer"] == "/sale_id"

    async def test_at_the_price_that_was_paid(self, till: Till, desk: Desk) -> None:
        sale = await sold(till)
        before = await desk.footprint()

        priced = await desk.ask(sale, back(sale, unit_price="5.00"))

        assert (priced.status_code, priced.json()["code"]) == (422, "invalid_value")
        assert [(e["pointer"], e["detail"]) for e in priced.json()["errors"]] == [
            ("/lines/0/unit_price", "has no place beside sale_line_id")
        ]
        assert await desk.footprint() == before

    async def test_nothing_comes_back_of_drafts_and_voided_sales(
        self, till: Till, desk: Desk
    ) -> None:
        sale = await sold(till)
        draft = (await till.draft(line(await till.product("JAM")))).json()
        assert (await till.post(f"/{sale['id']}/void", role=Role.MANAGER)).status_code == 200
        before = await desk.footprint()

        answers = [await desk.take(each, back(each)) for each in (sale, draft)]

        assert [(a.status_code, a.json()["code"]) for a in answers] == [
            (409, "sale_not_returnable")
        ] * 2
        assert await desk.footprint() == before

    async def test_a_sale_with_a_return_that_is_not_over_is_not_voided(
        self, till: Till, desk: Desk
    ) -> None:
        sale = await sold(till)
        asked = (await desk.ask(sale, back(sale))).json()
        before = await till.footprint()

        refused = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)
        assert await till.footprint() == before
        assert (await desk.step(asked, "cancel")).status_code == 200
        voided = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)

        assert (refused.status_code, refused.json()["code"]) == (409, "sale_has_returns")
        assert voided.status_code == 200


class TestRefund:
    @pytest.mark.case("RET-02")
    async def test_of_every_line_sums_to_what_was_paid(self, till: Till, desk: Desk) -> None:
        goods = [await till.product(name, price="3.33", on_hand="1") for name in "ABC"]
        lines = [line(each) for each in goods]
        sale = (await till.sell(*lines, discount={"amount": "5.00"}, cash="5.00")).json()
        assert sale["total"] == eur("4.99")

        taken = [(await desk.take(sale, back(sale, n))).json() for n in range(3)]

        assert [each["total"]["amount"] for each in taken] == ["1.66", "1.66", "1.67"]
        shown = (await till.get(f"/{sale['id']}")).json()
        assert (shown["refunded"], shown["returned"]) == (eur("4.99"), "fully")

    @pytest.mark.case("RET-02")
    async def test_of_pieces_ends_at_what_was_paid_taxed_and_spent(
        self, till: Till, desk: Desk
    ) -> None:
        rate = await till.tax_rate(190_000)
        tea = await till.product(
            "TEA", price="3.33", on_hand="7", value_minor=10_00, tax_rate_id=rate
        )
        sale = (await till.sell(line(tea, "7"), cash="30.00")).json()
        before = await till.stock.holdings()
        assert before == {tea: ("0.000", 0)}

        taken = [
            (await desk.take(sale, back(sale, quantity=quantity), role=Role.MANAGER)).json()
            for quantity in ("1", "3", "2", "1")
        ]

        assert [t["total"]["amount"] for t in taken] == ["3.33", "9.99", "6.66", "3.33"]
        assert [t["tax"]["amount"] for t in taken] == ["0.53", "1.60", "1.06", "0.53"]
        assert [t["lines"][0]["cost"]["amount"] for t in taken] == ["1.43", "4.28", "2.86", "1.43"]
        assert (sale["tax"], sale["total"]) == (eur("3.72"), eur("23.31"))
        assert await till.stock.holdings() == {tea: ("7.000", 10_00)}

    @pytest.mark.case("RET-01")
    async def test_of_a_line_is_at_most_what_was_paid_for_it(self, till: Till, desk: Desk) -> None:
        sale = await sold(till, "2", "20.00")
        before = await desk.footprint()

        refused = await desk.take(sale, back(sale, refund="10.01"), role=Role.MANAGER)

        assert (refused.status_code, refused.json()["code"]) == (422, "refund_too_large")
        assert [e["pointer"] for e in refused.json()["errors"]] == ["/lines/0/refund"]
        assert refused.json()["maximum_refundable"] == [
            {"line": 0, "amount": "10.00", "currency": "EUR"}
        ]
        assert await desk.footprint() == before

    async def test_may_be_less_for_a_fee_and_that_is_not_made_up_for(
        self, till: Till, desk: Desk
    ) -> None:
        sale = await sold(till, "2", "20.00")

        less = (await desk.take(sale, back(sale, refund="8.50"), role=Role.MANAGER)).json()
        rest = (await desk.take(sale, back(sale))).json()

        assert (less["total"], less["withheld"]) == (eur("8.50"), eur("1.50"))
        assert less["lines"][0]["refundable"] == eur("10.00")
        assert (rest["total"], rest["withheld"]) == (eur("10.00"), eur("0.00"))
        assert (await till.get(f"/{sale['id']}")).json()["refunded"] == eur("18.50")


class TestTenders:
    async def mixed(self, till: Till) -> Json:
        """Thirty euros: five by voucher, fifteen by card, ten in cash of twenty given."""
        tea = await till.product("TEA", on_hand="9")
        tenders = [tender("voucher", "5.00"), tender("card", "15.00"), tender("cash", "20.00")]
        sale: Json = (await till.sell(line(tea, "3"), tenders=tenders)).json()
        assert sale["change"] == eur("10.00")
        return sale

    async def test_are_refunded_in_the_order_paid(self, till: Till, desk: Desk) -> None:
        sale = await self.mixed(till)

        taken = [(await desk.take(sale, back(sale))).json() for _ in range(3)]

        paid_back = [[(r["kind"], r["amount"]["amount"]) for r in t["refunds"]] for t in taken]
        assert paid_back == [
            [("voucher", "5.00"), ("card", "5.00")],
            [("card", "10.00")],
            [("cash", "10.00")],
        ]

    async def test_take_back_at_most_what_they_brought(self, till: Till, desk: Desk) -> None:
        sale = await self.mixed(till)
        first = await desk.take(sale, back(sale), refunds=[tender("cash", "10.00")])
        assert first.status_code == 201
        before = await desk.footprint()

        refused = await desk.take(
            sale,
            back(sale, quantity="2"),
            refunds=[tender("card", "15.01"), tender("cash", "4.99")],
        )

        assert (refused.status_code, refused.json()["code"]) == (422, "refund_too_large")
        assert [e["pointer"] for e in refused.json()["errors"]] == [
            "/complete/refunds/0/amount", "/complete/refunds/1/amount",
        ]  # fmt: skip
        assert refused.json()["maximum_refundable"] == [
            {"kind": "voucher", "amount": "5.00", "currency": "EUR"},
            {"kind": "card", "amount": "15.00", "currency": "EUR"},
            {"kind": "cash", "amount": "0.00", "currency": "EUR"},
        ]
        assert await desk.footprint() == before

    async def test_sum_to_the_total(self, till: Till, desk: Desk) -> None:
        sale = await self.mixed(till)
        before = await desk.footprint()

        for refunds in ([], [tender("card", "9.99")], [tender("card", "10.01")]):
            refused = await desk.take(sale, back(sale), refunds=refunds)
            assert (refused.status_code, refused.json()["code"]) == (422, "refund_mismatch")
        nothing = await desk.take(sale, back(sale), refunds=[tender("card", "0.00")])
        assert nothing.json()["errors"][0]["pointer"] == "/complete/refunds/0/amount"

        assert await desk.footprint() == before

    async def test_are_not_needed_where_nothing_was_paid(self, till: Till, desk: Desk) -> None:
        gift = await till.product("GIFT", price="0.00", on_hand="1", value_minor=2_00)
        sale = (await till.sell(line(gift))).json()

        taken = await desk.take(sale, back(sale))

        assert taken.status_code == 201
        assert (taken.json()["total"], taken.json()["refunds"]) == (eur("0.00"), [])
        assert await till.stock.holdings() == {gift: ("1.000", 2_00)}
