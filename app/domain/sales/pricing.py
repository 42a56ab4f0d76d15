"""What a sale comes to: one rounding rule, integers only, nothing but arithmetic.

The rule: the amount of a line (price × quantity, less its own discount) is rounded once to the
minor unit, half away from zero; the document's discount is allotted to the lines by largest
remainder, before tax; then each line's tax is rounded once. Totals are sums of lines, so they
always agree with what is printed. Where prices include tax the line's gross is what is rounded,
and its net is gross ÷ (1 + rate).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.common.currencies import exponent
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.money import MAX_MINOR, MICROS, UnitPrice
from app.domain.common.quantity import THOUSAND, Quantity
from app.domain.common.rounding import allot, divide
from app.domain.sales.discount import AmountOff, Discount, DiscountTooLarge, PercentOff

WHOLE_PPM = 1_000_000


class AmountTooLarge(InvalidValue):
    """Price times quantity leaves the range of amounts."""

    code = "amount_too_large"
    title = "The amount is too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTerms:
    """What a line's amounts follow from; `tax_rate_ppm` is 190,000 for 19 %."""

    unit_price: UnitPrice
    quantity: Quantity
    tax_rate_ppm: int
    discount: Discount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAmounts:
    """A line in minor units: net + tax = total.

    `full_minor` is price × quantity; what `discount_minor` (the line's own) and `allotted_minor`
    (its part of the document's) leave of it is the total where prices include tax, else the net.
    """

    full_minor: int
    discount_minor: int
    allotted_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int

    @property
    def rest_minor(self) -> int:
        """What the line's own discount leaves of it: the figure that a receipt prints."""
        return self.full_minor - self.discount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The document in minor units, each figure the sum of its lines'."""

    discount_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleAmounts:
    """Every line in the order given, and their sums."""

    lines: tuple[LineAmounts, ...]
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class _Discounted:
    """A line after its own discount, before the document's."""

    full_minor: int
    rest_minor: int


def price(
    lines: Sequence[LineTerms],
    *,
    currency: str,
    prices_include_tax: bool,
    discount: Discount | None = None,
) -> SaleAmounts:
    """Return all amounts; refuses discounts beyond what they are taken off, naming each line."""
    discounted = _discounted(lines, currency=currency)
    rests = [line.rest_minor for line in discounted]
    allotted = allot(_document_discount(discount, of=sum(rests)), rests)
    priced = tuple(
        _taxed(line, part, rate_ppm=terms.tax_rate_ppm, prices_include_tax=prices_include_tax)
        for line, part, terms in zip(discounted, allotted, lines, strict=True)
    )
    return SaleAmounts(lines=priced, totals=_totals(priced))


def _totals(lines: Sequence[LineAmounts]) -> Totals:
    total = sum(line.total_minor for line in lines)
    if total > MAX_MINOR:
        raise AmountTooLarge("The total of the sale is too large.")
    return Totals(
        discount_minor=sum(line.discount_minor + line.allotted_minor for line in lines),
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        total_minor=total,
    )


def _discounted(lines: Sequence[LineTerms], *, currency: str) -> list[_Discounted]:
    result: list[_Discounted] = []
    too_large: list[FieldError] = []
    beyond: list[FieldError] = []
    for index, terms in enumerate(lines):
        full = terms.unit_price.times(terms.quantity, currency).minor
        rest = _after_own_discount(terms, full, currency=currency)
        if full > MAX_MINOR:
            detail = "price times quantity is too large"
            too_large.append(FieldError(f"/lines/{index}", AmountTooLarge.code, detail))
        if rest < 0:
            detail = "the discount is more than the line"
            pointer = f"/lines/{index}/discount/amount"
            beyond.append(FieldError(pointer, DiscountTooLarge.code, detail))
        result.append(_Discounted(full_minor=full, rest_minor=rest))
    if too_large:
        raise AmountTooLarge(errors=tuple(too_large))
    if beyond:
        raise DiscountTooLarge(errors=tuple(beyond))
    return result


def _after_own_discount(terms: LineTerms, full: int, *, currency: str) -> int:
    match terms.discount:
        case PercentOff(ppm):
            # From the exact product, not from `full`: a line is rounded once.
            exact = terms.unit_price.micros * terms.quantity.thousandths * 10 ** exponent(currency)
            return divide(exact * (WHOLE_PPM - ppm), MICROS * THOUSAND * WHOLE_PPM)
        case AmountOff(minor):
            return full - minor
        case None:
            return full


def _document_discount(discount: Discount | None, *, of: int) -> int:
    match discount:
        case PercentOff(ppm):
            return divide(of * ppm, WHOLE_PPM)
        case AmountOff(minor):
            if minor > of:
                raise DiscountTooLarge.of(
                    "discount/amount",
                    "the discount is more than the sale",
                    code=DiscountTooLarge.code,
                )
            return minor
        case None:
            return 0


def _taxed(
    line: _Discounted, allotted: int, *, rate_ppm: int, prices_include_tax: bool
) -> LineAmounts:
    amount = line.rest_minor - allotted
    if prices_include_tax:
        net = divide(amount * WHOLE_PPM, WHOLE_PPM + rate_ppm)
        tax = amount - net
    else:
        net = amount
        tax = divide(amount * rate_ppm, WHOLE_PPM)
    return LineAmounts(
        full_minor=line.full_minor,
        discount_minor=line.full_minor - line.rest_minor,
        allotted_minor=allotted,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
    )
