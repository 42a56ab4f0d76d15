"""Goods come back, of a sale or without one: more rules for the machine, with their model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.machine import Json, ShopMachine, amount, counts, money, quantity, which
from tests.stateful.model import MILLE, Line, Product, Sale, Shop, rounded

RETURNS = "/api/v1/returns"
QUARANTINE = "00000000000000000000000008"

dispositions = st.sampled_from(["restock", "quarantine", "scrap", "none"])
pieces = st.lists(st.tuples(which, counts, dispositions), min_size=1, max_size=3)
Pieces = Sequence[tuple[int, int, str]]


@dataclass(frozen=True)
class Back:
    """Pieces that come back; `worth` is their cost in cents, None for the average."""

    product: Product
    change: int
    disposition: str
    worth: int | None = None

    @property
    def moves(self) -> bool:
        return self.product.tracked and self.disposition != "none"

    @property
    def owned(self) -> bool:
        return self.disposition in ("restock", "quarantine")


def share(whole: int | None, line: Line, before: int, taken: int) -> int | None:
    """Return what so many pieces add to those before, of a figure of the whole line."""
    if whole is None:
        return None
    upto = [rounded(Fraction(whole * pieces, line.change)) for pieces in (before, before + taken)]
    return upto[1] - upto[0]


def take_back(shop: Shop, lines: Sequence[Back], place: str) -> list[int]:
    """Let goods come in at what they are worth; what is scrapped passes by the books."""
    moved = [line for line in lines if line.moves]
    values: dict[int, int] = {}
    for index, line in sorted(enumerate(moved), key=lambda one: not one[1].owned):
        average = rounded(line.product.average() * line.change)
        values[index] = average if line.worth is None else line.worth
        if line.owned:
            last = line.product.last
            line.product.enter(line.change, values[index])
            line.product.last = last
            shop.levels[
                line.product.id, place if line.disposition == "restock" else QUARANTINE
            ] += line.change
    for index, line in enumerate(moved):
        line.product.last = (line.change, values[index])
    shop.movements += len(moved)
    return [values[index] for index in range(len(moved))]


class ReturningMachine(ShopMachine):
    @rule(number=which, chosen=pieces, keyed=st.booleans())
    def return_of_a_sale(self, number: int, chosen: Pieces, keyed: bool) -> None:
        sale = self.with_something_left(number)
        if sale is None:
            goods = [(number, count) for number, count, _ in chosen]
            self.sell(goods, number, completes=True, oversell=True, keyed=False)
            sale = self.with_something_left(number)
        if not number % 6:
            sale = self.sale(number, "completed", "voided", "draft")
        if sale is None:
            return
        lines = self.pieces_of(sale, chosen)
        body: Json = {"sale_id": sale.id, "lines": [], "complete": {}}
        ids = self.line_ids(sale)
        for index, line in lines:
            body["lines"].append(
                {
                    "sale_line_id": ids[index],
                    "quantity": quantity(line.change),
                    "disposition": line.disposition,
                }
            )

        answer = self.act(RETURNS, body, keyed=keyed)

        wanted = sale.returned.copy()
        for index, line in lines:
            wanted[index] += line.change
        if sale.status != "completed":
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_returnable")
        elif any(wanted[index] > sale.lines[index].change for index in wanted):
            assert (answer.status_code, answer.json()["code"]) == (409, "return_exceeds_sale")
            assert {line["sale_line_id"]: line["remaining"] for line in answer.json()["lines"]} == {
                ids[index]: quantity(sale.lines[index].change - sale.returned[index])
                for index in wanted
                if wanted[index] > sale.lines[index].change
            }
        else:
            assert answer.status_code == 201, answer.text
            self.came_back(answer.json(), sale, lines)

    def came_back(self, body: Json, sale: Sale, lines: Sequence[tuple[int, Back]]) -> None:
        costs, totals, worth = sale.costs(), [], []
        for index, line in lines:
            sold, before = sale.lines[index], sale.returned[index]
            total = rounded(Fraction(sold.product.price * sold.change, MILLE))
            totals.append(share(total, sold, before, line.change))
            worth.append(share(costs[index], sold, before, line.change))
            sale.returned[index] += line.change
        priced = [
            Back(line.product, line.change, line.disposition, cost)
            for (_, line), cost in zip(lines, worth, strict=True)
        ]
        take_back(self.shop, priced, sale.place)
        self.credited(body, totals, worth)

    @rule(chosen=pieces, at=which, keyed=st.booleans())
    def return_without_a_sale(self, chosen: Pieces, at: int, keyed: bool) -> None:
        place, lines = self.place(at), []
        for number, count, disposition in chosen:
            product = self.product(number)
            lines.append(Back(product, amount(product, count), disposition))
        totals = [rounded(Fraction(line.product.price * line.change, MILLE)) for line in lines]
        paid = [{"kind": "cash", "amount": money(sum(totals))}] if sum(totals) else []
        body = {
            "reason": "no receipt",
            "location_id": place,
            "lines": [
                {
                    "product_id": line.product.id,
                    "quantity": quantity(line.change),
                    "disposition": line.disposition,
                }
                for line in lines
            ],
            "complete": {"refunds": paid},
        }

        answer = self.act(RETURNS, body, keyed=keyed)

        assert answer.status_code == 201, answer.text
        values = iter(take_back(self.shop, lines, place))
        costs = [next(values) if line.moves else None for line in lines]
        self.credited(answer.json(), totals, costs)

    def credited(
        self, body: Json, totals: Sequence[int | None], costs: Sequence[int | None]
    ) -> None:
        total = sum(each or 0 for each in totals)
        assert body["number"][-6:] == f"{self.shop.number('CN'):06}"
        assert [line["total"]["amount"] for line in body["lines"]] == [
            money(each or 0) for each in totals
        ]
        assert [line["cost"] and line["cost"]["amount"] for line in body["lines"]] == [
            None if cost is None else money(cost) for cost in costs
        ]
        assert [refund["amount"]["amount"] for refund in body["refunds"]] == (
            [money(total)] if total else []
        )

    def pieces_of(self, sale: Sale, chosen: Pieces) -> list[tuple[int, Back]]:
        """Pick pieces of lines: of one, from a single piece to one more than is left."""
        found, picked = [], sale.returned.copy()
        for number, count, disposition in chosen:
            index = number % len(sale.lines)
            sold = sale.lines[index]
            piece = amount(sold.product, 1)
            left = max(sold.change - picked[index], 0) // piece
            change = piece * (1 + count % (left + 1 if number % 4 == 0 else max(left, 1)))
            picked[index] += change
            found.append((index, Back(sold.product, change, disposition)))
        return found

    def with_something_left(self, number: int) -> Sale | None:
        found = [
            sale
            for sale in self.shop.sales.values()
            if sale.status == "completed"
            and any(line.change > sale.returned[n] for n, line in enumerate(sale.lines))
        ]
        return found[number % len(found)] if found else None

    def line_ids(self, sale: Sale) -> list[str]:
        """Ask for the lines of a sale; a draft's have identifiers too."""
        asked = self.opened.http.get(f"/api/v1/sales/{sale.id}", headers=self.opened.headers)
        answer = self.runner.run(asked)
        return [line["id"] for line in answer.json()["lines"]]
