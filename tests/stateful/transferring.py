"""Goods go from place to place and are scrapped: more rules for the machine, with their model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from httpx2 import Response
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.machine import (
    INVENTORY,
    Json,
    Picks,
    ShopMachine,
    amount,
    counts,
    picks,
    quantity,
    which,
)
from tests.stateful.model import Line, Product, Shop, rounded
from tests.stateful.returning import QUARANTINE

TRANSFERS = f"{INVENTORY}/transfers"
TRANSIT = "00000000000000000000000009"
FATES = ("received", "rejected", "lost")

reasons = st.sampled_from(["damage", "expired", "loss", "sample", "theft"])
fates = st.lists(st.tuples(which, counts, st.sampled_from(FATES)), min_size=1, max_size=4)
Fates = Sequence[tuple[int, int, str]]


@dataclass
class Sent:
    """A line of a transfer, with what became of it by word."""

    id: str
    product: Product
    quantity: int
    settled: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        return self.quantity - self.settled.total()


@dataclass
class Transfer:
    id: str
    source: str
    target: str
    lines: list[Sent]

    @property
    def status(self) -> str:
        if any(line.left for line in self.lines):
            return "in_transit"
        for word, status in (("returned", "cancelled"), ("lost", "closed")):
            if any(line.settled[word] for line in self.lines):
                return status
        return "received"


Hop = tuple[Product, int, str, str | None]


def hop(shop: Shop, hops: Sequence[Hop]) -> None:
    """Move goods; inside the shop they are worth the average before any of them is written off.

    A hop without a target leaves the shop.
    """
    before = {product.id: (product.quantity, product.value) for product, *_ in hops}
    worth: list[int] = []
    for product, moved, source, target in hops:
        shop.levels[product.id, source] -= moved
        if target is None:
            worth.append(product.leave(moved))
        else:
            held, value = before[product.id]
            worth.append(rounded(Fraction(value * moved, held)))
            shop.levels[product.id, target] += moved
    for (product, moved, *_), value in zip(hops, worth, strict=True):
        product.last = (moved, value)
    shop.movements += len(hops)


class TransferringMachine(ShopMachine):
    def __init__(self) -> None:
        super().__init__()
        self.transfers: list[Transfer] = []

    @rule(
        chosen=picks, ends=st.tuples(which, which), through_transit=st.booleans(),
        keyed=st.booleans(),
    )  # fmt: skip
    def transfer(
        self, chosen: Picks, ends: tuple[int, int], through_transit: bool, keyed: bool
    ) -> None:
        places = [*self.shop.places, QUARANTINE]
        source, target = (places[number % len(places)] for number in ends)
        lines = self.lines(chosen)
        body = {
            "from_location_id": source,
            "to_location_id": target,
            "through_transit": through_transit,
            "lines": [
                {"product_id": line.product.id, "quantity": quantity(line.change)} for line in lines
            ],
        }

        answer = self.act(TRANSFERS, body, keyed=keyed)

        if source == target or any(not line.product.tracked for line in lines):
            assert answer.status_code == 422, answer.text
            return
        short = self.shop.shortages(
            tuple(Line(line.product, -line.change) for line in lines), source
        )
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        assert shown["number"][-6:] == f"{self.shop.number('TR'):06}"
        sent = [
            Sent(row["id"], line.product, line.change)
            for row, line in zip(shown["lines"], lines, strict=True)
        ]
        made = Transfer(shown["id"], source, target, sent)
        first = TRANSIT if through_transit else target
        self.shop.end_lapsed({(line.product.id, source) for line in lines})
        hop(self.shop, [(line.product, line.change, source, first) for line in lines])
        if not through_transit:
            for line in sent:
                line.settled["received"] = line.quantity
        self.transfers.append(made)
        self.compared(answer, made)

    @precondition(lambda self: self.transfers)
    @rule(number=which, chosen=fates, reason=reasons, keyed=st.booleans())
    def receive_transfer(self, number: int, chosen: Fates, reason: str, keyed: bool) -> None:
        transfer, asked = self.some_transfer(number), Counter[tuple[int, str]]()
        for line_number, count, fate in chosen:
            index = line_number % len(transfer.lines)
            line = transfer.lines[index]
            piece = amount(line.product, 1)
            # Of one, from a single piece to one more than is under way.
            asked[index, fate] += piece * (1 + count % (max(line.left, 0) // piece + 1))
        body: Json = {
            "reason": reason,
            "lines": [
                {"line_id": transfer.lines[index].id, fate: quantity(figure)}
                for (index, fate), figure in asked.items()
            ],
        }

        answer = self.act(f"{TRANSFERS}/{transfer.id}/receive", body, keyed=keyed)

        wanted = Counter[int]()
        for (index, _), figure in asked.items():
            wanted[index] += figure
        if transfer.status != "in_transit":
            self.over(answer)
        elif transfer.target == QUARANTINE and any(fate == "rejected" for _, fate in asked):
            assert answer.status_code == 422, answer.text
        elif any(figure > transfer.lines[index].left for index, figure in wanted.items()):
            assert (answer.status_code, answer.json()["code"]) == (409, "exceeds_transit")
            assert {line["line_id"]: line["in_transit"] for line in answer.json()["lines"]} == {
                transfer.lines[index].id: quantity(transfer.lines[index].left)
                for index, figure in wanted.items()
                if figure > transfer.lines[index].left
            }
        else:
            self.settled(answer, transfer, asked)

    @precondition(lambda self: self.transfers)
    @rule(
        number=which, verb=st.sampled_from(["receive", "close", "cancel"]), reason=reasons,
        keyed=st.booleans(),
    )  # fmt: skip
    def finish_transfer(self, number: int, verb: str, reason: str, keyed: bool) -> None:
        transfer = self.some_transfer(number)
        body = {"reason": reason} if verb == "close" else {}

        answer = self.act(f"{TRANSFERS}/{transfer.id}/{verb}", body, keyed=keyed)

        if transfer.status != "in_transit":
            self.over(answer)
            return
        fate = {"receive": "received", "close": "lost", "cancel": "returned"}[verb]
        rest = {(i, fate): line.left for i, line in enumerate(transfer.lines) if line.left}
        self.settled(answer, transfer, Counter(rest))

    @rule(chosen=picks, at=which, reason=reasons, keyed=st.booleans())
    def scrap(self, chosen: Picks, at: int, reason: str, keyed: bool) -> None:
        places = [*self.shop.places, QUARANTINE]
        place, picked = places[at % len(places)], self.lines(chosen)
        body = {
            "location_id": place,
            "reason": reason,
            "lines": [
                {"product_id": line.product.id, "quantity": quantity(line.change)}
                for line in picked
            ],
        }

        answer = self.act(f"{INVENTORY}/scraps", body, keyed=keyed)

        lines = tuple(Line(line.product, -line.change) for line in picked)
        self.posted(answer, lines, place, series="SC", fact=True)

    def some_transfer(self, number: int) -> Transfer:
        """Return one, mostly one of which something is under way."""
        under_way = [each for each in self.transfers if each.status == "in_transit"]
        found = under_way if under_way and number % 6 else self.transfers
        return found[number % len(found)]

    def settled(
        self, answer: Response, transfer: Transfer, parts: Counter[tuple[int, str]]
    ) -> None:
        assert answer.status_code == 200, answer.text
        ways = {
            "received": transfer.target,
            "rejected": QUARANTINE,
            "lost": None,
            "returned": transfer.source,
        }
        hops: list[Hop] = []
        for index, line in enumerate(transfer.lines):
            for fate, target in ways.items():
                figure = parts[index, fate]
                if figure:
                    line.settled[fate] += figure
                    hops.append((line.product, figure, TRANSIT, target))
        hop(self.shop, hops)
        self.compared(answer, transfer)

    def compared(self, answer: Response, transfer: Transfer) -> None:
        body = answer.json()
        assert body["status"] == transfer.status
        words = ("received", "rejected", "lost", "returned")
        assert [[row[name] for name in (*words, "in_transit")] for row in body["lines"]] == [
            [*(quantity(line.settled[word]) for word in words), quantity(line.left)]
            for line in transfer.lines
        ]

    def over(self, answer: Response) -> None:
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_transfer_status")
