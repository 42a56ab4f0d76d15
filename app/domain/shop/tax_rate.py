"""Tax rates in parts per million: 19 % is 190,000."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.decimals import decimal_text, scaled
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import TaxRateId
from app.domain.common.text import clean_line

CODE_LENGTH = 32
NAME_LENGTH = 120
PERCENT_PLACES = 4
WHOLE_PPM = 1_000_000
STANDARD_ID = TaxRateId(int=1)
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)


class DefaultTaxRate(Conflict):
    """The rate that products get by default stays active."""

    code = "default_tax_rate"
    title = "The default tax rate cannot be deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRateCreated(DomainEvent):
    """There is a new tax rate; `tax_rate` holds all of it."""

    name: ClassVar[str] = "tax_rate.created"
    tax_rate: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRateUpdated(DomainEvent):
    """A tax rate changed; documents keep the rate they were posted with."""

    name: ClassVar[str] = "tax_rate.updated"
    tax_rate: Mapping[str, object]


class TaxRateValues(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    rate_ppm: int
    active: bool


def parse_percent(text: str) -> int:
    """Read a percentage of at most four places as parts per million, 0 to 100 %."""
    ppm = scaled(text, places=PERCENT_PLACES, limit=WHOLE_PPM, what="A percentage")
    if ppm < 0:
        raise InvalidValue("A percentage is not negative.")
    return ppm


def percent_text(ppm: int) -> str:
    """Print parts per million as a percentage with two to four places."""
    return decimal_text(ppm, places=PERCENT_PLACES, at_least=2)


@dataclass(eq=False, kw_only=True)
class TaxRate(EventRecorderMixin):
    """A rate that products name; its code never changes."""

    id: TaxRateId
    code: str
    name: str
    rate_ppm: int
    active: bool = True
    version: int = 1

    @classmethod
    def create(cls, identifier: TaxRateId, *, code: str, name: str, rate_ppm: int) -> TaxRate:
        if not _CODE.fullmatch(code):
            raise InvalidValue.of(
                "code", f"has 1 to {CODE_LENGTH} lower case letters, digits, _ or -"
            )
        rate = cls(id=identifier, code=code, name=_name(name), rate_ppm=rate_ppm)
        rate.record(TaxRateCreated(subject=identifier, tax_rate=rate.snapshot()))
        return rate

    def change(self, values: TaxRateValues) -> Changes:
        """Take the given values; returns what differs."""
        checked = values.copy()
        if "name" in checked:
            checked["name"] = _name(checked["name"])
        changes = apply_changes(self, checked)
        if changes:
            self.record(TaxRateUpdated(subject=self.id, tax_rate=self.snapshot()))
        return changes

    def snapshot(self) -> dict[str, object]:
        """The rate as it stands in events."""
        return {
            "code": self.code,
            "name": self.name,
            "percent": percent_text(self.rate_ppm),
            "active": self.active,
        }


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)
