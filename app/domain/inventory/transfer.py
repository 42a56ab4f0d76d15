"""Transfers: goods go from one place of the shop to another, at once or through transit.

Of each line it is kept how much arrived, was rejected, got lost or went back; the rest of what was
sent is in transit. So nothing is made or lost on the way that no column tells of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import LineId, LocationId, ProductId, TransferId, UserId
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import MOST_LINES, Particulars
from app.domain.inventory.locations import QUARANTINE_ID, SCRAP_ID, TRANSIT_ID
from app.domain.inventory.movement import Move, MovementKind
from app.domain.inventory.reasons import AdjustmentReason

TRANSFER_SERIES = "TR"
_NONE = Quantity(0)


class TransferStatus(StrEnum):
    """Where the goods are; only the first one ever changes.

    `CLOSED` is a transfer of which something got lost, `CANCELLED` one of which something went
    back; of each, the rest arrived.
    """

    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class WrongTransferStatus(Conflict):
    """Nothing of the transfer is in transit any more."""

    code = "wrong_transfer_status"
    title = "Nothing of the transfer is in transit"


class ExceedsTransit(Conflict):
    """More is received of a line, or said to be lost, than is in transit."""

    code = "exceeds_transit"
    title = "More than is in transit"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEvent(DomainEvent):
    """`document` holds all of the transfer as it is after this."""

    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPosted(TransferEvent):
    """Goods went from one place to another at once."""

    name: ClassVar[str] = "transfer.posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDispatched(TransferEvent):
    """Goods left for another place."""

    name: ClassVar[str] = "transfer.dispatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived(TransferEvent):
    """Goods of a transfer arrived, were rejected or found missing; maybe not all of them."""

    name: ClassVar[str] = "transfer.received"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferClosed(TransferEvent):
    """What was still in transit is lost."""

    name: ClassVar[str] = "transfer.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCancelled(TransferEvent):
    """What was still in transit went back to where it came from."""

    name: ClassVar[str] = "transfer.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of goods of a line; `received` ones are good, `rejected` ones are set aside."""

    received: Quantity = _NONE
    rejected: Quantity = _NONE
    lost: Quantity = _NONE
    returned: Quantity = _NONE

    @property
    def total(self) -> Quantity:
        return self.received + self.rejected + self.lost + self.returned

    def plus(self, other: Part) -> Part:
        return Part(
            received=self.received + other.received,
            rejected=self.rejected + other.rejected,
            lost=self.lost + other.lost,
            returned=self.returned + other.returned,
        )


