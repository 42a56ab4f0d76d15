"""Lines of a purchase order: what is ordered, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.identifiers import LineId
from app.domain.common.money import MAX_MINOR, UnitPrice
from app.domain.common.quantity import MAX_THOUSANDTHS, Quantity
from app.domain.inventory.document import StockedItem
from app.domain.purchases.terms import ONE, Cost, Measure, in_units

MOST_LINES = 500
WHOLE_PPM = 1_000_000
NOTHING = Quantity(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """`quantity` and `cost` are in packs or in units, as `measure` says.

    All other figures are in the product's unit. `received` counts what arrived, `rejected` what of
    it was not good, `returned` what of it went back. `tolerance_ppm` of what was ordered may come
    on top of it.
    """

    id: LineId
    item: StockedItem
    supplier_sku: str | None
    measure: Measure
    pack_size: Quantity
    quantity: Quantity
    cost: UnitPrice | None
    expected_on: date | None
    tolerance_ppm: int
    received: Quantity = NOTHING
    rejected: Quantity = NOTHING
    returned: Quantity = NOTHING

    def per(self, measure: Measure) -> Quantity:
        """Return what one of the measure holds."""
        return self.pack_size if measure is Measure.PACK else ONE

    @property
    def terms(self) -> Cost | None:
        return None if self.cost is None else Cost(price=self.cost, per=self.per(self.measure))

    @property
    def ordered(self) -> Quantity:
        held = in_units(self.quantity, per=self.per(self.measure))
        if held is None:
            raise InvalidValue("The packs do not come out even.")
        return held

    @property
    def receivable(self) -> Quantity:
        """The most that may arrive in all, rounded down to what the unit can hold."""
        step = 10 ** (3 - self.item.unit_decimals)
        ordered = self.ordered.thousandths
        return Quantity(ordered + ordered * self.tolerance_ppm // WHOLE_PPM // step * step)

    @property
    def still_receivable(self) -> Quantity:
        return Quantity(self.receivable.thousandths - self.received.thousandths)

    @property
    def missing(self) -> Quantity:
        """What was ordered and has not arrived."""
        return Quantity(max(self.ordered.thousandths - self.received.thousandths, 0))

    def value_minor(self, currency: str) -> int | None:
        """Return what the line costs as it was ordered; None where its cost is not known."""
        return None if self.terms is None else self.terms.value(self.ordered, currency)


def check_lines(lines: Sequence[PurchaseLine], *, currency: str) -> None:
    """Refuse what cannot be ordered, every fault of every line in one error."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
    refuse(
        FieldError(f"/lines/{index}/{field}", code, detail)
        for index, line in enumerate(lines)
        for field, code, detail in _faults(line, currency)
    )


def refuse(faults: Iterator[FieldError]) -> None:
    found = tuple(faults)
    if found:
        raise InvalidValue("; ".join(f"{f.pointer[1:]}: {f.detail}" for f in found), errors=found)


def quantity_fault(line: PurchaseLine, held: Quantity | None) -> str | None:
    """Say what is wrong with so much of a line's product; `held` is None for an uneven part."""
    item = line.item
    if held is None or not held.fits(item.unit_decimals):
        return f"{item.sku} is counted in {item.unit_code} with {item.unit_decimals} decimal places"
    if held.thousandths > MAX_THOUSANDTHS:
        return "is too large"
    return None


def _faults(line: PurchaseLine, currency: str) -> Iterator[tuple[str, str, str]]:
    code, item = InvalidValue.code, line.item
    if not item.tracks_stock:
        yield "product_id", "not_stocked", f"{item.sku} keeps no stock"
    if not line.pack_size or not line.pack_size.fits(item.unit_decimals):
        places = f"with {item.unit_decimals} decimal places"
        yield "pack_size", code, f"is more than 0 {item.unit_code} {places}"
        return
    if not line.quantity:
        yield "quantity", code, "must not be 0"
        return
    fault = quantity_fault(line, in_units(line.quantity, per=line.per(line.measure)))
    if fault is not None:
        yield "quantity", code, fault
    elif (line.value_minor(currency) or 0) > MAX_MINOR:
        yield "cost", code, "the value of the line is too large"
