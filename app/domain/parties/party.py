"""What suppliers and customers have in common: people and firms that the shop deals with.

Personal fields stay out of events and audit rows, so that a person can be anonymised later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self, cast

from app.domain.auth.email import email_key
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import PartyId
from app.domain.common.text import fold, key
from app.domain.parties.fields import PartyValues, check_terms, checked, search_text
from app.domain.parties.limits import NAME_LENGTH
from app.domain.parties.people import Address, Contact
from app.domain.parties.text import phone_key, tax_id_key

PERSONAL_FIELDS = frozenset(
    {
        "name",
        "legal_name",
        "email",
        "phone",
        "website",
        "tax_id",
        "notes",
        "contacts",
        "addresses",
        "external_id",
    }
)
# What is taken together, or not at all.
_FILLED = (
    ("legal_name",),
    ("email",),
    ("phone",),
    ("website",),
    ("tax_id",),
    ("language",),
    ("notes",),
    ("net_days", "discount_ppm", "discount_days"),
    ("contacts",),
    ("addresses",),
    ("credit_limit_minor",),
    ("over_receipt_ppm",),
)
_LEAST_PHONE_DIGITS = 6


class PartyMerged(Conflict):
    """It was merged into another one, which is the one to change."""

    code = "party_merged"
    title = "Merged into another"

    @classmethod
    def of(cls, word: str, code: str, into: PartyId) -> PartyMerged:
        return cls(
            f"The {word} {code} was merged into {into}.", extra={"merged_into_id": str(into)}
        )


class PartyInUse(Conflict):
    """Documents name it, so it is deactivated or anonymised but not deleted."""

    code = "party_in_use"
    title = "Documents name it"


class MatchKind(StrEnum):
    """By what two parties may turn out to be one."""

    TAX_ID = "tax_id"
    PHONE = "phone"
    NAME_AND_POSTAL_CODE = "name_postal"


@dataclass(frozen=True, slots=True, order=True)
class MatchKey:
    kind: MatchKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyCreated(DomainEvent):
    """There is a new one; `party` holds nothing personal."""

    party: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyUpdated(DomainEvent):
    """It changed; `changed` names the fields, personal ones too, `party` holds nothing personal."""

    party: Mapping[str, object]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDeleted(DomainEvent):
    """It is gone; no document ever named it."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyJoined(DomainEvent):
    """It was merged into another one, which stands for both from now on."""

    into_id: PartyId


