"""Post a sale: goods leave through the ledger, a number is given; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.application.common.actor import Actor
from app.application.inventory.levels import levels_around
from app.application.sales.commands import Completion
from app.application.sales.drafting import tenders
from app.application.sales.keeping import costs_of, hand_over
from app.application.sales.ports import Offer, SalesWork
from app.domain.auth.roles import Permission
from app.domain.common.changes import Changes
from app.domain.common.errors import Conflict, FieldError
from app.domain.common.numbers import posting_year
from app.domain.inventory.locations import DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, Movement, Posting
from app.domain.sales.line import SaleLine
from app.domain.sales.sale import SALES_SERIES, Letterhead, Sale
from app.domain.sales.undoing import GivenBack, moves_back, restores_discrepancy


class DraftOutdated(Conflict):
    """A product is counted in another way, or the shop in another currency, than the draft says."""

    code = "draft_outdated"
    title = "The draft no longer fits the catalog"


async def complete(
    work: SalesWork, sale: Sale, completion: Completion, *, offer: Offer, actor: Actor
) -> Changes:
    """Take money and goods and give the number, last of all that locks.

    Returns what was on hand before and after.
    """
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
    levels = await levels_of(work, sale, movements)

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
    return levels


async def levels_of(work: SalesWork, sale: Sale, movements: Sequence[Movement]) -> Changes:
    """Return what the sale's location held of its goods before and after."""
    return await levels_around(
        work.ledger,
        movements,
        at=sale.conditions.location_id,
        skus={line.item.product_id: line.item.sku for line in sale.lines},
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


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a void moved; `stays_short` where not all that the books lacked is made good."""

    movements: Sequence[Movement] = ()
    stays_short: bool = False


async def take_back(
    work: SalesWork, sale: Sale, given_back: GivenBack, *, actor: Actor
) -> TakenBack:
    """Let the goods of the sale that no return brought come back, at the value they left with."""
    out = await work.sales.moved(sale.id)
    moves = moves_back(out, given_back)
    movements: Sequence[Movement] = ()
    if moves:
        movements = await work.ledger.post(
            Posting(
                document_kind=DocumentKind.SALE,
                document_id=sale.id,
                user_id=actor.user_id,
                occurred_at=work.started_at,
                recorded_at=work.started_at,
                moves=moves,
            )
        )
    return TakenBack(movements, not restores_discrepancy(out, moves))


def _kept(line: SaleLine, offer: Offer) -> tuple[str, bool]:
    item = offer.items[line.item.product_id].item
    return item.unit_code, item.tracks_stock
