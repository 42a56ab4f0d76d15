"""Make a sale out of what was asked: a draft, or with a completion a posted one."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.sales.commands import AskedSale, Completion
from app.application.sales.drafting import (
    below,
    buyer,
    check_currency,
    check_location,
    discount,
    line_drafts,
    products_of,
)
from app.application.sales.ports import Offer, SalesWork
from app.application.sales.posting import complete
from app.domain.common.changes import Changes
from app.domain.common.identifiers import IdSource, SaleId
from app.domain.sales.sale import Conditions, Sale, SaleStatus


async def ring_up(
    work: SalesWork,
    asked: AskedSale,
    *,
    completion: Completion | None,
    ids: IdSource,
    actor: Actor,
) -> Sale:
    """Draft the sale, complete it if so asked, and write it down with its audit row and event."""
    offer = await work.sales.offer(
        asked.location_id, products_of(asked.lines), customer_id=asked.customer_id
    )

    sale = _draft(work, asked, offer=offer, ids=ids, actor=actor)
    levels: Changes = {}
    if completion is not None:
        with below("complete"):
            levels = await complete(work, sale, completion, offer=offer, actor=actor)

    await work.sales.add(sale)
    work.track(sale)
    action = "completed" if sale.status is SaleStatus.COMPLETED else "draft_created"
    work.audit(actor, f"sale.{action}", sale.id, changes=levels, note=sale.outline())
    return sale


def _draft(work: SalesWork, asked: AskedSale, *, offer: Offer, ids: IdSource, actor: Actor) -> Sale:
    check_location(offer, asked.location_id)
    check_currency(asked.currency, currency=offer.currency)
    return Sale.draft(
        ids.new(SaleId),
        conditions=Conditions(
            currency=offer.currency,
            prices_include_tax=offer.prices_include_tax,
            location_id=asked.location_id,
        ),
        lines=line_drafts(
            asked.lines,
            offered=offer.items,
            kept={},
            currency=offer.currency,
            ids=ids,
        ),
        discount=discount(asked.discount, currency=offer.currency, at="discount"),
        user_id=actor.user_id,
        at=work.started_at,
        customer=buyer(offer, asked.customer_id),
        till=asked.till,
    )
