"""Ringing up a sale: prices, tenders, stock and number in one call."""

from __future__ import annotations

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID, SUPPLIER_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.till import KILOGRAM, Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def card(amount: str) -> Json:
    return {"kind": "card", "amount": amount}


def cash(amount: str) -> Json:
    """A completion that pays in cash."""
    return {"tenders": [{"kind": "cash", "amount": amount}]}


class TestRingUp:
    async def test_sells_goods_and_services_at_once(self, till: Till) -> None:
        tea = await till.product("TEA", price="4.50", on_hand="10", value_minor=20_00)
        postage = await till.product("POST", price="3.90", tracks_stock=False)

        answer = await till.sell(line(tea, "2"), line(postage), cash="20.00")

        assert answer.status_code == 201
        sale = answer.json()
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/api/v1/sales/{sale['id']}"
        year = sale["completed_at"][:4]
        assert (sale["status"], sale["number"]) == ("completed", f"S-{year}-000001")
        assert (sale["total"], sale["change"]) == (eur("12.90"), eur("7.10"))
        assert [each["total"] for each in sale["lines"]] == [eur("9.00"), eur("3.90")]
        assert sale["needs_attention"] is False
        assert await till.on_hand(tea) == "8.000"
        assert await till.stock.movements() == [
            (tea, SUPPLIER_ID, MAIN_ID, "10.000", 20_00),
            (tea, MAIN_ID, CUSTOMER_ID, "2.000", 4_00),
        ]
        assert (await till.get(f"/{sale['id']}")).json() == sale

    async def test_is_noted_and_told(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")

        sale = (await till.sell(line(tea), cash="10.00")).json()

        (entry,) = await till.rows(audit_log)
        assert (entry["action"], str(entry["object_id"])) == ("sale.completed", sale["id"])
        assert entry["note"]["number"] == sale["number"]
        assert entry["changes"] == {"TEA": {"before": "1.000", "after": "0.000"}}
        (event,) = await till.rows(outbox)
        assert (event["name"], str(event["subject_id"])) == ("sale.completed", sale["id"])

    async def test_same_product_on_two_lines_leaves_as_two_movements(self, till: Till) -> None:
        tea = await till.product("TEA", price="3.00", on_hand="3", value_minor=10_00)

        answer = await till.sell(line(tea, "1"), line(tea, "2", unit_price="2.50"), cash="8.00")

        assert answer.status_code == 201
        assert answer.json()["total"] == eur("8.00")
        moved = [(q, value) for *_, q, value in (await till.stock.movements())[1:]]
        assert [quantity for quantity, _ in moved] == ["1.000", "2.000"]
        assert sum(value for _, value in moved) == 10_00
        assert await till.stock.holdings() == {tea: ("0.000", 0)}

    async def test_takes_several_tenders_and_gives_change_from_cash_only(self, till: Till) -> None:
        tea = await till.product("TEA", price="30.00", on_hand="1")
        tenders = [
            {"kind": "card", "amount": "12.00", "reference": "slip 4711"},
            {"kind": "voucher", "amount": "5.00"},
            {"kind": "cash", "amount": "20.00"},
        ]

        sale = (await till.sell(line(tea), tenders=tenders)).json()

        assert [(t["kind"], t["amount"]["amount"], t["change"]["amount"], t["reference"])
                for t in sale["tenders"]] == [
            ("card", "12.00", "0.00", "slip 4711"),
            ("voucher", "5.00", "0.00", None),
            ("cash", "20.00", "7.00", None),
        ]  # fmt: skip

    async def test_numbers_run_without_gaps_past_what_was_refused(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2")

        first = await till.sell(line(tea), cash="10.00")
        refused = await till.sell(line(tea, "5"), cash="50.00")
        second = await till.sell(line(tea), cash="10.00")

        assert refused.status_code == 409
        numbers = [answer.json()["number"].split("-")[2] for answer in (first, second)]
        assert numbers == ["000001", "000002"]

    async def test_takes_goods_from_the_location_named(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")
        store = await till.stock.location("store")
        await till.stock.post(till.stock.moves_in(tea, "4", 8_00, to=store))

        answer = await till.sell(line(tea, "3"), cash="30.00", location_id=str(store))

        assert answer.status_code == 201
        assert await till.stock.levels() == {(tea, MAIN_ID): "1.000", (tea, store): "1.000"}

    async def test_sells_by_weight(self, till: Till) -> None:
        cheese = await till.product("BRIE", price="19.99", on_hand="2", unit=KILOGRAM)

        sale = (await till.sell(line(cheese, "0.125"), cash="2.50")).json()

        assert sale["lines"][0]["quantity"] == "0.125"
        assert sale["total"] == eur("2.50")  # 2.49875


class TestPrices:
    @pytest.mark.case("SAL-01")
    async def test_line_is_rounded_net_then_tax(self, till: Till) -> None:
        await till.set_shop(prices_include_tax=False)
        rate = await till.tax_rate(220_000)
        tile = await till.product("TILE", price="348.35", on_hand="16", tax_rate_id=rate)

        answer = await till.sell(
            line(tile, "16", discount={"percent": "4"}), tenders=[card("6527.81")]
        )

        assert answer.status_code == 201
        sale = answer.json()
        assert (sale["net"], sale["tax"], sale["total"]) == (
            eur("5350.66"),
            eur("1177.15"),
            eur("6527.81"),
        )
        (listed,) = (await till.get()).json()["items"]
        receipt = (await till.get(f"/{sale['id']}/receipt")).json()
        for shown in (listed, receipt):
            assert (shown["net"], shown["tax"], shown["total"]) == (
                eur("5350.66"),
                eur("1177.15"),
                eur("6527.81"),
            )

    async def test_tax_is_taken_out_of_prices_that_include_it(self, till: Till) -> None:
        rate = await till.tax_rate(190_000)
        lamp = await till.product("LAMP", price="9.99", on_hand="3", tax_rate_id=rate)

        sale = (await till.sell(line(lamp, "3"), cash="29.97")).json()

        assert (sale["net"], sale["tax"], sale["total"]) == (
            eur("25.18"),
            eur("4.79"),
            eur("29.97"),
        )
        assert sale["taxes"] == [
            {
                "code": "full",
                "percent": "19.00",
                "net": eur("25.18"),
                "tax": eur("4.79"),
                "total": eur("29.97"),
            }
        ]

    async def test_document_discount_is_allotted_to_the_lines(self, till: Till) -> None:
        goods = [await till.product(name, price="10.00", on_hand="1") for name in "ABC"]

        sale = (
            await till.sell(*map(line, goods), cash="20.00", discount={"amount": "10.00"})
        ).json()

        assert [each["sale_discount"]["amount"] for each in sale["lines"]] == [
            "3.34",
            "3.33",
            "3.33",
        ]
        assert sale["discount"] == {"percent": None, "amount": eur("10.00")}
        assert (sale["total_discount"], sale["total"]) == (eur("10.00"), eur("20.00"))

    @pytest.mark.case("SAL-03")
    async def test_hundred_percent_off_costs_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2")

        free = await till.sell(line(tea, discount={"percent": "100"}))
        freed = await till.sell(line(tea), discount={"percent": "100"})

        assert (free.status_code, freed.status_code) == (201, 201)
        assert free.json()["total"] == freed.json()["total"] == eur("0.00")

    @pytest.mark.case("SAL-03")
    async def test_percentage_beyond_its_range_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")
        before = await till.footprint()

        for percent in ("100.01", "-1", "NaN", "1e309", "101", "", "5.00001"):
            on_line = await till.sell(line(tea, discount={"percent": percent}))
            on_sale = await till.sell(line(tea), discount={"percent": percent})

            assert (on_line.status_code, on_sale.status_code) == (422, 422)
            assert pointers(on_line) == ["/lines/0/discount/percent"]
            assert pointers(on_sale) == ["/discount/percent"]
        assert await till.footprint() == before

    @pytest.mark.case("SAL-03", "SAL-04")
    async def test_line_and_document_discount_never_go_below_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")
        before = await till.footprint()

        too_much = await till.sell(
            line(tea, discount={"amount": "6.00"}), discount={"amount": "4.01"}
        )
        all_of_it = await till.sell(
            line(tea, discount={"amount": "6.00"}), discount={"amount": "4.00"}
        )

        assert (too_much.status_code, too_much.json()["code"]) == (422, "discount_too_large")
        assert pointers(too_much) == ["/discount/amount"]
        assert all_of_it.json()["total"] == eur("0.00")
        assert (await till.footprint())["sales"] == before["sales"] + 1

    @pytest.mark.case("SAL-04")
    async def test_voucher_beyond_the_basket_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA", price="30.00", on_hand="1")
        before = await till.footprint()

        answer = await till.sell(line(tea), discount={"amount": "45.00"})

        assert (answer.status_code, answer.json()["code"]) == (422, "discount_too_large")
        assert pointers(answer) == ["/discount/amount"]
        assert await till.footprint() == before


class TestShortage:
    async def test_names_every_shortage_at_once_and_changes_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        milk = await till.product("MILK", on_hand="1")
        jam = await till.product("JAM")
        before = await till.footprint()

        answer = await till.sell(
            line(tea, "2"), line(milk, "2"), line(jam), line(tea, "3"), cash="80.00"
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
        assert shortages(answer.json()) == {
            str(milk): ("2.000", "1.000"),
            str(jam): ("1.000", "0.000"),
        }
        assert await till.footprint() == before
        assert await till.on_hand(tea) == "5.000"

    async def test_lines_of_one_product_count_together(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="3")

        answer = await till.sell(line(tea, "2"), line(tea, "2"), cash="40.00")

        assert answer.status_code == 409
        assert shortages(answer.json()) == {str(tea): ("4.000", "3.000")}

    async def test_goods_on_the_counter_can_be_sold_beyond_the_books(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1", value_minor=4_00)

        answer = await till.sell(line(tea, "3"), cash="30.00", oversell=True)

        assert answer.status_code == 201
        sale = answer.json()
        assert sale["needs_attention"] is True
        assert await till.stock.movements() == [
            (tea, SUPPLIER_ID, MAIN_ID, "1.000", 4_00),
            (tea, MAIN_ID, CUSTOMER_ID, "1.000", 4_00),
            (tea, DISCREPANCY_ID, CUSTOMER_ID, "2.000", 8_00),
        ]
        listed = (await till.get(needs_attention="true")).json()["items"]
        assert [item["id"] for item in listed] == [sale["id"]]
        assert (await till.get(needs_attention="false")).json()["items"] == []

    async def test_oversell_of_what_is_there_needs_no_attention(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")

        sale = (await till.sell(line(tea), cash="10.00", oversell=True)).json()

        assert sale["needs_attention"] is False


WRONG_SALES: list[tuple[Json, str, str]] = [
    ({"lines": []}, "/lines", "too_short"),
    ({"lines": None}, "/lines", "list_type"),
    ({"colour": "red"}, "/colour", "extra_forbidden"),
    ({"currency": "USD"}, "/currency", "currency_mismatch"),
    ({"location_id": str(LocationId(int=99))}, "/location_id", "unknown_reference"),
    ({"location_id": str(CUSTOMER_ID)}, "/location_id", "invalid_value"),
    ({"location_id": "nowhere"}, "/location_id", "invalid_value"),
    ({"discount": {}}, "/discount", "one_of"),
    ({"discount": {"percent": "1", "amount": "1"}}, "/discount", "one_of"),
    ({"discount": {"amount": "1.001"}}, "/discount/amount", "invalid_value"),
    ({"discount": {"amount": "-1"}}, "/discount/amount", "invalid_value"),
]
WRONG_COMPLETIONS: list[tuple[Json, str, str]] = [
    (cash("9.99"), "/tenders", "tender_mismatch"),
    ({"tenders": [card("10.01")]}, "/tenders", "tender_mismatch"),
    (cash("0"), "/tenders/0/amount", "invalid_value"),
    (cash("10.001"), "/tenders/0/amount", "invalid_value"),
    ({"tenders": [{"kind": "gold", "amount": "10"}]}, "/tenders/0/kind", "enum"),
    ({"tenders": [card("10") | {"reference": "a\nb"}]}, "/tenders/0/reference",
     "control_character"),
    ({"occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at", "invalid_value"),
    ({"occurred_at": "2026-01-01T00:00:00"}, "/occurred_at", "timezone_aware"),
]  # fmt: skip
WRONG_LINES: list[tuple[Json, str, str]] = [
    ({"quantity": "0"}, "/quantity", "invalid_value"),
    ({"quantity": "-1"}, "/quantity", "invalid_value"),
    ({"quantity": "0.5"}, "/quantity", "invalid_value"),
    ({"quantity": "1.0001"}, "/quantity", "invalid_value"),
    ({"quantity": 1}, "/quantity", "string_type"),
    ({"unit_price": "-1"}, "/unit_price", "invalid_value"),
    ({"unit_price": "1.0000001"}, "/unit_price", "invalid_value"),
    ({"unit_price": "999999999", "quantity": "9999999999"}, "", "amount_too_large"),
    ({"discount": {"amount": "10.01"}}, "/discount/amount", "discount_too_large"),
    ({"product_id": str(ProductId(int=404))}, "/product_id", "unknown_reference"),
]


class TestRefusals:
    """Wrong input names the field, and nothing is written."""

    async def test_of_the_sale(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        before = await till.footprint()

        for change, pointer, code in WRONG_SALES:
            answer = await till.post("", {"lines": [line(tea)]} | change)
            assert answer.status_code == 422, change
            assert faults(answer) == [(pointer, code)], change
        assert await till.footprint() == before

    async def test_of_the_completion(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        draft = (await till.draft(line(tea))).json()
        before = await till.footprint()

        for completion, pointer, code in WRONG_COMPLETIONS:
            at_once = await till.draft(line(tea), complete=completion)
            later = await till.post(f"/{draft['id']}/complete", completion)
            assert (at_once.status_code, later.status_code) == (422, 422), completion
            assert faults(at_once) == [(f"/complete{pointer}", code)], completion
            assert faults(later) == [(pointer, code)], completion
        assert await till.footprint() == before

    async def test_of_a_line(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        before = await till.footprint()

        for members, pointer, code in WRONG_LINES:
            answer = await till.draft(line(tea), line(tea) | members)
            assert answer.status_code == 422, members
            assert faults(answer) == [(f"/lines/1{pointer}", code)], members
        assert await till.footprint() == before

    async def test_every_fault_of_the_lines_is_named_at_once(self, till: Till) -> None:
        gone = await till.product("GONE", active=False)
        tea = await till.product("TEA", on_hand="5")

        answer = await till.draft(line(gone), line(tea), line(gone))

        assert answer.json()["code"] == "product_inactive"
        assert pointers(answer) == ["/lines/0/product_id", "/lines/2/product_id"]

    async def test_needs_the_right_to_sell(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        before = await till.footprint()

        answer = await till.sell(line(tea), cash="10.00", role=Role.VIEWER)

        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert await till.footprint() == before | {"audit_log": 1}


def faults(answer: Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def pointers(answer: Response) -> list[str]:
    return [pointer for pointer, _ in faults(answer)]


def shortages(problem: Json) -> dict[str, tuple[str, str]]:
    return {s["product_id"]: (s["requested"], s["available"]) for s in problem["shortages"]}
