"""Shelves are counted while the shop goes on, and sales are told late: with their model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.machine import (
    INVENTORY,
    SALES,
    Json,
    amount,
    counts,
    money,
    quantity,
    which,
)
from tests.stateful.model import Line, Moved, Product, Sale, Shop, rounded
from tests.stateful.returning import ReturningMachine

COUNTS = f"{INVENTORY}/counts"
MOST_OPEN = 3
MOMENT = timedelta(milliseconds=1)


@dataclass
class Count:
    """A count that is in review; `book` is what the books held at its instant, as known now."""

    id: str
    product: Product
    place: str
    counted: int
    at: datetime
    book: int


@dataclass(frozen=True)
class Known:
    """What a posted count speaks about."""

    product: str
    place: str
    at: datetime


def post_count(shop: Shop, count: Count, *, superseded: bool) -> int:
    """Let the books say what was counted; returns the variance."""
    product, key = count.product, (count.product.id, count.place)
    variance = count.counted - count.book
    if superseded:
        if variance:
            into = rounded(product.average() * abs(variance))
            product.enter(abs(variance), into)
            product.leave(abs(variance))
            if variance < 0:
                product.last = (-variance, into)
            shop.movements += 2
        return variance
    drawn = -shop.short[key]
    after = shop.levels[key] + drawn + variance
    cleared = min(after, 0) - drawn
    shelf, before = variance - cleared, product.last
    if shelf > 0:
        product.enter(shelf, rounded(product.average() * shelf))
    basis = product.last
    if not product.quantity:
        product.last = before
    worth = rounded(product.average() * abs(cleared))
    product.last = basis
    if cleared and drawn + cleared == 0 and shop.short_value[key] * shop.short[key] > 0:
        worth = abs(shop.short_value[key])
    if shelf < 0:
        product.leave(-shelf)
    if cleared:
        product.last = (abs(cleared), worth)
    shop.levels[key] += shelf
    shop.short[key] -= cleared
    shop.drawn[product.id] -= cleared
    shop.short_value[key] -= worth if cleared > 0 else -worth
    shop.movements += bool(shelf) + bool(cleared)
    shop.shrink((Line(product, shelf),), count.place)
    return variance


def clear_sales(shop: Shop, place: str) -> None:
    for sale in shop.sales.values():
        drew = {moved.product.id for moved in sale.moved if moved.drawn}
        if sale.needs_attention and sale.place == place:
            sale.needs_attention = any(shop.short[product, place] for product in drew)
            sale.version += not sale.needs_attention


class CountingMachine(ReturningMachine):
    def __init__(self) -> None:
        super().__init__()
        self.open_counts: list[Count] = []
        self.known: list[Known] = []

    @precondition(lambda self: len(self.open_counts) < MOST_OPEN)
    @rule(number=which, at=which, pieces=st.integers(0, 12), keyed=st.booleans())
    def count_a_shelf(self, number: int, at: int, pieces: int, keyed: bool) -> None:
        product, place = self.product(number), self.place(at)
        body: Json = {"location_id": place, "product_ids": [product.id]}
        opened = self.act(COUNTS, body, keyed=keyed)
        if not product.tracked:
            assert opened.status_code == 422, opened.text
            return
        assert opened.status_code == 201, opened.text
        key = (product.id, place)
        count = Count(
            id=opened.json()["id"],
            product=product,
            place=place,
            counted=amount(product, pieces) if pieces else 0,
            at=self.shop.now,
            book=self.shop.levels[key] - self.shop.short[key],
        )
        row = {
            "product_id": product.id,
            "counted": quantity(count.counted),
            "counted_at": count.at.isoformat(),
        }
        path = f"{COUNTS}/{count.id}"
        counted = self.act(f"{path}/lines", {"lines": [row]}, keyed=keyed)
        assert counted.status_code == 200, counted.text
        reviewed = self.act(f"{path}/review", {}, keyed=keyed)
        assert reviewed.json()["totals"]["differing"] == (count.counted != count.book)
        self.open_counts.append(count)
        # What happens from here on happens after the count, and before the next one.
        self.wait(MOMENT)

    @precondition(lambda self: self.open_counts)
    @rule(number=which, keyed=st.booleans())
    def post_a_count(self, number: int, keyed: bool) -> None:
        count = self.open_counts.pop(number % len(self.open_counts))

        answer = self.act(f"{COUNTS}/{count.id}/post", {}, keyed=keyed)

        assert answer.status_code == 200, answer.text
        assert answer.json()["number"][-6:] == f"{self.shop.number('ST'):06}"
        later = self.first_known(count.product, count.place, after=count.at)
        variance = post_count(self.shop, count, superseded=later is not None)
        for other in self.open_counts:
            if (other.product, other.place) == (count.product, count.place):
                known = later is None or other.at < later.at
                other.book += variance if count.at < other.at and known else 0
        clear_sales(self.shop, count.place)
        self.known.append(Known(count.product.id, count.place, count.at))
        self.shop.counted.add((count.product.id, count.place))

    def told_late(self, line: Line, place: str) -> None:
        """What a count before theirs absorbs does not change what open ones go by."""
        for count in self.open_counts:
            if (count.product, count.place) == (line.product, place) and not any(
                (known.product, known.place) == (line.product.id, place) and known.at <= count.at
                for known in self.known
            ):
                count.book += line.change

    @precondition(lambda self: self.known)
    @rule(number=which, pieces=counts, keyed=st.booleans())
    def sale_from_before_a_count(self, number: int, pieces: int, keyed: bool) -> None:
        """It is told late, so the shelf stays as it was counted, and never lacks the goods."""
        known = self.known[number % len(self.known)]
        product = self.shop.products[known.product]
        change = amount(product, pieces)
        sale = Sale("", known.place, (Line(product, change),))
        complete = self.completion(sale, oversell=False)
        instant = known.at - timedelta(microseconds=1)
        complete["occurred_at"] = instant.isoformat()
        body = {
            "location_id": sale.place,
            "lines": [{"product_id": product.id, "quantity": quantity(change)}],
            "complete": complete,
        }

        answer = self.act(SALES, body, keyed=keyed)

        if not product.active:
            assert answer.status_code == 422, answer.text
            return
        assert answer.status_code == 201, answer.text
        into = rounded(product.average() * change)
        product.enter(change, into)
        out = product.leave(change)
        product.last = (change, into)
        sale.moved.append(Moved(product, 0, change, out, drawn=False))
        sale.id, sale.status, sale.number = answer.json()["id"], "completed", self.shop.number("S")
        self.shop.sales[sale.id] = sale
        self.shop.movements += 2
        self.shown(answer, sale)
        assert answer.json()["total"]["amount"] == money(sale.total)

    def first_known(self, product: Product, place: str, *, after: datetime) -> Known | None:
        found = [
            known
            for known in self.known
            if (known.product, known.place) == (product.id, place) and known.at > after
        ]
        return min(found, key=lambda known: known.at, default=None)
