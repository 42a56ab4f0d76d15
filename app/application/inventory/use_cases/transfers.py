"""Send goods from one place of the shop to another, and say what became of them on the way."""

from __future__ import annotations

from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.inventory.commands import AskedStep, AskedTransfer
from app.application.inventory.ports import InventoryWork
from app.application.inventory.posting import line_requests
from app.application.inventory.transferring import check_ends, check_open, post, record
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import IdSource, TransferId
from app.domain.common.numbers import posting_year
from app.domain.inventory.document import LineRequest, Particulars, check_lines
from app.domain.inventory.locations import QUARANTINE_ID, TRANSIT_ID
from app.domain.inventory.movement import Move, MovementKind
from app.domain.inventory.transfer import (
    TRANSFER_SERIES,
    Parts,
    Transfer,
    TransferCancelled,
    TransferClosed,
    TransferDispatched,
    TransferEvent,
    TransferLine,
    TransferPosted,
    TransferReceived,
)


class TransferStock:
    """Moves goods from one place to another at once, or sends them into transit to be received.

    They keep their value, and what the stock is worth stays. Every shortage is reported in one
    error, and then nothing happened.
    """

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedTransfer, *, actor: Actor) -> Transfer:
        async with self._work as work:
            room = await work.stock_documents.room(asked.source)
            places = await work.transfers.places({asked.source, asked.target, TRANSIT_ID})
            check_ends(places, source=asked.source, target=asked.target)
            check_open(places, {asked.target})
            items = await work.stock_documents.items({line.product_id for line in asked.lines})
            lines = line_requests(asked.lines, items=items, currency=room.currency, ids=self._ids)
            check_lines(lines, currency=room.currency, quantity_field="quantity")
            head = Particulars.checked(
                at=work.started_at,
                books=room.books,
                occurred_at=asked.occurred_at,
                reference=asked.reference,
                note=asked.note,
            )

            identifier, moves = self._ids.new(TransferId), _leave(lines, asked)
            await post(
                work, identifier, moves, generation=0, occurred_at=head.occurred_at, actor=actor
            )
            year = posting_year(work.started_at, time_zone=room.books.time_zone)
            transfer = Transfer.send(
                identifier,
                number=await work.numbers.next(TRANSFER_SERIES, year=year),
                source=asked.source,
                target=asked.target,
                lines=[_line(request) for request in lines],
                particulars=head,
                user_id=actor.user_id,
                at=work.started_at,
                at_once=not asked.through_transit,
            )
            await work.transfers.add(transfer)
            event = TransferDispatched if asked.through_transit else TransferPosted
            await record(work, transfer, event, moves, places=places, head=head, actor=actor)
            await work.commit(transfer)
            return transfer


class ReceiveTransfer:
    """Takes what arrived of a transfer, in as many parts as it comes: good goods to where they were
    sent, rejected ones into quarantine. What is said to be lost is written off for a reason, which
    needs the right to adjust. Without lines all that is in transit arrived.
    """

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: TransferId, asked: AskedStep, *, expected: int | None, actor: Actor
    ) -> Transfer:
        async with self._work as work:
            transfer = await _found(work, identifier, expected=expected)
            parts = transfer.arrived(asked.lines)
            if any(part.lost for part in parts.values()):
                actor.require(Permission.INVENTORY_ADJUST)
                if asked.reason is None:
                    raise InvalidValue.of("reason", "must say why goods are lost", code="missing")

            await _settle(work, transfer, parts, asked, event=TransferReceived, actor=actor)
            await work.commit(transfer)
            return transfer


class CloseTransfer:
    """Writes off what is still in transit, for a reason; what arrived before stays as it is."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: TransferId, asked: AskedStep, *, expected: int | None, actor: Actor
    ) -> Transfer:
        async with self._work as work:
            transfer = await _found(work, identifier, expected=expected)
            parts = transfer.lost()

            await _settle(work, transfer, parts, asked, event=TransferClosed, actor=actor)
            await work.commit(transfer)
            return transfer


class CancelTransfer:
    """Lets what is still in transit go back where it came from; what arrived before stays."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: TransferId, asked: AskedStep, *, expected: int | None, actor: Actor
    ) -> Transfer:
        async with self._work as work:
            transfer = await _found(work, identifier, expected=expected)
            parts = transfer.sent_back()

            await _settle(work, transfer, parts, asked, event=TransferCancelled, actor=actor)
            await work.commit(transfer)
            return transfer


def _leave(lines: Sequence[LineRequest], asked: AskedTransfer) -> tuple[Move, ...]:
    return tuple(
        Move(
            product_id=line.item.product_id,
            source=asked.source,
            target=TRANSIT_ID if asked.through_transit else asked.target,
            quantity=line.change.size,
            kind=MovementKind.TRANSFER,
            line_id=line.id,
        )
        for line in lines
    )


def _line(request: LineRequest) -> TransferLine:
    item = request.item
    return TransferLine(
        id=request.id,
        product_id=item.product_id,
        sku=item.sku,
        name=item.name,
        unit_code=item.unit_code,
        unit_decimals=item.unit_decimals,
        quantity=request.change.size,
    )


async def _found(work: InventoryWork, identifier: TransferId, *, expected: int | None) -> Transfer:
    """Return it, locked; with an `expected` version only the transfer that the caller saw."""
    transfer = await work.transfers.get(identifier)
    if expected is not None:
        require_version(transfer, expected)
    return transfer


async def _settle(
    work: InventoryWork,
    transfer: Transfer,
    parts: Parts,
    asked: AskedStep,
    *,
    event: type[TransferEvent],
    actor: Actor,
) -> None:
    """Move what the parts name and write it down; each step is a generation of its own."""
    room = await work.stock_documents.room(transfer.source)
    head = Particulars.checked(
        at=work.started_at,
        books=room.books,
        occurred_at=asked.occurred_at,
        reason=asked.reason,
        note=asked.note,
    )
    moves = transfer.moves(parts, reason=head.reason)
    places = await work.transfers.places(
        {transfer.source, transfer.target, TRANSIT_ID, QUARANTINE_ID}
    )
    # What goes back does so even into a place that was closed meanwhile.
    check_open(places, {move.target for move in moves} - {transfer.source})
    await post(
        work,
        transfer.id,
        moves,
        generation=transfer.version,
        occurred_at=head.occurred_at,
        actor=actor,
    )
    transfer.settle(parts, event=event, at=work.started_at)
    await work.transfers.save_step(transfer, parts)
    await record(work, transfer, event, moves, places=places, head=head, actor=actor)