Parts = Mapping[LineId, Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """A product as it stood in the catalog, how much was sent, and what became of it so far."""

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    unit_decimals: int
    quantity: Quantity
    settled: Part = Part()

    @property
    def in_transit(self) -> Quantity:
        return Quantity(self.quantity.thousandths - self.settled.total.thousandths)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedLine:
    """One line of a request that tells what became of goods in transit."""

    line_id: LineId
    part: Part


@dataclass(eq=False, kw_only=True)
class Transfer(EventRecorderMixin):
    """What was sent never changes; `finished_at` is when the last of it left transit."""

    id: TransferId
    number: DocumentNumber
    source: LocationId
    target: LocationId
    lines: tuple[TransferLine, ...]
    particulars: Particulars
    user_id: UserId | None
    recorded_at: datetime
    status: TransferStatus = TransferStatus.IN_TRANSIT
    finished_at: datetime | None = None
    version: int = 1

    @classmethod
    def send(
        cls,
        identifier: TransferId,
        *,
        number: DocumentNumber,
        source: LocationId,
        target: LocationId,
        lines: Sequence[TransferLine],
        particulars: Particulars,
        user_id: UserId | None,
        at: datetime,
        at_once: bool,
    ) -> Transfer:
        """Write down goods that left; `at_once` they arrived as well."""
        made = cls(
            id=identifier,
            number=number,
            source=source,
            target=target,
            lines=tuple(lines),
            particulars=particulars,
            user_id=user_id,
            recorded_at=at,
        )
        if at_once:
            made.settle(made.arrived(None), event=TransferPosted, at=at)
        else:
            made.record(TransferDispatched(subject=identifier, document=made.snapshot()))
        return made

    def arrived(self, lines: Sequence[ArrivedLine] | None) -> Parts:
        """Return by line what a request names, or all that is in transit as received.

        Lines of the request that name the same line are taken together. Refuses what the unit
        cannot hold, lines of other transfers, and with `ExceedsTransit` more than is in transit.
        """
        self.require_in_transit()
        if lines is None:
            return {
                line.id: Part(received=line.in_transit) for line in self.lines if line.in_transit
            }
        if not 1 <= len(lines) <= MOST_LINES:
            raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
        own = {line.id: line for line in self.lines}
        _raise(
            InvalidValue, [f for i, asked in enumerate(lines) for f in _faults(i, asked, own, self)]
        )
        parts: dict[LineId, Part] = defaultdict(Part)
        beyond = []
        for index, asked in enumerate(lines):
            line = own[asked.line_id]
            parts[line.id] = parts[line.id].plus(asked.part)
            if parts[line.id].total > line.in_transit:
                detail = f"{line.in_transit} of {line.sku} is in transit"
                beyond.append(FieldError(f"/lines/{index}", ExceedsTransit.code, detail))
        short = [own[i] for i, part in parts.items() if part.total > own[i].in_transit]
        _raise(
            ExceedsTransit,
            beyond,
            lines=[
                {
                    "line_id": str(line.id),
                    "requested": str(parts[line.id].total),
                    "in_transit": str(line.in_transit),
                }
                for line in short
            ],
        )
        return parts

    def lost(self) -> Parts:
        """Return all that is in transit as lost."""
        self.require_in_transit()
        return {line.id: Part(lost=line.in_transit) for line in self.lines if line.in_transit}

    def sent_back(self) -> Parts:
        """Return all that is in transit as going back."""
        self.require_in_transit()
        return {line.id: Part(returned=line.in_transit) for line in self.lines if line.in_transit}

    def moves(self, parts: Parts, *, reason: AdjustmentReason | None) -> tuple[Move, ...]:
        """Return how goods leave transit: each part of a line to its place; losses for a reason."""
        return tuple(
            Move(
                product_id=line.product_id,
                source=TRANSIT_ID,
                target=target,
                quantity=quantity,
                kind=MovementKind.SCRAP if target == SCRAP_ID else MovementKind.TRANSFER,
                line_id=line.id,
                reason=reason.value if reason is not None and target == SCRAP_ID else None,
            )
            for line in self.lines
            if line.id in parts
            for target, quantity in self._ways(parts[line.id])
        )

    def settle(self, parts: Parts, *, event: type[TransferEvent], at: datetime) -> None:
        """Let the parts leave transit: arrived, given up or taken back, as the event tells."""
        self.require_in_transit()
        self.lines = tuple(
            replace(line, settled=line.settled.plus(parts.get(line.id, Part())))
            for line in self.lines
        )
        self.status = self._reached()
        if self.status is not TransferStatus.IN_TRANSIT:
            self.finished_at = at
        self.record(event(subject=self.id, document=self.snapshot()))

    def require_in_transit(self) -> None:
        if self.status is not TransferStatus.IN_TRANSIT:
            raise WrongTransferStatus(
                f"The transfer {self.number} is {self.status}.",
                extra={"transfer_status": self.status.value},
            )

    def snapshot(self) -> dict[str, object]:
        """The transfer as it stands in events."""
        head = self.particulars
        return {
            "number": str(self.number),
            "status": self.status.value,
            "from_location_id": str(self.source),
            "to_location_id": str(self.target),
            "reference": head.reference,
            "note": head.note,
            "occurred_at": head.occurred_at.isoformat(),
            "lines": [
                {
                    "id": str(line.id),
                    "product_id": str(line.product_id),
                    "sku": line.sku,
                    "quantity": str(line.quantity),
                    "received": str(line.settled.received),
                    "rejected": str(line.settled.rejected),
                    "lost": str(line.settled.lost),
                    "returned": str(line.settled.returned),
                }
                for line in self.lines
            ],
        }

    def _ways(self, part: Part) -> Iterable[tuple[LocationId, Quantity]]:
        """Return where the goods go, each place once: a place may take both good and bad ones."""
        ways: dict[LocationId, Quantity] = {}
        for target, quantity in (
            (self.target, part.received),
            (QUARANTINE_ID, part.rejected),
            (SCRAP_ID, part.lost),
            (self.source, part.returned),
        ):
            if quantity:
                ways[target] = ways.get(target, _NONE) + quantity
        return ways.items()

    def _reached(self) -> TransferStatus:
        if any(line.in_transit for line in self.lines):
            return TransferStatus.IN_TRANSIT
        if any(line.settled.returned for line in self.lines):
            return TransferStatus.CANCELLED
        if any(line.settled.lost for line in self.lines):
            return TransferStatus.CLOSED
        return TransferStatus.RECEIVED


def _faults(
    index: int, asked: ArrivedLine, own: Mapping[LineId, TransferLine], transfer: Transfer
) -> Iterable[FieldError]:
    at = f"/lines/{index}"
    line = own.get(asked.line_id)
    if line is None:
        detail = f"the transfer has no line {asked.line_id}"
        yield FieldError(f"{at}/line_id", "unknown_reference", detail)
        return
    if not asked.part.total:
        yield FieldError(at, InvalidValue.code, "says of nothing what became of it")
    part = asked.part
    for field, figure in (
        ("received", part.received), ("rejected", part.rejected), ("lost", part.lost)
    ):  # fmt: skip
        if not figure.fits(line.unit_decimals):
            places = f"with {line.unit_decimals} decimal places"
            detail = f"{line.sku} is counted in {line.unit_code} {places}"
            yield FieldError(f"{at}/{field}", InvalidValue.code, detail)
    if part.rejected and transfer.target == QUARANTINE_ID:
        yield FieldError(f"{at}/rejected", InvalidValue.code, "all of it goes into quarantine")


def _raise(
    kind: type[InvalidValue | ExceedsTransit], faults: Sequence[FieldError], **extra: object
) -> None:
    if faults:
        raise kind(
            "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults),
            errors=tuple(faults),
            extra=extra,
        )
