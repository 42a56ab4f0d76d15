"""Lines of a sale: each keeps the article as it was at its moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.identifiers import LineId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import Discount
from app.domain.sales.pricing import LineAmounts, LineTerms

NONE = Quantity(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldItem:
    """A product as it stood in the catalog when the line was made.

    `price` is the catalog's; `cost` is what the catalog says one unit costs, for articles whose
    cost no ledger knows.
    """

    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    unit_decimals: int
    price: UnitPrice
    cost: UnitPrice | None
    tax_code: str
    tax_rate_ppm: int
    tracks_stock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """What a line is to be; without a `unit_price` the item's own counts."""

    id: LineId
    item: SoldItem
    quantity: Quantity
    unit_price: UnitPrice | None = None
    discount: Discount | None = None

    @property
    def terms(self) -> LineTerms:
        return LineTerms(
            unit_price=self.item.price if self.unit_price is None else self.unit_price,
            quantity=self.quantity,
            tax_rate_ppm=self.item.tax_rate_ppm,
            discount=self.discount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """A priced line; `cost_minor` is frozen when the goods leave, None while it is not known.

    `fulfilled` has left before the sale is completed, and `reserved` is kept for the line.
    """

    id: LineId
    item: SoldItem
    unit_price: UnitPrice
    quantity: Quantity
    discount: Discount | None
    amounts: LineAmounts
    cost_minor: int | None = None
    fulfilled: Quantity = NONE
    reserved: Quantity = NONE

    @property
    def rest(self) -> Quantity:
        """What still has to leave."""
        return Quantity(self.quantity.thousandths - self.fulfilled.thousandths)

    @property
    def is_short(self) -> bool:
        """Tell whether less is kept for the line than it still has to get."""
        return self.item.tracks_stock and self.reserved < self.rest

    @classmethod
    def priced(cls, draft: LineDraft, amounts: LineAmounts) -> SaleLine:
        return cls(
            id=draft.id,
            item=draft.item,
            unit_price=draft.terms.unit_price,
            quantity=draft.quantity,
            discount=draft.discount,
            amounts=amounts,
        )

    @property
    def draft(self) -> LineDraft:
        """The line as it would be asked for again, at the price it has."""
        return LineDraft(
            id=self.id,
            item=self.item,
            quantity=self.quantity,
            unit_price=self.unit_price,
            discount=self.discount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxShare:
    """What the lines of one tax rate come to, in minor units."""

    code: str
    rate_ppm: int
    net_minor: int
    tax_minor: int
    total_minor: int


class Figures(Protocol):
    @property
    def net_minor(self) -> int: ...

    @property
    def tax_minor(self) -> int: ...

    @property
    def total_minor(self) -> int: ...


class Taxed(Protocol):
    """A line of any document that has a tax rate and what it comes to."""

    @property
    def item(self) -> SoldItem: ...

    @property
    def amounts(self) -> Figures: ...


def check_quantities(drafts: Sequence[LineDraft]) -> None:
    """Refuse quantities of nothing and those that the unit cannot hold, all in one error."""
    faults = [
        FieldError(f"/lines/{index}/quantity", InvalidValue.code, detail)
        for index, draft in enumerate(drafts)
        if (detail := _fault(draft)) is not None
    ]
    if faults:
        raise InvalidValue(
            "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults),
            errors=tuple(faults),
        )


def _fault(draft: LineDraft) -> str | None:
    if not draft.quantity:
        return "must be more than 0"
    if not draft.quantity.fits(draft.item.unit_decimals):
        return (
            f"{draft.item.sku} is counted in {draft.item.unit_code} "
            f"with {draft.item.unit_decimals} decimal places"
        )
    return None


def tax_shares(lines: Iterable[Taxed]) -> tuple[TaxShare, ...]:
    """Sum the lines by tax rate, the highest rate first."""

    def by_rate(line: Taxed) -> tuple[int, str]:
        return -line.item.tax_rate_ppm, line.item.tax_code

    return tuple(
        _share(code, -negated, [line.amounts for line in group])
        for (negated, code), group in groupby(sorted(lines, key=by_rate), key=by_rate)
    )


def _share(code: str, rate_ppm: int, amounts: Sequence[Figures]) -> TaxShare:
    return TaxShare(
        code=code,
        rate_ppm=rate_ppm,
        net_minor=sum(each.net_minor for each in amounts),
        tax_minor=sum(each.tax_minor for each in amounts),
        total_minor=sum(each.total_minor for each in amounts),
    )