@dataclass(eq=False, kw_only=True)
class Party(EventRecorderMixin):
    """`code_key`, `email_key`, `name_folded` and `search_text` follow from the other fields.

    An address belongs to one supplier and one customer at most. A merged party gives up its
    `email_key`, so that its address can be that of the one it was merged into.
    """

    word: ClassVar[str] = "party"
    series: ClassVar[str] = ""
    created: ClassVar[type[PartyCreated]] = PartyCreated
    updated: ClassVar[type[PartyUpdated]] = PartyUpdated
    deleted: ClassVar[type[PartyDeleted]] = PartyDeleted
    joined: ClassVar[type[PartyJoined]] = PartyJoined

    id: PartyId
    code: str
    name: str
    created_at: datetime
    updated_at: datetime
    legal_name: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_id: str | None = None
    language: str | None = None
    notes: str | None = None
    net_days: int | None = None
    discount_ppm: int | None = None
    discount_days: int | None = None
    contacts: tuple[Contact, ...] = ()
    addresses: tuple[Address, ...] = ()
    external_id: str | None = None
    active: bool = True
    merged_into_id: PartyId | None = None
    code_key: str = ""
    email_key: str | None = None
    name_folded: str = ""
    search_text: str = ""
    version: int = 1

    @classmethod
    def create(cls, identifier: PartyId, values: PartyValues, *, at: datetime) -> Self:
        """Make a party; code and name are required."""
        fields = cast("dict[str, Any]", checked(values))
        for required in ("code", "name"):
            if required not in fields:
                raise InvalidValue.of(required, "is required", code="missing")
        party = cls(id=identifier, created_at=at, updated_at=at, **fields)
        party._derive(at)
        party.record(party.created(subject=identifier, party=party.snapshot()))
        return party

    def change(self, values: PartyValues, *, at: datetime) -> Changes:
        """Take the given values; returns what differs, and only then the party is touched."""
        self.require_own()
        changes = apply_changes(self, checked(values))
        if changes:
            self._derive(at)
            self._tell(changes)
        return changes

    def set_active(self, active: bool, *, at: datetime) -> Changes:
        """Take part in new documents or no more; nothing differs if it is so already."""
        self.require_own()
        changes = apply_changes(self, {"active": active})
        if changes:
            self.updated_at = at
            self._tell(changes)
        return changes

    def join(self, other: Party, *, at: datetime) -> Changes:
        """Be merged into another one: stay as a row, out of new documents, for the old ones.

        The e-mail address is given up, so that the other one may take it.
        """
        self.require_own()
        changes = apply_changes(self, {"merged_into_id": other.id, "active": False})
        self.email_key, self.updated_at = None, at
        self.record(self.joined(subject=self.id, into_id=other.id))
        return changes

    def fill_blanks(self, others: Sequence[Party], *, at: datetime) -> Changes:
        """Take what it lacks itself from those that were merged into it, the first one first.

        Their codes and external ids stay theirs, by which other systems know them.
        """
        values: dict[str, object] = {}
        for names in _FILLED:
            for other in others:
                given = {name: getattr(other, name, None) for name in names}
                if any(given.values()) and not any(getattr(self, name, None) for name in names):
                    values |= given
                    break
        return self.change(cast("PartyValues", values), at=at)

    def leave(self) -> None:
        """Be deleted; the caller has made sure that no document names it."""
        self.require_own()
        self.record(self.deleted(subject=self.id, code=self.code))

    def require_own(self) -> None:
        """Refuse with `PartyMerged` what has to be done to the one it was merged into."""
        if self.merged_into_id is not None:
            raise PartyMerged.of(self.word, self.code, self.merged_into_id)

    def match_keys(self) -> frozenset[MatchKey]:
        """Return what it shares with those that may be the same; none once it was merged."""
        if self.merged_into_id is not None:
            return frozenset()
        found = set()
        if self.tax_id is not None:
            found.add(MatchKey(MatchKind.TAX_ID, tax_id_key(self.tax_id)))
        if self.phone is not None and len(phone_key(self.phone)) >= _LEAST_PHONE_DIGITS:
            found.add(MatchKey(MatchKind.PHONE, phone_key(self.phone)))
        for address in self.addresses:
            if address.postal_code is not None:
                place = "".join(fold(address.postal_code).split())
                value = f"{self.name_folded}\n{place}"
                found.add(MatchKey(MatchKind.NAME_AND_POSTAL_CODE, value))
        return frozenset(found)

    def snapshot(self) -> dict[str, object]:
        """The party as it stands in events and audit rows: nothing personal."""
        return {
            "code": self.code,
            "language": self.language,
            "net_days": self.net_days,
            "discount_ppm": self.discount_ppm,
            "discount_days": self.discount_days,
            "active": self.active,
        }

    def _tell(self, changes: Changes) -> None:
        event = self.updated(subject=self.id, changed=tuple(changes), party=self.snapshot())
        self.record(event)

    def _derive(self, at: datetime) -> None:
        check_terms(self.net_days, self.discount_ppm, self.discount_days)
        self.code_key = key(self.code)
        self.email_key = None if self.email is None else email_key(self.email)
        # Folding can lengthen a text, and this one stands in an index: only its head sorts.
        self.name_folded = fold(self.name)[:NAME_LENGTH]
        tax_key = None if self.tax_id is None else tax_id_key(self.tax_id)
        self.search_text = search_text(
            self.name, self.legal_name, self.code, self.email, self.tax_id, tax_key
        )
        self.updated_at = at
