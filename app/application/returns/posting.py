"""Take goods back through the ledger, and money by a credit note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.application.common.actor import Actor
from app.application.inventory.posting import LocationClosed
from app.application.returns.commands import Settlement
from app.application.returns.drafting import refunds
from app.application.returns.ports import ReturnsWork
from app.application.sales.ports import Offer
from app.application.sales.posting import DraftOutdated
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.numbers import posting_year
from app.domain.inventory.locations import CUSTOMER_ID, is_owned
from app.domain.inventory.movement import DocumentKind, Move, Movement, MovementKind, Posting
from app.domain.returns.refund import Refund, ceilings, spread
from app.domain.returns.sales_return import RETURNS_SERIES, SalesReturn
from app.domain.sales.sale import Letterhead, Sale
from app.domain.sales.tender import TenderKind
from app.domain.shop.books import took_place


async def receive(
    work: ReturnsWork, document: SalesReturn, *, occurred_at: datetime, actor: Actor
) -> None:
    """Let the goods go where the lines say, at the cost they left at.

    Goods that no sale vouches for come in at the moving average.
    """
    document.require_approved()
    movements = await _bring_in(work, document, occurred_at=occurred_at, actor=actor)
    document.receive(
        costs={movement.line_id: movement.value_minor for movement in movements},
        at=work.started_at,
    )


async def refund(
    work: ReturnsWork,
    document: SalesReturn,
    settlement: Settlement,
    *,
    sale: Sale | None,
    offer: Offer,
    occurred_at: datetime,
) -> None:
    """Pay back and give the number, last of all that locks; the sale is locked already."""
    ceiling = None
    if sale is not None:
        ceiling = ceilings(sale.tenders, await work.returns.refunded(sale.id))
    document.pay_back(_refunds(document, settlement, ceiling), ceiling=ceiling)
    books = offer.books
    posted_at = books.posting_date(occurred_at)
    year = posting_year(posted_at, time_zone=books.time_zone)
    document.post(
        await work.numbers.next(RETURNS_SERIES, year=year),
        letterhead=Letterhead(shop_name=offer.shop_name, time_zone=books.time_zone),
        occurred_at=occurred_at,
        posted_at=posted_at,
        at=work.started_at,
    )


def happened(settlement: Settlement, *, sale: Sale | None, at: datetime) -> datetime:
    """Return when the money goes back: not ahead of now, and not before it was taken."""
    moment = took_place(settlement.occurred_at, at=at)
    if settlement.occurred_at is not None and sale is not None and moment < sale.occurred_at:
        raise InvalidValue.of("occurred_at", "lies before the sale")
    return moment


def check_still_fits(document: SalesReturn, offer: Offer) -> None:
    """Refuse to receive without a sale what the catalog or the shop now count in another way.

    Of a sale the goods left the ledger, so that their unit and the currency stay.
    """
    currency = document.conditions.currency
    if offer.currency != currency:
        raise DraftOutdated(f"The return is in {currency}, the shop in {offer.currency}.")
    faults = []
    for index, line in enumerate(document.lines):
        item = offer.items[line.item.product_id].item
        if (item.unit_code, item.tracks_stock) != (line.item.unit_code, line.item.tracks_stock):
            detail = f"{line.item.sku} is kept otherwise now"
            faults.append(FieldError(f"/lines/{index}", DraftOutdated.code, detail))
    if faults:
        raise DraftOutdated("; ".join(f.detail for f in faults), errors=tuple(faults))


def _refunds(
    document: SalesReturn, settlement: Settlement, ceiling: Mapping[TenderKind, int] | None
) -> Sequence[Refund]:
    if settlement.refunds is None:
        return spread(document.total_minor, ceiling or {})
    return refunds(settlement.refunds, currency=document.conditions.currency)


async def _bring_in(
    work: ReturnsWork, document: SalesReturn, *, occurred_at: datetime, actor: Actor
) -> Sequence[Movement]:
    location_id = document.conditions.location_id
    moves = tuple(
        Move(
            product_id=line.item.product_id,
            source=CUSTOMER_ID,
            target=line.target(location_id),
            quantity=line.amounts.quantity,
            kind=MovementKind.RETURN,
            line_id=line.id,
            value_minor=None if document.original is None else line.amounts.cost_minor,
        )
        for line in document.lines
        if line.moves
    )
    if not moves:
        return []
    for place in sorted({move.target for move in moves if is_owned(move.target)}):
        room = await work.stock_documents.room(place)
        if not room.active:
            raise LocationClosed(f"The location {room.code} is closed: nothing comes in.")
    return await work.ledger.post(
        Posting(
            document_kind=DocumentKind.RETURN,
            document_id=document.id,
            user_id=actor.user_id,
            occurred_at=occurred_at,
            recorded_at=work.started_at,
            moves=moves,
        )
    )
