"""Goods are kept, for orders and without one: more rules for the machine, with their model.

The shop's clock stands still and moves by rule alone, past the end of what is kept for a while.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.machine import (
    INVENTORY,
    SALES,
    Json,
    Picks,
    amount,
    counts,
    picks,
    quantity,
    which,
)
from tests.stateful.model import Line, Sale
from tests.stateful.returning import ReturningMachine

RESERVATIONS = f"{INVENTORY}/reservations"
WHILE = timedelta(seconds=5)


class ReservingMachine(ReturningMachine):
    # Without an order

    @rule(chosen=picks, at=which, lasting=st.booleans(), keyed=st.booleans())
    def reserve(self, chosen: Picks, at: int, lasting: bool, keyed: bool) -> None:
        place, lines = self.place(at), self.lines(chosen)
        body: Json = {
            "location_id": place,
            "lines": [
                {"product_id": line.product.id, "quantity": quantity(line.change)} for line in lines
            ],
        }
        if not lasting:
            body["seconds"] = int(WHILE.total_seconds())

        answer = self.act(RESERVATIONS, body, keyed=keyed)

        if any(not line.product.tracked for line in lines):
            assert answer.status_code == 422, answer.text
            return
        taken = tuple(Line(line.product, -line.change) for line in lines)
        short = self.shop.shortages(taken, place)
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 201, answer.text
        self.shop.end_lapsed({(line.product.id, place) for line in lines})
        until = None if lasting else self.shop.now + WHILE
        for made, line in zip(answer.json()["items"], lines, strict=True):
            self.shop.keep(made["id"], line.product, place, line.change, until=until)

    @rule(number=which, keyed=st.booleans())
    def release(self, number: int, keyed: bool) -> None:
        if not self.shop.kept:
            return
        identifier, kept = list(self.shop.kept.items())[number % len(self.shop.kept)]

        if kept.sale is not None:
            found = self.runner.run(
                self.opened.http.get(
                    RESERVATIONS, params={"sale_id": kept.sale.id}, headers=self.opened.headers
                )
            ).json()["items"]
            identifier = found[0]["id"]
        answer = self.act(f"{RESERVATIONS}/{identifier}/release", {}, keyed=keyed)

        if kept.sale is not None:
            assert answer.status_code == 409, answer.text
            assert answer.json()["code"] in ("reserved_for_sale", "reservation_ended")
        elif not self.shop.is_live(kept):
            assert (answer.status_code, answer.json()["ended"]) == (409, "lapsed")
        else:
            assert answer.json()["remaining"] == quantity(kept.remaining)
            del self.shop.kept[identifier]

    @rule()
    def lapse(self) -> None:
        self.wait(WHILE)

    # Orders

    @rule(number=which, lasting=st.booleans(), keyed=st.booleans())
    def confirm(self, number: int, lasting: bool, keyed: bool) -> None:
        sale = self.an_order(number)
        if sale is None:
            return
        until = None if lasting else self.shop.now + WHILE
        body = {} if until is None else {"reserved_until": until.isoformat()}

        answer = self.act(f"{SALES}/{sale.id}/confirm", body, keyed=keyed)

        if sale.status not in ("draft", "confirmed"):
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_draft")
            return
        if sale.status == "confirmed" and sale.until == until and not self.shop.lacks(sale):
            assert answer.json()["version"] == sale.version
            return
        wanted = sale.rests()
        short = self.shop.shortages(sale.taking(wanted), sale.place, besides=sale)
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 200, answer.text
        sale.status, sale.until = "confirmed", until
        self.shop.hold(sale, wanted)
        sale.version += 1
        self.ordered(answer.json(), sale)

    @rule(number=which, keyed=st.booleans())
    def reopen(self, number: int, keyed: bool) -> None:
        sale = self.an_order(number)
        if sale is None:
            return

        answer = self.act(f"{SALES}/{sale.id}/reopen", {}, keyed=keyed)

        if sale.status != "confirmed":
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_confirmed")
        elif any(sale.fulfilled.values()):
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_partly_fulfilled")
        else:
            assert answer.status_code == 200, answer.text
            sale.status, sale.until = "draft", None
            self.shop.hold(sale, {})
            sale.version += 1
            self.ordered(answer.json(), sale)

    @rule(number=which, chosen=picks, keyed=st.booleans())
    def fulfil(self, number: int, chosen: Picks, keyed: bool) -> None:
        sale = self.an_order(number)
        if sale is None:
            return
        ids, parts = self.line_ids(sale), dict[int, int]()
        for pick, count in chosen:
            index = pick % len(sale.lines)
            parts[index] = amount(sale.lines[index].product, count % 4 + 1)
        body = {
            "lines": [
                {"line_id": ids[index], "quantity": quantity(part)} for index, part in parts.items()
            ]
        }

        answer = self.act(f"{SALES}/{sale.id}/fulfil", body, keyed=keyed)

        rests = sale.rests(tracked=False)
        if sale.status != "confirmed":
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_confirmed")
            return
        if any(part > rests[index] for index, part in parts.items()):
            assert (answer.status_code, answer.json()["code"]) == (409, "fulfilment_exceeds_order")
            return
        short = self.shop.lacking(sale, parts)
        if short:
            self.refused(answer, short)
            return
        assert answer.status_code == 200, answer.text
        self.shop.hand_over(sale, parts)
        for index, part in parts.items():
            sale.fulfilled[index] += part
        sale.version += 1
        self.ordered(answer.json(), sale)

    @rule(number=which, pick=which, count=counts)
    def edit(self, number: int, pick: int, count: int) -> None:
        """Order another quantity of one line."""
        sale = self.an_order(number)
        if sale is None:
            return
        ids, index = self.line_ids(sale), pick % len(sale.lines)
        lines = list(sale.lines)
        lines[index] = Line(lines[index].product, amount(lines[index].product, count))
        body = {
            "lines": [
                {"id": identifier, "quantity": quantity(line.change)}
                for identifier, line in zip(ids, lines, strict=True)
            ]
        }
        match = {"If-Match": f'"{sale.version}"'}
        sent = self.opened.http.patch(
            f"{SALES}/{sale.id}", json=body, headers=self.opened.headers | match
        )
        answer = self.runner.run(sent)

        if sale.status not in ("draft", "confirmed"):
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_draft")
            return
        if lines[index].change < sale.fulfilled[index]:
            assert (answer.status_code, answer.json()["code"]) == (409, "sale_partly_fulfilled")
            return
        held = self.shop.held(sale)
        wanted = self.after_edit(sale, tuple(lines), held)
        differs = sale.status == "confirmed" and wanted != held
        short = self.shop.shortages(sale.taking(wanted), sale.place, besides=sale)
        if differs and short:
            self.refused(answer, short)
            return
        assert answer.status_code == 200, answer.text
        changes = tuple(lines) != sale.lines
        sale.lines = tuple(lines)
        if differs:
            self.shop.hold(sale, wanted)
        sale.version += changes or differs
        self.ordered(answer.json(), sale)

    def after_edit(
        self, sale: Sale, lines: tuple[Line, ...], held: dict[int, int]
    ) -> dict[int, int]:
        """Return what is kept of each line then: the difference, and nothing past its time."""
        if sale.until is not None and sale.until <= self.shop.now:
            return {}
        wanted = {}
        for index, (line, old) in enumerate(zip(lines, sale.lines, strict=True)):
            more = max(0, line.change - old.change)
            keeps = min(held.get(index, 0) + more, line.change - sale.fulfilled[index])
            if line.product.tracked and keeps:
                wanted[index] = keeps
        return wanted

    def an_order(self, number: int) -> Sale | None:
        """Return a sale, mostly one that is an order or may become one."""
        states = ("draft", "confirmed", "completed", "voided") if not number % 6 else ()
        return self.sale(number, *(states or ("confirmed", "draft")))

    def ordered(self, body: Json, sale: Sale) -> None:
        held = self.shop.held(sale)
        assert (body["status"], body["version"]) == (sale.status, sale.version)
        assert [
            (line["quantity"], line["reserved"], line["fulfilled"]) for line in body["lines"]
        ] == [
            (
                quantity(line.change),
                quantity(held.get(index, 0)),
                quantity(sale.fulfilled[index]),
            )
            for index, line in enumerate(sale.lines)
        ]
        assert body["needs_attention"] is self.shop.lacks(sale)
