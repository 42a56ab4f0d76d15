"""What the steps of a transfer share: places, postings, and what the audit log keeps of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.application.common.actor import Actor
from app.application.inventory.levels import levels_by_place
from app.application.inventory.ports import InventoryWork, TransferPlace
from app.application.inventory.posting import LocationClosed
from app.domain.common.errors import InvalidValue, UnknownReference
from app.domain.common.identifiers import LocationId, TransferId
from app.domain.inventory.document import Particulars
from app.domain.inventory.locations import TRANSIT_ID, LocationKind
from app.domain.inventory.movement import DocumentKind, Move, Posting
from app.domain.inventory.transfer import Transfer, TransferEvent

Places = Mapping[LocationId, TransferPlace]


def check_ends(places: Places, *, source: LocationId, target: LocationId) -> None:
    """Refuse ends that do not exist, hold no goods, or are the same."""
    for field, identifier in (("from_location_id", source), ("to_location_id", target)):
        if identifier not in places:
            raise UnknownReference.of(field, LocationId.kind, identifier)
        if places[identifier].kind is not LocationKind.STOCK:
            raise InvalidValue.of(field, "is a virtual location, which holds no goods")
        if identifier == TRANSIT_ID:
            raise InvalidValue.of(field, "is between two places: say `through_transit`")
    if source == target:
        raise InvalidValue.of("to_location_id", "is where the goods are already")


def check_open(places: Places, entered: Iterable[LocationId]) -> None:
    """Refuse with `LocationClosed` to let goods into a place that is closed."""
    for identifier in sorted(set(entered)):
        place = places.get(identifier)
        if place is not None and not place.active:
            raise LocationClosed(f"The location {place.code} is closed: nothing comes in.")


async def post(
    work: InventoryWork,
    identifier: TransferId,
    moves: tuple[Move, ...],
    *,
    generation: int,
    occurred_at: datetime,
    actor: Actor,
) -> None:
    """Let the goods of one step go, all at once or not at all.

    To send goods is a wish, which takes what is free; what became of them on the way is a fact.
    """
    await work.ledger.post(
        Posting(
            document_kind=DocumentKind.TRANSFER,
            document_id=identifier,
            user_id=actor.user_id,
            occurred_at=occurred_at,
            recorded_at=work.started_at,
            moves=moves,
            generation=generation,
            overrides_reservations=generation > 0,
        )
    )


async def record(
    work: InventoryWork,
    transfer: Transfer,
    event: type[TransferEvent],
    moves: Iterable[Move],
    *,
    places: Places,
    head: Particulars,
    actor: Actor,
) -> None:
    """Note what lay at each place before and after this step, and tell of it."""
    skus = {line.product_id: line.sku for line in transfer.lines}
    codes = {identifier: place.code for identifier, place in places.items()}
    levels = await levels_by_place(
        work.ledger, moves, skus=skus, codes=codes, occurred_at=head.occurred_at
    )
    work.track(transfer)
    work.audit(
        actor,
        event.name,
        transfer.id,
        changes=levels,
        note={
            "number": str(transfer.number),
            "from": places[transfer.source].code,
            "to": places[transfer.target].code,
            "lines": len(transfer.lines),
            "status": transfer.status,
            "reference": head.reference,
            "reason": head.reason,
            "note": head.note,
        },
    )
