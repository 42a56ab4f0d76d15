"""Post a sale: goods leave through the ledger, a number is given; and the way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.sales.commands import Completion
from app.application.sales.drafting import tenders
from app.application.sales.ports import Counter, SalesWork
from app.domain.auth.roles import Permission
from app.domain.common.errors import Conflict
from app.domain.common.identifiers import LineId
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, Move, Movement, MovementKind, Posting
from app.domain.sales.numbers import SALES_SERIES, posting_year
from app.domain.sales.sale import Sale


class CurrencyChanged(Conflict):
    """The draft was priced in a currency that the shop no longer has."""

    code = "currency_changed"
    title = "The draft is in another currency than the shop"


async def complete(
    work: SalesWork, sale: Sale, completion: Completion, *, counter: Counter, actor: Actor
) -> None:
    """Take money and goods and give the number, last of all that locks."""
    if completion.oversell:
        actor.require(Permission.SALES_OVERSELL)
    currency = sale.conditions.currency
    if counter.currency != currency:
        raise CurrencyChanged(f"The draft is in {currency}, the shop in {counter.currency}.")
    at = work.started_at
    sale.happen(completion.occurred_at, at=at)
    sale.pay(tenders(completion.tenders, currency=currency))

    movements = await _take_out(work, sale, completion, actor=actor)

    costs: dict[LineId, int] = defaultdict(int)
    for movement in movements:
        costs[movement.line_id] += movement.value_minor
    year = posting_year(at, time_zone=counter.time_zone)
    sale.complete(
        await work.numbers.next(SALES_SERIES, year=year),
        costs=costs,
        needs_attention=any(movement.source == DISCREPANCY_ID for movement in movements),
        user_id=actor.user_id,
        at=at,
    )


async def take_back(work: SalesWork, sale: Sale, *, actor: Actor) -> int:
    """Reverse each movement of the sale at the value it left with; returns how many there were."""
    out = await work.sales.moved(sale.id)
    moves = tuple(
        Move(
            product_id=movement.product_id,
            source=movement.target,
            target=movement.source,
            quantity=movement.quantity,
            kind=MovementKind.SALE,
            line_id=movement.line_id,
            value_minor=movement.value_minor,
            reverses=movement.id,
        )
        for movement in out
    )
    if moves:
        await work.ledger.post(
            Posting(
                document_kind=DocumentKind.SALE,
                document_id=sale.id,
                user_id=actor.user_id,
                occurred_at=work.started_at,
                recorded_at=work.started_at,
                moves=moves,
                generation=1,
            )
        )
    return len(moves)


async def _take_out(
    work: SalesWork, sale: Sale, completion: Completion, *, actor: Actor
) -> Sequence[Movement]:
    moves = tuple(
        Move(
            product_id=line.item.product_id,
            source=sale.conditions.location_id,
            target=CUSTOMER_ID,
            quantity=line.quantity,
            kind=MovementKind.SALE,
            line_id=line.id,
        )
        for line in sale.lines
        if line.item.tracks_stock
    )
    if not moves:
        return []
    return await work.ledger.post(
        Posting(
            document_kind=DocumentKind.SALE,
            document_id=sale.id,
            user_id=actor.user_id,
            occurred_at=sale.occurred_at,
            recorded_at=work.started_at,
            moves=moves,
            oversell=completion.oversell,
        )
    )
