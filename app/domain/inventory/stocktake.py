"""A stocktake: a sheet is opened, counted, reviewed and posted. Its rows are no part of this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from app.domain.common.errors import Conflict
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import CategoryId, LocationId, StocktakeId, UserId
from app.domain.common.numbers import DocumentNumber
from app.domain.common.text import clean_text
from app.domain.inventory.locations import is_owned
from app.domain.inventory.movement import Posting

STOCKTAKE_SERIES = "ST"
# Of one request, and of one event.
MOST_ROWS = 500
REASON_LENGTH = 255
NOTE_LENGTH = 1000
CLIENT_ID_LENGTH = 64


class StocktakeStatus(StrEnum):
    """Whatever is counted in review has to be reviewed again."""

    COUNTING = "counting"
    REVIEW = "review"
    POSTED = "posted"
    CANCELLED = "cancelled"


class ScopeKind(StrEnum):
    """Which products stand on the sheet."""

    PRODUCTS = "products"
    CATEGORY = "category"
    LOCATION = "location"


class WrongStocktakeStatus(Conflict):
    """The count is not at the point where this can be done."""

    code = "wrong_stocktake_status"
    title = "The count is not there yet, or past that"


class NothingCounted(Conflict):
    """No row of the count says how much there was."""

    code = "nothing_counted"
    title = "Nothing was counted"


class ClientIdTaken(Conflict):
    """The identifier of a row was sent before, with something else in it."""

    code = "client_id_taken"
    title = "That identifier was used for another row"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeEvent(DomainEvent):
    """`document` holds all of the count but its rows."""

    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeOpened(StocktakeEvent):
    """A sheet was made; nothing moved."""

    name: ClassVar[str] = "stocktake.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeReviewed(StocktakeEvent):
    """Everything is counted and can be looked through."""

    name: ClassVar[str] = "stocktake.reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakePosted(StocktakeEvent):
    """The books say what was counted."""

    name: ClassVar[str] = "stocktake.posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeCancelled(StocktakeEvent):
    """Nothing came of it."""

    name: ClassVar[str] = "stocktake.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLevelsChanged(DomainEvent):
    """What a posted count changed, `MOST_ROWS` rows in an event."""

    name: ClassVar[str] = "stocktake.levels_changed"
    location_id: str
    lines: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCleared(DomainEvent):
    """What a sale took beyond the books was put right by a count."""

    name: ClassVar[str] = "sale.cleared"
    stocktake_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeRestated(DomainEvent):
    """Something that happened before a posted count became known late and changed its variance."""

    name: ClassVar[str] = "stocktake.restated"
    lines: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many rows there are, were counted, differ from the books, are told in two ways."""

    lines: int = 0
    counted: int = 0
    differing: int = 0
    disputed: int = 0


@dataclass(eq=False, kw_only=True)
class Stocktake(EventRecorderMixin):
    """The head of a count of one location. `blind` hides what is expected from those who count.

    `user_id` is who opened it, `posted_by` who made its figures the truth.
    """

    id: StocktakeId
    location_id: LocationId
    scope: ScopeKind
    category_id: CategoryId | None
    blind: bool
    note: str | None
    user_id: UserId | None
    opened_at: datetime
    status: StocktakeStatus = StocktakeStatus.COUNTING
    number: DocumentNumber | None = None
    reviewed_at: datetime | None = None
    posted_at: datetime | None = None
    posted_by: UserId | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    version: int = 1

    @classmethod
    def open(
        cls,
        identifier: StocktakeId,
        *,
        location_id: LocationId,
        scope: ScopeKind,
        category_id: CategoryId | None = None,
        blind: bool = False,
        note: str | None = None,
        user_id: UserId | None,
        at: datetime,
    ) -> Stocktake:
        made = cls(
            id=identifier,
            location_id=location_id,
            scope=scope,
            category_id=category_id,
            blind=blind,
            note=None if note is None else clean_text(note, field="note", most=NOTE_LENGTH) or None,
            user_id=user_id,
            opened_at=at,
        )
        made.record(StocktakeOpened(subject=identifier, document=made.snapshot()))
        return made

    def recount(self) -> bool:
        """Take more figures; returns whether they have to be reviewed again."""
        self._require(StocktakeStatus.COUNTING, StocktakeStatus.REVIEW)
        reopened = self.status is StocktakeStatus.REVIEW
        self.status, self.reviewed_at = StocktakeStatus.COUNTING, None
        return reopened

    def require_counting(self) -> None:
        """Refuse with `WrongStocktakeStatus` what may only be done while the sheet is open."""
        self._require(StocktakeStatus.COUNTING)

    def review(self, *, at: datetime) -> None:
        self.require_counting()
        self.status, self.reviewed_at = StocktakeStatus.REVIEW, at
        self.record(StocktakeReviewed(subject=self.id, document=self.snapshot()))

    def require_reviewed(self) -> None:
        """Refuse with `WrongStocktakeStatus` to post what nobody looked through, or twice."""
        self._require(StocktakeStatus.REVIEW)

    def post(self, number: DocumentNumber, *, user_id: UserId | None, at: datetime) -> None:
        """From here on nothing about it changes but what becomes known late."""
        self._require(StocktakeStatus.REVIEW)
        self.status, self.number = StocktakeStatus.POSTED, number
        self.posted_at, self.posted_by = at, user_id
        self.record(StocktakePosted(subject=self.id, document=self.snapshot()))

    def cancel(self, *, reason: str | None, at: datetime) -> None:
        """Give it up before it is posted."""
        self._require(StocktakeStatus.COUNTING, StocktakeStatus.REVIEW)
        self.status, self.closed_at, self.close_reason = StocktakeStatus.CANCELLED, at, reason
        self.record(StocktakeCancelled(subject=self.id, document=self.snapshot()))

    def snapshot(self) -> dict[str, object]:
        """The count as it stands in events."""
        return {
            "number": None if self.number is None else str(self.number),
            "status": self.status.value,
            "location_id": str(self.location_id),
            "scope": self.scope.value,
            "category_id": None if self.category_id is None else str(self.category_id),
            "note": self.note,
        }

    def _require(self, *statuses: StocktakeStatus) -> None:
        if self.status not in statuses:
            raise WrongStocktakeStatus(
                f"The count {self.number or self.id} is {self.status}.",
                extra={"count_status": self.status.value},
            )


def restated(late: Iterable[Posting]) -> list[StocktakeRestated]:
    """Return what to tell of counts whose variance changed because something became known late."""
    return [
        StocktakeRestated(
            subject=posting.document_id,
            lines=tuple(
                {
                    "product_id": str(move.product_id),
                    "change": str(move.quantity) if is_owned(move.target) else f"-{move.quantity}",
                    "counted_at": posting.occurred_at.isoformat(),
                }
                for move in posting.moves
            ),
        )
        for posting in late
    ]
