"""What a delivery brings of an order: how much may come, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.common.errors import Conflict, FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import LineId, LocationId
from app.domain.common.money import MAX_MINOR, UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import QUARANTINE_ID
from app.domain.purchases.line import MOST_LINES, PurchaseLine, quantity_fault, refuse
from app.domain.purchases.terms import Cost, ExchangeRate, Measure, in_units


class OverReceipt(Conflict):
    """More arrives of a line than was ordered and its tolerance allows, all deliveries counted."""

    code = "over_receipt"
    title = "More than was ordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came of a line, good and faulty, in packs or units; the line's measure if not said.

    `cost` replaces that of the order, for one of the measure. The two ids are those of the lines
    of the goods receipt that this may become.
    """

    line_id: LineId
    accepted: Quantity
    rejected: Quantity
    measure: Measure | None = None
    cost: UnitPrice | None = None
    accepted_id: LineId
    rejected_id: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Goods of a line that came to one place: a line of a goods receipt.

    `value_minor` is in the currency of the order, `shop_value_minor` in that of the shop.
    """

    id: LineId
    line: PurchaseLine
    quantity: Quantity
    rejected: bool
    cost: Cost
    rate: ExchangeRate
    value_minor: int
    shop_value_minor: int

    def target(self, location_id: LocationId) -> LocationId:
        """Return where the goods lie: what is faulty waits in quarantine for its return."""
        return QUARANTINE_ID if self.rejected else location_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """How goods of an order are valued: `rate` is that of this delivery, `agreed` the order's."""

    currency: str
    shop_currency: str
    rate: ExchangeRate
    agreed: ExchangeRate

    def of(self, line: PurchaseLine, quantity: Quantity, cost: Cost) -> tuple[int, int]:
        """Return the value in both currencies.

        At the terms of the order it is what all that arrived comes to, less what came before, so
        that the parts of a delivery in parts sum to the whole; at others it stands for itself.
        """
        before = line.received if (cost, self.rate) == (line.terms, self.agreed) else Quantity(0)
        return (
            cost.value(before + quantity, self.currency) - cost.value(before, self.currency),
            cost.value(before + quantity, self.shop_currency, rate=self.rate)
            - cost.value(before, self.shop_currency, rate=self.rate),
        )


def receive_lines(
    lines: Sequence[PurchaseLine], arrivals: Sequence[Arrival], valuation: Valuation
) -> tuple[tuple[PurchaseLine, ...], tuple[Received, ...]]:
    """Return the lines after the delivery, and what came; every fault is in one error.

    Refuses what cannot be counted or has no cost, then with `OverReceipt` what is too much.
    """
    if not 1 <= len(arrivals) <= MOST_LINES:
        raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
    by_id = {line.id: line for line in lines}
    _check_known(arrivals, by_id)
    refuse(
        FieldError(f"/lines/{index}/{field}", code, detail)
        for index, arrival in enumerate(arrivals)
        for field, code, detail in _faults(by_id[arrival.line_id], arrival)
    )
    _check_ceiling(arrivals, by_id)
    received: list[Received] = []
    for arrival in arrivals:
        for part in _parts(arrival, by_id, valuation):
            received.append(part)
            line = part.line
            by_id[line.id] = replace(
                line,
                received=line.received + part.quantity,
                rejected=line.rejected + part.quantity if part.rejected else line.rejected,
            )
    _check_values(received, arrivals)
    return tuple(by_id[line.id] for line in lines), tuple(received)


def _parts(
    arrival: Arrival, by_id: Mapping[LineId, PurchaseLine], valuation: Valuation
) -> Iterator[Received]:
    for identifier, amount, rejected in (
        (arrival.accepted_id, arrival.accepted, False),
        (arrival.rejected_id, arrival.rejected, True),
    ):
        line = by_id[arrival.line_id]
        held, cost = _held(line, arrival, amount), _cost(line, arrival)
        if held and cost is not None:
            value, shop_value = valuation.of(line, held, cost)
            yield Received(
                id=identifier,
                line=line,
                quantity=held,
                rejected=rejected,
                cost=cost,
                rate=valuation.rate,
                value_minor=value,
                shop_value_minor=shop_value,
            )


def _held(line: PurchaseLine, arrival: Arrival, amount: Quantity) -> Quantity | None:
    return in_units(amount, per=line.per(arrival.measure or line.measure))


def _cost(line: PurchaseLine, arrival: Arrival) -> Cost | None:
    if arrival.cost is None:
        return line.terms
    return Cost(price=arrival.cost, per=line.per(arrival.measure or line.measure))


def _check_known(arrivals: Sequence[Arrival], by_id: Mapping[LineId, PurchaseLine]) -> None:
    faults = tuple(
        FieldError(
            f"/lines/{index}/line_id",
            UnknownReference.code,
            f"The order has no line {arrival.line_id}.",
        )
        for index, arrival in enumerate(arrivals)
        if arrival.line_id not in by_id
    )
    if faults:
        raise UnknownReference(" ".join(fault.detail for fault in faults), errors=faults)


def _faults(line: PurchaseLine, arrival: Arrival) -> Iterator[tuple[str, str, str]]:
    if not arrival.accepted and not arrival.rejected:
        yield "accepted", InvalidValue.code, "something must have come"
    for field, amount in (("accepted", arrival.accepted), ("rejected", arrival.rejected)):
        fault = quantity_fault(line, _held(line, arrival, amount))
        if fault is not None:
            yield field, InvalidValue.code, fault
    if _cost(line, arrival) is None:
        yield "cost", "missing", "is not known from the order; 0 for goods that cost nothing"


def _check_ceiling(arrivals: Sequence[Arrival], by_id: Mapping[LineId, PurchaseLine]) -> None:
    """Lines of the delivery that name the same line of the order are taken together."""
    wanted: dict[LineId, int] = {}
    faults, beyond = [], {}
    for index, arrival in enumerate(arrivals):
        line = by_id[arrival.line_id]
        for amount in (arrival.accepted, arrival.rejected):
            held = _held(line, arrival, amount) or Quantity(0)
            wanted[line.id] = wanted.get(line.id, 0) + held.thousandths
        left = line.still_receivable
        if wanted[line.id] > left.thousandths:
            detail = f"{left} of {line.item.sku} can still be received"
            faults.append(FieldError(f"/lines/{index}", OverReceipt.code, detail))
            beyond[line.id] = left
    if faults:
        raise OverReceipt(
            "; ".join(fault.detail for fault in faults) + ".",
            errors=tuple(faults),
            extra={
                "lines": [
                    {
                        "line_id": str(line),
                        "requested": str(Quantity(wanted[line])),
                        "receivable": str(left),
                    }
                    for line, left in beyond.items()
                ]
            },
        )


def _check_values(received: Sequence[Received], arrivals: Sequence[Arrival]) -> None:
    places = {
        identifier: index
        for index, arrival in enumerate(arrivals)
        for identifier in (arrival.accepted_id, arrival.rejected_id)
    }
    refuse(
        FieldError(
            f"/lines/{places[part.id]}/cost",
            InvalidValue.code,
            "the value of the line is too large",
        )
        for part in received
        if max(part.value_minor, part.shop_value_minor) > MAX_MINOR
    )
