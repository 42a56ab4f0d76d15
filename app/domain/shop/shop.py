"""The shop itself: its name, currency, time zone and how its prices are meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.currencies import UnknownCurrency, exponent
from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import ShopId, TaxRateId
from app.domain.common.text import clean_line

NAME_LENGTH = 120
SHOP_ID = ShopId(int=1)


class CurrencyFrozen(Conflict):
    """The ledger holds values in the present currency, so it cannot become another one."""

    code = "currency_frozen"
    title = "The currency is fixed by the first stock movement"


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
    """One row for ever; products that name no tax rate get `default_tax_rate_id`."""

    id: ShopId
    name: str
    currency: str
    time_zone: str
    prices_include_tax: bool
    default_tax_rate_id: TaxRateId
    version: int = 1

    def change(self, values: ShopValues) -> Changes:
        """Take the given settings; returns what differs."""
        changes = apply_changes(self, _checked(values))
        if changes:
            self.record(ShopUpdated(subject=self.id, shop=self.snapshot()))
        return changes

    def snapshot(self) -> dict[str, object]:
        """The settings as they stand in events."""
        return {
            "name": self.name,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "prices_include_tax": self.prices_include_tax,
            "default_tax_rate_id": str(self.default_tax_rate_id),
        }


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
