"""The shop itself: its name, currency, time zone and how its prices are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.currencies import UnknownCurrency, exponent
from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import ShopId, TaxRateId
from app.domain.common.text import clean_line
from app.domain.shop.books import Books

NAME_LENGTH = 120
REASON_LENGTH = 255
SHOP_ID = ShopId(int=1)


class CurrencyFrozen(Conflict):
    """The ledger holds values in the present currency, so it cannot become another one."""

    code = "currency_frozen"
    title = "The currency is fixed by the first stock movement"


class PeriodClosedAlready(Conflict):
    """The books are closed further than that; going back is reopening."""

    code = "period_closed_already"
    title = "The books are closed further than that"


class PeriodNotClosed(Conflict):
    """The books are not closed so far that there would be something to reopen."""

    code = "period_not_closed"
    title = "The books are not closed so far"


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksClosed(DomainEvent):
    """Nothing is posted any more to days up to and with `closed_through`."""

    name: ClassVar[str] = "shop.period_closed"
    closed_through: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksReopened(DomainEvent):
    """Days after `closed_through` are open again; all days if it is None."""

    name: ClassVar[str] = "shop.period_reopened"
    closed_through: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopUpdated(DomainEvent):
    """The shop's settings changed; `shop` is how they are now."""

    name: ClassVar[str] = "shop.updated"
    shop: Mapping[str, object]


class ShopValues(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    currency: str
    time_zone: str
    prices_include_tax: bool
    default_tax_rate_id: TaxRateId


@dataclass(eq=False, kw_only=True)
class Shop(EventRecorderMixin):
    """One row for ever; products that name no tax rate get `default_tax_rate_id`.

    `closed_through` is the last day whose books are closed, on the shop's calendar.
    """

    id: ShopId
    name: str
    currency: str
    time_zone: str
    prices_include_tax: bool
    default_tax_rate_id: TaxRateId
    closed_through: date | None = None
    version: int = 1

    def change(self, values: ShopValues, *, at: datetime) -> Changes:
        """Take the given settings; returns what differs.

        A time zone in which today is a closed day already is refused.
        """
        values = _checked(values)
        zone = values.get("time_zone", self.time_zone)
        Books(time_zone=zone, closed_through=self.closed_through).require_open(
            at, field="time_zone"
        )
        changes = apply_changes(self, values)
        if changes:
            self.record(ShopUpdated(subject=self.id, shop=self.snapshot()))
        return changes

    @property
    def books(self) -> Books:
        return Books(time_zone=self.time_zone, closed_through=self.closed_through)

    def close_period(self, through: date, *, at: datetime) -> Changes:
        """Close the books up to and with a day that is over; returns what differs."""
        if through >= self.books.day(at):
            raise InvalidValue.of("through", "is not over yet")
        if self.closed_through is not None and through < self.closed_through:
            raise PeriodClosedAlready(
                f"The books are closed through {self.closed_through.isoformat()} already."
            )
        changes = self._move(through)
        if changes:
            self.record(BooksClosed(subject=self.id, closed_through=through.isoformat()))
        return changes

    def reopen_period(self, through: date | None) -> Changes:
        """Open again the days after one that stays closed, or with None all; what differs."""
        closed = self.closed_through
        if through is not None and (closed is None or through > closed):
            until = "not closed" if closed is None else f"closed through {closed.isoformat()}"
            raise PeriodNotClosed(f"The books are {until}.")
        changes = self._move(through)
        if changes:
            self.record(BooksReopened(subject=self.id, closed_through=_iso(through)))
        return changes

    def _move(self, through: date | None) -> Changes:
        before, self.closed_through = self.closed_through, through
        if before == through:
            return {}
        return {"closed_through": (_iso(before), _iso(through))}

    def snapshot(self) -> dict[str, object]:
        """The settings as they stand in events."""
        return {
            "name": self.name,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "prices_include_tax": self.prices_include_tax,
            "default_tax_rate_id": str(self.default_tax_rate_id),
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _checked(values: ShopValues) -> ShopValues:
    checked = values.copy()
    if "name" in checked:
        checked["name"] = clean_line(checked["name"], field="name", most=NAME_LENGTH)
    if "currency" in checked:
        _known(checked["currency"])
    if "time_zone" in checked:
        _zone(checked["time_zone"])
    return checked


def _known(currency: str) -> None:
    try:
        exponent(currency)
    except UnknownCurrency as fault:
        error = FieldError("/currency", fault.code, fault.detail)
        raise UnknownCurrency(fault.detail, errors=(error,)) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue.of(
            "time_zone", f"{name!r} is not a time zone of the IANA database such as Europe/Berlin"
        ) from None
