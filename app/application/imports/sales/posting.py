"""Post many sales of the past at once: what they moved, what they cost, their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.application.common.actor import Actor
from app.application.imports.sales.ports import SaleImportsWork
from app.application.sales.ports import Offer
from app.domain.common.identifiers import LineId
from app.domain.common.numbers import DocumentNumber, posting_year
from app.domain.inventory.locations import CUSTOMER_ID, OPENING_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting
from app.domain.sales.sale import SALES_SERIES, Letterhead, Sale


async def post_sales(
    work: SaleImportsWork, sales: Sequence[Sale], *, offer: Offer, actor: Actor
) -> None:
    """Complete paid drafts in their order, with audit rows and events; a few statements for all."""
    if not sales:
        return
    movements = await work.ledger.post_outside([_posting(work, sale, actor) for sale in sales])
    costs: dict[LineId, int] = defaultdict(int)
    for movement in movements:
        costs[movement.line_id] += movement.value_minor
    letterhead = Letterhead(shop_name=offer.shop_name, time_zone=offer.books.time_zone)
    numbers = await _numbers(work, sales, offer)
    for sale in sales:
        posted_at = offer.books.posting_date(sale.occurred_at)
        sale.complete(
            next(numbers[_year(sale, offer)]),
            letterhead=letterhead,
            costs=costs,
            needs_attention=False,
            user_id=actor.user_id,
            posted_at=posted_at,
            at=work.started_at,
        )
        work.track(sale)
        work.audit(actor, "sale.completed", sale.id, note=sale.outline())
    await work.sale_imports.add(sales)


def _year(sale: Sale, offer: Offer) -> int:
    posted_at = offer.books.posting_date(sale.occurred_at)
    return posting_year(posted_at, time_zone=offer.books.time_zone)


async def _numbers(
    work: SaleImportsWork, sales: Sequence[Sale], offer: Offer
) -> dict[int, Iterator[DocumentNumber]]:
    """Count the numbers of each year on at once, the years in one order for everybody."""
    needed: dict[int, int] = defaultdict(int)
    for sale in sales:
        needed[_year(sale, offer)] += 1
    store = work.sale_imports
    return {
        year: iter(await store.numbers(SALES_SERIES, needed[year], year=year))
        for year in sorted(needed)
    }


def _posting(work: SaleImportsWork, sale: Sale, actor: Actor) -> Posting:
    return Posting(
        document_kind=DocumentKind.SALE,
        document_id=sale.id,
        user_id=actor.user_id,
        occurred_at=sale.occurred_at,
        recorded_at=work.started_at,
        moves=tuple(
            Move(
                product_id=line.item.product_id,
                source=OPENING_ID,
                target=CUSTOMER_ID,
                quantity=line.quantity,
                kind=MovementKind.SALE,
                line_id=line.id,
            )
            for line in sale.lines
            if line.item.tracks_stock
        ),
    )
