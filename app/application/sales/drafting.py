"""Turn what was asked into lines, tenders and discounts; every fault names its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from app.application.sales.commands import AskedDiscount, AskedLine, AskedTender
from app.application.sales.ports import Offer, OfferedItem
from app.domain.common.errors import FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import CustomerId, IdSource, LineId, LocationId, ProductId
from app.domain.common.money import CurrencyMismatch, Money
from app.domain.common.text import clean_line
from app.domain.sales.discount import AmountOff, Discount, PercentOff
from app.domain.sales.line import LineDraft, SaleLine, SoldItem
from app.domain.sales.sale import MOST_TENDERS, REFERENCE_LENGTH, Buyer
from app.domain.sales.tender import Tender

Asked = TypeVar("Asked")
Made = TypeVar("Made")


class ProductInactive(InvalidValue):
    """A new line names a product that is no longer sold."""

    code = "product_inactive"
    title = "The product is no longer sold"


class CustomerInactive(InvalidValue):
    """A sale names a customer who is not sold to any more, or who was merged into another."""

    code = "customer_inactive"
    title = "The customer is not active"


def buyer(offer: Offer, customer_id: CustomerId | None) -> Buyer | None:
    """Return the customer of a sale, if one was named."""
    if customer_id is None:
        return None
    found = offer.customer
    if found is None:
        raise UnknownReference.of("customer_id", CustomerId.kind, customer_id)
    if not found.active:
        merged = found.merged_into_id
        detail = "is not active" if merged is None else f"was merged into {merged}"
        raise CustomerInactive(
            f"The customer {customer_id} {detail}.",
            errors=(FieldError("/customer_id", CustomerInactive.code, detail),),
            extra={} if merged is None else {"merged_into_id": str(merged)},
        )
    return Buyer(id=customer_id, name=found.name)


def check_location(offer: Offer, location_id: LocationId) -> None:
    if not offer.location_exists:
        raise UnknownReference.of("location_id", LocationId.kind, location_id)
    if not offer.sells_from:
        raise InvalidValue.of("location_id", "is a place that goods are not sold from")


def check_currency(named: str | None, *, currency: str) -> None:
    if named is not None and named != currency:
        detail = f"the shop sells in {currency}, not in {named}"
        error = FieldError("/currency", CurrencyMismatch.code, detail)
        raise CurrencyMismatch(f"currency: {detail}", errors=(error,))


def products_of(lines: Iterable[AskedLine]) -> set[ProductId]:
    """Return the products that have to be looked up: lines that are kept bring their own."""
    return {line.product_id for line in lines if line.id is None and line.product_id is not None}


def line_drafts(
    lines: Sequence[AskedLine],
    *,
    offered: Mapping[ProductId, OfferedItem],
    kept: Mapping[LineId, SaleLine],
    currency: str,
    ids: IdSource,
) -> list[LineDraft]:
    """Return the lines with the facts of their products, kept ones with those they had."""
    _check_references(lines, offered=offered, kept=kept)
    _check_kept_once(lines)

    def make(asked: AskedLine, at: str) -> LineDraft:
        old = kept.get(asked.id) if asked.id is not None else None
        quoted = None if old is None else old.unit_price
        return LineDraft(
            id=ids.new(LineId) if old is None else old.id,
            item=_item(asked, old, offered, at=at),
            quantity=asked.quantity,
            unit_price=quoted if asked.unit_price is None else asked.unit_price,
            discount=discount(asked.discount, currency=currency, at=f"{at}/discount"),
        )

    return each(lines, make, at="lines")


def tenders(asked: Sequence[AskedTender], *, currency: str) -> list[Tender]:
    if len(asked) > MOST_TENDERS:
        raise InvalidValue.of("tenders", f"has at most {MOST_TENDERS} entries")

    def make(tender: AskedTender, at: str) -> Tender:
        amount = minor(tender.amount, currency=currency, at=f"{at}/amount")
        if amount <= 0:
            raise InvalidValue.of(f"{at}/amount", "must be more than 0")
        reference = tender.reference
        if reference is not None:
            reference = clean_line(reference, field=f"{at}/reference", most=REFERENCE_LENGTH)
        return Tender(kind=tender.kind, amount_minor=amount, reference=reference)

    return each(asked, make, at="tenders")


def discount(asked: AskedDiscount | None, *, currency: str, at: str) -> Discount | None:
    if asked is None or isinstance(asked, PercentOff):
        return asked
    amount = minor(asked.amount, currency=currency, at=f"{at}/amount")
    if amount < 0:
        raise InvalidValue.of(f"{at}/amount", "is not negative")
    return AmountOff(amount)


@contextmanager
def below(member: str) -> Iterator[None]:
    """Make faults of a part that a request holds as a member point into that member."""
    try:
        yield
    except InvalidValue as fault:
        errors = tuple(replace(e, pointer=f"/{member}{e.pointer}") for e in fault.errors)
        raise type(fault)(fault.detail, errors=errors, extra=fault.extra) from fault


def _check_references(
    lines: Sequence[AskedLine],
    *,
    offered: Mapping[ProductId, OfferedItem],
    kept: Mapping[LineId, SaleLine],
) -> None:
    faults: list[FieldError] = []
    for index, line in enumerate(lines):
        if line.id is not None:
            known, field, named = line.id in kept, "id", f"line {line.id} in this draft"
        else:
            known = line.product_id is None or line.product_id in offered
            field, named = "product_id", f"product {line.product_id}"
        if not known:
            pointer = f"/lines/{index}/{field}"
            faults.append(FieldError(pointer, UnknownReference.code, f"There is no {named}."))
    if faults:
        detail = " ".join(fault.detail for fault in faults)
        raise UnknownReference(detail, errors=tuple(faults))


def _check_kept_once(lines: Sequence[AskedLine]) -> None:
    seen: set[LineId] = set()
    for index, line in enumerate(lines):
        if line.id in seen:
            raise InvalidValue.of(f"lines/{index}/id", "is named twice")
        if line.id is not None:
            seen.add(line.id)


def _item(
    asked: AskedLine,
    old: SaleLine | None,
    offered: Mapping[ProductId, OfferedItem],
    *,
    at: str,
) -> SoldItem:
    if old is not None:
        if asked.product_id not in (None, old.item.product_id):
            raise InvalidValue.of(f"{at}/product_id", "is another than that of the line")
        return old.item
    if asked.product_id is None:
        raise InvalidValue.of(f"{at}/product_id", "is required", code="missing")
    found = offered[asked.product_id]
    if not found.active:
        detail = f"{found.item.sku} is no longer sold"
        raise ProductInactive.of(f"{at}/product_id", detail, code=ProductInactive.code)
    return found.item


def minor(amount: str, *, currency: str, at: str) -> int:
    """Read an amount in minor units, its fault pointing at the field."""
    try:
        return Money.parse(amount, currency).minor
    except InvalidValue as fault:
        raise InvalidValue.of(at, fault.detail) from None


def each(asked: Sequence[Asked], make: Callable[[Asked, str], Made], *, at: str) -> list[Made]:
    """Make all of them, or raise one error that holds the faults of all."""
    made: list[Made] = []
    faults: list[InvalidValue] = []
    for index, one in enumerate(asked):
        try:
            made.append(make(one, f"{at}/{index}"))
        except InvalidValue as fault:
            faults.append(fault)
    if faults:
        raise _joined(faults)
    return made


def _joined(faults: Sequence[InvalidValue]) -> InvalidValue:
    """Return one error for all; its code is theirs if they agree on one."""
    errors = tuple(error for fault in faults for error in fault.errors)
    detail = "; ".join(f"{error.pointer.lstrip('/')}: {error.detail}" for error in errors)
    kinds = {type(fault) for fault in faults}
    kind = kinds.pop() if len(kinds) == 1 else InvalidValue
    return kind(detail, errors=errors)
