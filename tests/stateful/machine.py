"""Hypothesis acts on a shop over HTTP and on its model alike, and compares them at every step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from httpx2 import AsyncClient, Response
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful.books import Books, Picture
from tests.stateful.model import MILLE, Line, Product, Sale, Shop, Shortage, rounded

SALES = "/api/v1/sales"
INVENTORY = "/api/v1/inventory"
KILOGRAM = "00000000000000000000000002"
MOST_PRODUCTS, MOST_PLACES = 4, 3

Json = dict[str, Any]
Picks = Sequence[tuple[int, int]]

cents = st.integers(1, 3000)
which = st.integers(0, 99)
counts = st.integers(1, 12)
picks = st.lists(st.tuples(which, counts), min_size=1, max_size=3)
either_way = st.lists(
    st.tuples(which, st.integers(-9, 9), st.none() | cents), min_size=1, max_size=3
)


@dataclass
class Standing:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


@dataclass(frozen=True)
class Opened:
    """One fresh shop, over HTTP and underneath."""

    http: AsyncClient
    headers: dict[str, str]
    books: Books
    clock: Standing


@dataclass(frozen=True)
class Asked:
    """A request with a key that was answered."""

    path: str
    body: Json
    key: str
    answer: Response


def decimal(value: int, places: int) -> str:
    whole, part = divmod(abs(value), 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{places}}"


def quantity(thousandths: int) -> str:
    return decimal(thousandths, 3)


def money(minor: int) -> str:
    return decimal(minor, 2)


def amount(product: Product, count: int) -> int:
    """Return so many pieces, or as many odd weights."""
    return count * (MILLE if product.whole else 337)


class ShopMachine(RuleBasedStateMachine):
    """Subclasses say how a fresh shop is opened; `full_runs` counts those of `steps` steps."""

    open_shop: ClassVar[Callable[[], AbstractAsyncContextManager[Opened]]]
    steps: ClassVar[int]
    full_runs: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.asked: list[Asked] = []
        self.keys = 0
        self.checked = 0
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        opening = self.stack.enter_async_context(type(self).open_shop())
        self.opened = self.runner.run(opening)
        self.shop.now = self.opened.clock.now()

    def teardown(self) -> None:
        type(self).full_runs += self.checked >= self.steps
        self.runner.run(self.stack.aclose())
        self.runner.close()

    # What is there

    def product(self, number: int) -> Product:
        products = list(self.shop.products.values())
        return products[number % len(products)]

    def place(self, number: int) -> str:
        return self.shop.places[number % len(self.shop.places)]

    def sale(self, number: int, *states: str) -> Sale | None:
        found = [sale for sale in self.shop.sales.values() if sale.status in states]
        return found[number % len(found)] if found else None

    def lines(self, chosen: Picks) -> tuple[Line, ...]:
        lines = ((self.product(number), count) for number, count in chosen)
        return tuple(Line(product, amount(product, count)) for product, count in lines)

    # Asking

    def ask(self, path: str, body: Json, *, key: str | None = None, **headers: str) -> Response:
        sent = self.opened.headers | headers
        if key is not None:
            sent["Idempotency-Key"] = key
        return self.runner.run(self.opened.http.post(path, json=body, headers=sent))

    def act(self, path: str, body: Json, *, keyed: bool) -> Response:
        """Ask, under a key of its own if wanted; what succeeded may be asked again."""
        self.keys += 1
        key = f"key-{self.keys}" if keyed else None
        answer = self.ask(path, body, key=key)
        if key is not None and answer.is_success:
            self.asked.append(Asked(path, body, key, answer))
        return answer

    def told_late(self, line: Line, place: str) -> None:
        """Hear of goods that moved before anything that other rules go by."""

    def wait(self, time: timedelta) -> None:
        self.shop.now = self.opened.clock.move(time)

    # Products and places

    @initialize(price=cents, cost=st.none() | cents, whole=st.booleans())
    def first_product(self, price: int, cost: int | None, whole: bool) -> None:
        self.make_product(price, cost, whole, tracked=True)

    @precondition(lambda self: len(self.shop.products) < MOST_PRODUCTS)
    @rule(
        price=cents,
        cost=st.none() | cents,
        whole=st.booleans(),
        tracked=st.sampled_from([True, True, True, False]),
    )
    def another_product(self, price: int, cost: int | None, whole: bool, tracked: bool) -> None:
        self.make_product(price, cost, whole, tracked=tracked)

    def make_product(self, price: int, cost: int | None, whole: bool, *, tracked: bool) -> None:
        sku = f"P{len(self.shop.products)}"
        body: Json = {
            "sku": sku,
            "name": f"Product {sku}",
            "price": {"amount": money(price), "currency": "EUR"},
            "tracks_stock": tracked,
        }
        if cost is not None:
            body["cost"] = {"amount": money(cost), "currency": "EUR"}
        if not whole:
            body["unit_id"] = KILOGRAM
        answer = self.ask("/api/v1/products", body)
        assert answer.status_code == 201, answer.text
        product = Product(answer.json()["id"], sku, price, cost, whole, tracked)
        self.shop.products[product.id] = product

    @rule(number=which)
    def switch_product(self, number: int) -> None:
        product = self.product(number)
        act = "deactivate" if product.active else "reactivate"
        match = {"If-Match": f'"{product.version}"'}
        answer = self.ask(f"/api/v1/products/{product.id}/{act}", {}, **match)
        assert answer.status_code == 200, answer.text
        product.active = not product.active
        product.version += 1

    @precondition(lambda self: len(self.shop.places) < MOST_PLACES)
    @rule()
    def make_place(self) -> None:
        code = f"place-{len(self.shop.places)}"
        answer = self.ask("/api/v1/locations", {"code": code, "name": code})
        assert answer.status_code == 201, answer.text
        self.shop.places.append(answer.json()["id"])

    # Goods come in, and stock is put right

    @rule(
        kind=st.sampled_from(["receipts", "receipts", "openings"]),
        chosen=picks,
        at=which,
        cost=cents,
        per_line=st.booleans(),
        keyed=st.booleans(),
    )
    def receive(
        self, kind: str, chosen: Picks, at: int, cost: int, per_line: bool, keyed: bool
    ) -> None:
        lines, place, field = self.lines(chosen), self.place(at), "unit_cost"
        if per_line:
            field = "line_cost"
            lines = tuple(Line(line.product, line.change, cost) for line in lines)
        else:
            lines = tuple(
                Line(line.product, line.change, rounded(Fraction(cost * line.change, MILLE)))
                for line in lines
            )
        body = {
            "location_id": place,
            "lines": [
                {
                    "product_id": line.product.id,
                    "quantity": quantity(line.change),
                    field: money(cost),
                }
                for line in lines
            ],
        }

        answer = self.act(f"{INVENTORY}/{kind}", body, keyed=keyed)

        self.posted(answer, lines, place, series="R" if kind == "receipts" else "O")

    @rule(chosen=either_way, at=which, keyed=st.booleans())
    def adjust(self, chosen: Sequence[tuple[int, int, int | None]], at: int, keyed: bool) -> None:
        place, lines, asked = self.place(at), [], []
        for number, count, cost in chosen:
            product = self.product(number)
            change = amount(product, count)
            given = cost if change > 0 else None
            worth = None if given is None else rounded(Fraction(given * change, MILLE))
            lines.append(Line(product, change, worth))
            asked.append({"product_id": product.id, "change": quantity(change)})
            if given is not None:
                asked[-1]["unit_cost"] = money(given)
        body = {"location_id": place, "reason": "correction", "lines": asked}

        answer = self.act(f"{INVENTORY}/adjustments", body, keyed=keyed)

        self.posted(answer, tuple(lines), place, series="A", fact=True)

    def posted(
        self,
        answer: Response,
        lines: tuple[Line, ...],
        place: str,
        *,
        series: str,
        fact: bool = False,
    ) -> None:
        if any(not line.product.tracked or not line.change for line in lines):
            assert answer.status_code == 422, answer.text
            return
        short = self.shop.shortages(lines, place, fact=fact)
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 201, answer.text
        values = self.shop.post(lines, place)
        self.shop.shrink(lines, place)
        body = answer.json()
        assert body["number"][-6:] == f"{self.shop.number(series):06}"
        assert [line["value"]["amount"] for line in body["lines"]] == [money(v) for v in values]

    def refused(self, answer: Response, short: list[Shortage]) -> None:
        assert answer.status_code == 409, answer.text
        assert [
            (s["product_id"], s["location_id"], s["requested"], s["available"])
            for s in answer.json()["shortages"]
        ] == [(p, place, quantity(asked), quantity(held)) for p, place, asked, held in short], (
            answer.text
        )

    # Sales

    @rule(
        chosen=picks, at=which, completes=st.booleans(), oversell=st.booleans(), keyed=st.booleans()
    )
    def sell(self, chosen: Picks, at: int, completes: bool, oversell: bool, keyed: bool) -> None:
        sale = Sale("", self.place(at), self.lines(chosen))
        body: Json = {
            "location_id": sale.place,
            "lines": [
                {"product_id": line.product.id, "quantity": quantity(line.change)}
                for line in sale.lines
            ],
        }
        if completes:
            body["complete"] = self.completion(sale, oversell)

        answer = self.act(SALES, body, keyed=keyed)

        if not all(line.product.active for line in sale.lines):
            assert answer.status_code == 422, answer.text
        elif completes and not oversell and self.missing(sale):
            self.refused(answer, self.missing(sale))
        else:
            assert answer.status_code == 201, answer.text
            sale.id = answer.json()["id"]
            self.shop.sales[sale.id] = sale
            if completes:
                self.shop.complete(sale)
                self.shown(answer, sale)

    @rule(number=which, oversell=st.booleans(), keyed=st.booleans())
    def complete(self, number: int, oversell: bool, keyed: bool) -> None:
        sale = self.sale(number, "draft", "confirmed", "completed", "voided")
        if sale is None:
            return

        answer = self.act(
            f"{SALES}/{sale.id}/complete", self.completion(sale, oversell), keyed=keyed
        )

        if sale.status not in ("draft", "confirmed"):
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_draft")
        elif not oversell and self.missing(sale):
            self.refused(answer, self.missing(sale))
        else:
            assert answer.status_code == 200, answer.text
            self.shop.complete(sale)
            sale.version += 1
            self.shown(answer, sale)

    @rule(number=which, goods_back=st.booleans(), keyed=st.booleans())
    def void(self, number: int, goods_back: bool, keyed: bool) -> None:
        sale = self.sale(number, "draft", "confirmed", "completed", "voided")
        if sale is None:
            return

        answer = self.act(f"{SALES}/{sale.id}/void", {"goods_back": goods_back}, keyed=keyed)

        if sale.status == "voided":
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_already_voided")
        elif self.shop.closed(sale.day):
            assert (answer.status_code, answer.json()["code"]) == (409, "period_closed")
        else:
            assert answer.status_code == 200, answer.text
            posted = sale.number is not None
            self.shop.void(sale, goods_back=goods_back)
            self.shown(answer, sale)
            body = answer.json()
            back = [body["refunded"], *(refund["amount"] for refund in body["void_refunds"])]
            paid_back = sum(Decimal(each["amount"]) for each in back)
            assert paid_back == (Decimal(body["total"]["amount"]) if posted else 0)

    def completion(self, sale: Sale, oversell: bool) -> Json:
        tenders = [{"kind": "cash", "amount": money(sale.total)}] if sale.total else []
        return {"tenders": tenders, "oversell": oversell}

    def missing(self, sale: Sale) -> list[Shortage]:
        return self.shop.lacking(sale, sale.rests())

    def shown(self, answer: Response, sale: Sale) -> None:
        body = answer.json()
        assert body["status"] == sale.status
        assert body["total"]["amount"] == money(sale.total)
        assert body["needs_attention"] is sale.needs_attention
        assert (body["number"] is None) == (sale.number is None)

    # The same again

    @precondition(lambda self: self.asked)
    @rule(number=which)
    def repeat(self, number: int) -> None:
        earlier = self.asked[number % len(self.asked)]

        answer = self.ask(earlier.path, earlier.body, key=earlier.key)

        assert answer.headers.get("Idempotency-Replayed") == "true"
        assert (answer.status_code, answer.json()) == (
            earlier.answer.status_code,
            earlier.answer.json(),
        )

    @precondition(lambda self: self.asked)
    @rule(number=which)
    def misuse_a_key(self, number: int) -> None:
        earlier = self.asked[number % len(self.asked)]

        answer = self.ask(earlier.path, earlier.body | {"note": "another"}, key=earlier.key)

        assert answer.status_code == 422, answer.text

    @rule()
    def report(self) -> None:
        """Whatever was undone in whichever way: reports come to what is left."""
        units, total = self.runner.run(self.opened.books.left())
        gone = self.runner.run(self.opened.books.costs_of_what_is_gone())

        by_rate, by_tender, by_product = map(self.reported, ("taxes", "tenders", "products"))

        result = by_rate["totals"]["result"]
        assert (result["units"], result["total"]) == (quantity(units), money(total))
        assert sum(Decimal(row["kept"]) for row in by_tender["items"]) == Decimal(money(total))
        for row in by_product["items"]:
            product = row["product_id"]
            if self.shop.products[product].tracked:
                assert row["earned"]["cost"] == money(gone.get(product, 0)), row["sku"]

    def reported(self, name: str) -> Json:
        days = {"from": "2019-01-01", "to": self.opened.clock.now().date().isoformat()}
        asked = self.opened.http.get(
            f"/api/v1/reports/sales/{name}", params=days, headers=self.opened.headers
        )
        answer = self.runner.run(asked)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    # What must hold

    @invariant()
    def books_and_model_agree(self) -> None:
        assert self.runner.run(self.opened.books.findings()) == []
        found, wanted = self.runner.run(self.opened.books.picture()), Picture.of(self.shop)
        assert found == wanted, found.besides(wanted)
        self.checked += 1
