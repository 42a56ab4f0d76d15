"""Sales that are told late, of open and of closed days: more rules for the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.machine import INVENTORY, SALES, Json, Picks, counts, money, picks, which
from tests.stateful.machine import quantity as decimal_quantity
from tests.stateful.model import Line, Sale
from tests.stateful.returning import ReturningMachine

# All long past, and the day after the last one too: only what is told late counts there.
days = st.integers(1, 6).map(lambda day: date(2020, 1, day))
batches = st.lists(st.tuples(picks, which, days, st.booleans()), min_size=1, max_size=3)


@dataclass(frozen=True)
class Told:
    """A sale as it was sent in a batch, and as the shop knows it."""

    body: Json
    sale: Sale


def at_noon(day: date) -> str:
    return f"{day.isoformat()}T12:00:00Z"


class TellingMachine(ReturningMachine):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Told] = []

    @rule(batch=batches, keyed=st.booleans())
    def tell(self, batch: Sequence[tuple[Picks, int, date, bool]], keyed: bool) -> None:
        """Some sales of the batch are new, some were told before; all are beyond refusal."""
        sent: list[Told] = []
        for chosen, number, day, again in batch:
            if again and self.told:
                sent.append(self.told[number % len(self.told)])
            else:
                sent.append(self.new_sale(chosen, number, day))

        answer = self.act(f"{SALES}/batch", {"sales": [told.body for told in sent]}, keyed=keyed)

        assert answer.status_code == 200, answer.text
        for told, result in zip(sent, answer.json()["results"], strict=True):
            self.took(told, result)

    def new_sale(self, chosen: Picks, number: int, day: date) -> Told:
        sale = Sale("", self.place(number), self.lines(chosen), day=day)
        self.keys += 1
        tenders = [{"kind": "cash", "amount": money(sale.total)}] if sale.total else []
        body = {
            "register": "till-1",
            "client_id": f"sale-{self.keys}",
            "location_id": sale.place,
            "lines": [
                {"product_id": line.product.id, "quantity": decimal_quantity(line.change)}
                for line in sale.lines
            ],
            "complete": {"tenders": tenders, "occurred_at": at_noon(day)},
        }
        return Told(body, sale)

    def took(self, told: Told, result: Json) -> None:
        sale = told.sale
        if sale.id:
            assert (result["outcome"], result["sale_id"]) == ("already_there", sale.id)
            assert result["needs_attention"] is sale.needs_attention
        elif not all(line.product.active for line in sale.lines):
            assert (result["outcome"], result["problem"]["status"]) == ("failed", 422)
        else:
            assert result["outcome"] == "created", result
            sale.id = result["sale_id"]
            self.shop.tell(sale)
            for line in sale.lines:
                self.told_late(Line(line.product, -line.change), sale.place)
            self.shop.sales[sale.id] = sale
            self.told.append(told)
            assert result["needs_attention"] is sale.needs_attention
            assert result["number"] == f"S-2020-{sale.number:06}"

    @rule(day=days, keyed=st.booleans())
    def close_period(self, day: date, keyed: bool) -> None:
        closed = self.shop.closed_through

        answer = self.act("/api/v1/shop/close-period", {"through": day.isoformat()}, keyed=keyed)

        if closed is not None and day < closed:
            assert (answer.status_code, answer.json()["code"]) == (409, "period_closed_already")
        else:
            assert answer.status_code == 200, answer.text
            assert answer.json()["closed_through"] == day.isoformat()
            self.shop.closed_through = day

    @rule(number=which, count=counts, day=days, keyed=st.booleans())
    def receive_late(self, number: int, count: int, day: date, keyed: bool) -> None:
        [line], place = self.lines([(number, count)]), self.place(number)
        line = Line(line.product, line.change, 5_00)
        asked = {
            "product_id": line.product.id,
            "quantity": decimal_quantity(line.change),
            "line_cost": "5.00",
        }
        body = {"location_id": place, "occurred_at": at_noon(day), "lines": [asked]}

        answer = self.act(f"{INVENTORY}/receipts", body, keyed=keyed)

        if line.product.tracked and self.shop.closed(day):
            assert (answer.status_code, answer.json()["code"]) == (409, "period_closed")
        else:
            self.posted(answer, (line,), place, series="R")
            if line.product.tracked:
                self.shop.take_late(line, place)
                self.told_late(line, place)
