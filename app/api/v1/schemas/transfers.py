"""What is sent and shown of transfers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, StrictBool
from pydantic.config import JsonDict

from app.api.v1.schemas.common import (
    LineIdField,
    LocationIdField,
    ProductIdField,
    QuantityField,
    Schema,
    TransferIdField,
    UserIdField,
)
from app.api.v1.schemas.stock_documents import NoteField, WhenField, WriteOffField
from app.application.inventory.commands import AskedLine, AskedStep, AskedTransfer
from app.application.inventory.queries import TransferItem
from app.domain.common.quantity import Delta, Quantity
from app.domain.inventory.document import MOST_LINES, REFERENCE_LENGTH
from app.domain.inventory.transfer import (
    ArrivedLine,
    Part,
    Transfer,
    TransferLine,
    TransferStatus,
)

_NONE = Quantity(0)
_NOTHING: JsonDict = {"default": "0"}


class TransferLineIn(Schema):
    product_id: ProductIdField
    quantity: QuantityField

    def asked(self) -> AskedLine:
        return AskedLine(product_id=self.product_id, change=Delta(self.quantity.thousandths))


class TransferIn(Schema):
    """Goods that go from one place of the shop to another."""

    from_location_id: LocationIdField
    to_location_id: LocationIdField
    lines: list[TransferLineIn] = Field(min_length=1, max_length=MOST_LINES)
    through_transit: StrictBool = Field(
        default=False,
        description="They only leave, and are received later; if false they arrive at once.",
    )
    reference: str | None = Field(default=None, min_length=1, max_length=REFERENCE_LENGTH)
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedTransfer:
        return AskedTransfer(
            source=self.from_location_id,
            target=self.to_location_id,
            lines=tuple(line.asked() for line in self.lines),
            through_transit=self.through_transit,
            reference=self.reference,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class ArrivedLineIn(Schema):
    """What became of goods of one line; what is not named stays in transit."""

    line_id: LineIdField
    received: QuantityField = Field(
        default=_NONE, json_schema_extra=_NOTHING, description="Good goods."
    )
    rejected: QuantityField = Field(
        default=_NONE, json_schema_extra=_NOTHING, description="Goods that go into quarantine."
    )
    lost: QuantityField = Field(
        default=_NONE,
        json_schema_extra=_NOTHING,
        description="Goods that will not come. Needs the permission `inventory.adjust`.",
    )

    def asked(self) -> ArrivedLine:
        part = Part(received=self.received, rejected=self.rejected, lost=self.lost)
        return ArrivedLine(line_id=self.line_id, part=part)


class ArrivalIn(Schema):
    """What arrived of a transfer, or will not."""

    lines: list[ArrivedLineIn] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_LINES,
        description="Absent or null: all that is in transit was received.",
    )
    reason: WriteOffField | None = Field(
        default=None, description="Why goods are lost, if any are; `other` needs a note."
    )
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedStep:
        return AskedStep(
            lines=None if self.lines is None else tuple(line.asked() for line in self.lines),
            reason=self.reason,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class TransferLossIn(Schema):
    """Why what is still in transit is written off."""

    reason: WriteOffField = Field(description="`other` needs a note.")
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedStep:
        return AskedStep(reason=self.reason, occurred_at=self.occurred_at, note=self.note)


class TransferCancelIn(Schema):
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedStep:
        return AskedStep(occurred_at=self.occurred_at, note=self.note)


class TransferLineOut(Schema):
    """`quantity` was sent: what was received, rejected, lost or returned, and is in transit yet."""

    id: LineIdField
    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    quantity: str = Field(examples=["10.000"])
    received: str = Field(examples=["7.000"])
    rejected: str = Field(examples=["3.000"], description="Went into quarantine.")
    lost: str = Field(examples=["0.000"], description="Written off.")
    returned: str = Field(examples=["0.000"], description="Went back where it came from.")
    in_transit: str = Field(examples=["0.000"])

    @classmethod
    def of(cls, line: TransferLine) -> TransferLineOut:
        return cls(
            id=line.id,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit_code,
            quantity=str(line.quantity),
            received=str(line.settled.received),
            rejected=str(line.settled.rejected),
            lost=str(line.settled.lost),
            returned=str(line.settled.returned),
            in_transit=str(line.in_transit),
        )


class TransferItemOut(Schema):
    """A transfer as lists show it: all but its lines."""

    id: TransferIdField
    number: str = Field(examples=["TR-2026-000001"])
    status: TransferStatus
    from_location_id: LocationIdField
    to_location_id: LocationIdField
    reference: str | None
    note: str | None
    user_id: UserIdField | None = Field(description="Who sent the goods.")
    occurred_at: datetime
    recorded_at: datetime
    finished_at: datetime | None = Field(description="When the last goods left transit.")
    version: int

    @classmethod
    def of(cls, item: TransferItem) -> TransferItemOut:
        return cls(**_head(item))


class TransferOut(TransferItemOut):
    """A transfer with what became of each line so far."""

    lines: list[TransferLineOut]

    @classmethod
    def of_transfer(cls, transfer: Transfer) -> TransferOut:
        lines = [TransferLineOut.of(line) for line in transfer.lines]
        return cls(**_head(transfer), lines=lines)


def _head(item: TransferItem | Transfer) -> dict[str, Any]:
    head = item.particulars
    return {
        "id": item.id,
        "number": str(item.number),
        "status": item.status,
        "from_location_id": item.source,
        "to_location_id": item.target,
        "reference": head.reference,
        "note": head.note,
        "user_id": item.user_id,
        "occurred_at": head.occurred_at,
        "recorded_at": item.recorded_at,
        "finished_at": item.finished_at,
        "version": item.version,
    }
