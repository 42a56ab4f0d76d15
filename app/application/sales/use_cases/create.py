"""Ring up a sale at the till in one call, or draft it."""

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
from app.domain.common.identifiers import IdSource, SaleId
from app.domain.sales.sale import Conditions, Sale, SaleStatus


class CreateSale:
    """Makes a draft, or with a completion a completed sale: stock, money and number at once.

    Lines take the catalog's price unless they name their own. Every shortage of the sale is
    reported in one error, and then nothing has happened.
    """

    def __init__(self, work: SalesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, asked: AskedSale, *, completion: Completion | None, actor: Actor
    ) -> Sale:
        async with self._work as work:
            offer = await work.sales.offer(
                asked.location_id, products_of(asked.lines), customer_id=asked.customer_id
            )

            sale = self._draft(work, asked, offer=offer, actor=actor)
            if completion is not None:
                with below("complete"):
                    await complete(work, sale, completion, offer=offer, actor=actor)

            await work.sales.add(sale)
            work.track(sale)
            action = "completed" if sale.status is SaleStatus.COMPLETED else "draft_created"
            work.audit(actor, f"sale.{action}", sale.id, note=sale.outline())
            await work.commit(sale)
            return sale

    def _draft(self, work: SalesWork, asked: AskedSale, *, offer: Offer, actor: Actor) -> Sale:
        check_location(offer, asked.location_id)
        check_currency(asked.currency, currency=offer.currency)
        return Sale.draft(
            self._ids.new(SaleId),
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
                ids=self._ids,
            ),
            discount=discount(asked.discount, currency=offer.currency, at="discount"),
            user_id=actor.user_id,
            at=work.started_at,
            customer=buyer(offer, asked.customer_id),
        )
