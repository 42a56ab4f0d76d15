"""Post a sale: goods leave through the ledger, a number is given; and the way back."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.sales.commands import Completion
from app.application.sales.drafting import tenders
from app.application.sales.keeping import costs_of, hand_over
from app.application.sales.ports import Offer, SalesWork
from app.domain.auth.roles import Permission
from app.domain.common.errors import Conflict, FieldError
from app.domain.common.numbers import posting_year
from app.domain.inventory.locations import DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting
from app.domain.sales.line import SaleLine
from app.domain.sales.sale import SALES_SERIES, Letterhead, Sale


class DraftOutdated(Conflict):
    """A product is counted in another way, or the shop in another currency, than the draft says."""

    code = "draft_outdated"
    title = "The draft no longer fits the catalog"


async def complete(
    work: SalesWork, sale: Sale, completion: Completion, *, offer: Offer, actor: Actor
) -> None:
    """Take money and goods and give the number, last of all that locks."""
    if completion.oversell:
        actor.require(Permission.SALES_OVERSELL)
    at = work.started_at
    sale.happen(completion.occurred_at, at=at)
    sale.pay(tenders(completion.tenders, currency=sale.conditions.currency))

    rest = {line.id: line.rest for line in sale.lines}
    movements = await hand_over(
        work,
        sale,
        rest,
        actor=actor,
        occurred_at=sale.occurred_at,
        oversell=completion.oversell,
    )

    posted_at = offer.books.posting_date(sale.occurred_at)
    year = posting_year(posted_at, time_zone=offer.books.time_zone)
    sale.complete(
        await work.numbers.next(SALES_SERIES, year=year),
        letterhead=Letterhead(shop_name=offer.shop_name, time_zone=offer.books.time_zone),
        costs=costs_of(movements),
        needs_attention=any(movement.source == DISCREPANCY_ID for movement in movements),
        user_id=actor.user_id,
        posted_at=posted_at,
        at=at,
    )


def check_still_fits(sale: Sale, offer: Offer) -> None:
    """Refuse a draft whose currency, or the unit or stock-keeping of whose products, changed.

    Prices and tax stay as quoted; but goods must leave the ledger in the unit it counts in.
    """
    currency = sale.conditions.currency
    if offer.currency != currency:
        raise DraftOutdated(f"The draft is in {currency}, the shop in {offer.currency}.")
    faults = tuple(
        FieldError(f"/lines/{index}", DraftOutdated.code, f"{line.item.sku} is kept otherwise now")
        for index, line in enumerate(sale.lines)
        if _kept(line, offer) != (line.item.unit_code, line.item.tracks_stock)
    )
    if faults:
        raise DraftOutdated("; ".join(fault.detail for fault in faults), errors=faults)


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
            # What left in parts comes back in parts.
            generation=movement.generation + 1,
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
            )
        )
    return len(moves)


def _kept(line: SaleLine, offer: Offer) -> tuple[str, bool]:
    item = offer.items[line.item.product_id].item
    return item.unit_code, item.tracks_stock
