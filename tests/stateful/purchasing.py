"""Orders, deliveries and supplier returns for the machine: what they do to a shop and its model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.machine import Json, amount, cents, counts, money, quantity, which
from tests.stateful.model import Line, Product, rounded
from tests.stateful.returning import QUARANTINE, ReturningMachine

PURCHASES = "/api/v1/purchases"
SUPPLIERS = "/api/v1/suppliers"
MOST_ORDERS = 6

bought = st.lists(st.tuples(which, counts, st.integers(1, 4), cents), min_size=1, max_size=3)
deliveries = st.lists(st.tuples(which, counts, st.booleans()), min_size=1, max_size=3)


@dataclass
class Bought:
    """A line of an order: packs at a cost in cents; all else in thousandths of the unit."""

    id: str
    product: Product
    pack: int
    ordered: int
    cost: int
    received: int = 0

    @property
    def most(self) -> int:
        step = 1000 if self.product.whole else 1
        return self.ordered + self.ordered // 10 // step * step

    def worth(self, pieces: int) -> int:
        """Return what so many more come to: all that came, less what came before."""
        upto = [
            rounded(Fraction(self.cost * came, self.pack))
            for came in (self.received, self.received + pieces)
        ]
        return upto[1] - upto[0]


@dataclass
class Came:
    """A line of a goods receipt: where it lies, and what of it went back."""

    id: str
    order: Order
    product: Product
    pieces: int
    value: int
    place: str
    returned: int = 0


@dataclass
class Order:
    id: str
    place: str
    lines: list[Bought]
    status: str = "ordered"
    came: list[Came] = field(default_factory=list)

    def judge(self) -> None:
        complete = all(line.received >= line.ordered for line in self.lines)
        self.status = "received" if complete else "partly_received"


class PurchasingMachine(ReturningMachine):
    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.supplier = ""

    @precondition(lambda self: len(self.orders) < MOST_ORDERS)
    @rule(chosen=bought, at=which, keyed=st.booleans())
    def buy(self, chosen: Sequence[tuple[int, int, int, int]], at: int, keyed: bool) -> None:
        lines = []
        for number, packs, size, cost in chosen:
            product = self.product(number)
            pack = amount(product, size)
            lines.append(Bought("", product, pack, packs * pack, cost))
        place = self.place(at)
        body: Json = {
            "supplier_id": self.a_supplier(),
            "location_id": place,
            "order": True,
            "lines": [
                {
                    "product_id": line.product.id,
                    "measure": "pack",
                    "pack_size": quantity(line.pack),
                    "quantity": str(line.ordered // line.pack),
                    "cost": money(line.cost),
                }
                for line in lines
            ],
        }

        answer = self.act(PURCHASES, body, keyed=keyed)

        if any(not line.product.tracked for line in lines):
            assert answer.status_code == 422, answer.text
            return
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["number"][-6:] == f"{self.shop.number('PO'):06}"
        for line, shown in zip(lines, made["lines"], strict=True):
            line.id = shown["id"]
            assert shown["outstanding"] == quantity(line.ordered)
        self.orders.append(Order(made["id"], place, lines))

    @precondition(lambda self: self.orders)
    @rule(number=which, chosen=deliveries, keyed=st.booleans())
    def receive_order(
        self, number: int, chosen: Sequence[tuple[int, int, bool]], keyed: bool
    ) -> None:
        order = self.orders[number % len(self.orders)]
        parts = [
            (order.lines[which_ % len(order.lines)], count, faulty)
            for which_, count, faulty in chosen
        ]
        pieces = [(line, self.some_of(line, count), faulty) for line, count, faulty in parts]
        body: Json = {
            "lines": [
                {
                    "line_id": line.id,
                    "measure": "unit",
                    "rejected" if faulty else "accepted": quantity(some),
                }
                for line, some, faulty in pieces
            ]
        }

        answer = self.act(f"{PURCHASES}/{order.id}/receive", body, keyed=keyed)

        wanted = {line.id: line.received for line in order.lines}
        for line, some, _ in pieces:
            wanted[line.id] += some
        if order.status in ("closed", "cancelled"):
            assert (answer.status_code, answer.json()["code"]) == (409, "wrong_purchase_status")
        elif any(wanted[line.id] > line.most for line in order.lines):
            assert (answer.status_code, answer.json()["code"]) == (409, "over_receipt")
            assert {each["line_id"]: each["receivable"] for each in answer.json()["lines"]} == {
                line.id: quantity(line.most - line.received)
                for line in order.lines
                if wanted[line.id] > line.most
            }
        else:
            assert answer.status_code == 201, answer.text
            self.arrived(order, pieces, answer.json())

    def a_supplier(self) -> str:
        if not self.supplier:
            body = {"name": "Wholesaler", "over_receipt_percent": "10"}
            answer = self.ask(SUPPLIERS, body)
            assert answer.status_code == 201, answer.text
            self.supplier = answer.json()["id"]
        return self.supplier

    def some_of(self, line: Bought, count: int) -> int:
        """Return a piece or more, now and then one more than may come."""
        piece = amount(line.product, 1)
        left = max(line.most - line.received, 0) // piece
        return piece * (1 + count % (left + 1 if count % 5 == 0 else max(left, 1)))

    def arrived(self, order: Order, pieces: Sequence[tuple[Bought, int, bool]], body: Json) -> None:
        assert body["receipt"]["number"][-6:] == f"{self.shop.number('R'):06}"
        for (line, some, faulty), shown in zip(pieces, body["receipt"]["lines"], strict=True):
            place, value = QUARANTINE if faulty else order.place, line.worth(some)
            assert shown["stock_value"]["amount"] == money(value)
            line.received += some
            line.product.enter(some, value)
            self.shop.levels[line.product.id, place] += some
            self.shop.movements += 1
            order.came.append(Came(shown["id"], order, line.product, some, value, place))
        order.judge()
        assert body["purchase"]["status"] == order.status

    @precondition(lambda self: self.orders)
    @rule(number=which, keyed=st.booleans())
    def cancel_order(self, number: int, keyed: bool) -> None:
        order = self.orders[number % len(self.orders)]

        answer = self.act(f"{PURCHASES}/{order.id}/cancel", {}, keyed=keyed)

        if order.status in ("received", "closed", "cancelled"):
            assert (answer.status_code, answer.json()["code"]) == (409, "wrong_purchase_status")
            return
        order.status = "cancelled" if order.status == "ordered" else "closed"
        assert (answer.status_code, answer.json()["status"]) == (200, order.status)

    @precondition(lambda self: any(order.came for order in self.orders))
    @rule(number=which, count=counts, keyed=st.booleans())
    def return_to_supplier(self, number: int, count: int, keyed: bool) -> None:
        found = [came for order in self.orders for came in order.came]
        came = found[number % len(found)]
        piece = amount(came.product, 1)
        left = (came.pieces - came.returned) // piece
        some = piece * (1 + count % (left + 1))
        body = {"lines": [{"receipt_line_id": came.id, "quantity": quantity(some)}]}

        answer = self.act(f"{PURCHASES}/{came.order.id}/return", body, keyed=keyed)

        if some > came.pieces - came.returned:
            assert (answer.status_code, answer.json()["code"]) == (409, "return_exceeds_receipt")
            return
        short = self.shop.shortages((Line(came.product, -some),), came.place)
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 201, answer.text
        self.went_back(came, some, answer.json())

    def went_back(self, came: Came, some: int, body: Json) -> None:
        upto = [
            rounded(Fraction(came.value * back, came.pieces))
            for back in (came.returned, came.returned + some)
        ]
        credit, value = upto[1] - upto[0], came.product.leave(some)
        came.returned += some
        self.shop.end_lapsed({(came.product.id, came.place)})
        self.shop.levels[came.product.id, came.place] -= some
        self.shop.movements += 1
        assert body["number"][-6:] == f"{self.shop.number('SR'):06}"
        assert [body[name]["amount"] for name in ("credit", "stock_value", "price_variance")] == [
            money(credit),
            money(value),
            money(credit - value),
        ]
