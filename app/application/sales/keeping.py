"""Keep goods for the lines of a confirmed sale, and hand them over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.application.common.actor import Actor
from app.application.sales.ports import SalesWork
from app.domain.common.identifiers import IdSource, LineId, LocationId, ReservationId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import CUSTOMER_ID
from app.domain.inventory.movement import DocumentKind, Move, Movement, MovementKind, Posting
from app.domain.inventory.plan import Place
from app.domain.inventory.reservation import Reservation
from app.domain.sales.line import SaleLine
from app.domain.sales.sale import Sale, SaleStatus


async def keep_for(
    work: SalesWork,
    sale: Sale,
    *,
    ids: IdSource,
    actor: Actor,
    besides: Iterable[Place] = (),
) -> None:
    """Reserve for each line what it says is reserved for it, and no more than that.

    What the sale keeps already counts as its own; `InsufficientStock` names every shortage.
    """
    wanted = [
        Reservation(
            id=ids.new(ReservationId),
            product_id=line.item.product_id,
            location_id=sale.conditions.location_id,
            quantity=line.reserved,
            remaining=line.reserved,
            created_at=work.started_at,
            user_id=actor.user_id,
            sale_id=sale.id,
            line_id=line.id,
            expires_at=sale.reserved_until,
        )
        for line in sale.lines
        if line.reserved
    ]
    await work.reservations.keep(wanted, at=work.started_at, of_sale=sale.id, besides=besides)


async def let_go(work: SalesWork, sale: Sale) -> None:
    """Keep nothing for the sale any more."""
    await work.reservations.keep(
        (),
        at=work.started_at,
        of_sale=sale.id,
        besides=places(sale.lines, sale.conditions.location_id),
    )


def places(lines: Iterable[SaleLine], location_id: LocationId) -> list[Place]:
    """Return where goods are kept for the lines."""
    return [(line.item.product_id, location_id) for line in lines if line.item.tracks_stock]


async def hand_over(
    work: SalesWork,
    sale: Sale,
    parts: Mapping[LineId, Quantity],
    *,
    actor: Actor,
    occurred_at: datetime | None = None,
    oversell: bool = False,
) -> Sequence[Movement]:
    """Let so much of each line leave: what is kept for it, the rest at availability.

    Each version of an order has its own generation, so that no part ever leaves twice.
    """
    moves = tuple(
        Move(
            product_id=line.item.product_id,
            source=sale.conditions.location_id,
            target=CUSTOMER_ID,
            quantity=parts[line.id],
            kind=MovementKind.SALE,
            line_id=line.id,
        )
        for line in sale.lines
        if line.item.tracks_stock and parts.get(line.id)
    )
    if not moves:
        return []
    confirmed = sale.status is SaleStatus.CONFIRMED
    return await work.ledger.post(
        Posting(
            document_kind=DocumentKind.SALE,
            document_id=sale.id,
            user_id=actor.user_id,
            occurred_at=occurred_at or work.started_at,
            recorded_at=work.started_at,
            moves=moves,
            generation=sale.version if confirmed else 0,
            oversell=oversell,
            consumes_reservations=confirmed,
        )
    )


def costs_of(movements: Iterable[Movement]) -> dict[LineId, int]:
    """Return the value at which the goods of each line left."""
    costs: dict[LineId, int] = defaultdict(int)
    for movement in movements:
        costs[movement.line_id] += movement.value_minor
    return costs
