"""Change a draft, and complete it."""

from __future__ import annotations

from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.sales.commands import Completion, Revision
from app.application.sales.drafting import (
    buyer,
    check_location,
    discount,
    line_drafts,
    products_of,
)
from app.application.sales.ports import Offer, SalesWork
from app.application.sales.posting import check_still_fits, complete
from app.domain.common.identifiers import IdSource, SaleId
from app.domain.sales.discount import Discount
from app.domain.sales.line import LineDraft
from app.domain.sales.sale import Buyer, Sale


class ReviseDraft:
    """Changes a draft; a line that is kept by its id keeps the price it was quoted at."""

    def __init__(self, work: SalesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, identifier: SaleId, revision: Revision, *, expected: int, actor: Actor
    ) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            require_version(sale, expected)
            location_id = revision.location_id or sale.conditions.location_id
            offer = await work.sales.offer(
                location_id,
                products_of(revision.lines or ()),
                customer_id=revision.customer_id,
            )
            check_location(offer, location_id)

            before = sale.content
            changes = sale.revise(
                lines=self._lines(sale, revision, offer),
                discount=_discount(sale, revision),
                location_id=location_id,
                customer=_customer(sale, revision, offer),
            )

            if sale.content != before:
                await work.sales.save_draft(sale)
                work.audit(actor, "sale.draft_updated", sale.id, changes=changes)
            await work.commit(sale)
            return sale

    def _lines(self, sale: Sale, revision: Revision, offer: Offer) -> Sequence[LineDraft]:
        if revision.lines is None:
            return [line.draft for line in sale.lines]
        return line_drafts(
            revision.lines,
            offered=offer.items,
            kept={line.id: line for line in sale.lines},
            currency=sale.conditions.currency,
            ids=self._ids,
        )


class CompleteSale:
    """Completes a draft at the prices it holds: goods leave, money is taken, a number is given.

    With an `expected` version only the draft that the caller saw is completed.
    """

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: SaleId,
        completion: Completion,
        *,
        expected: int | None,
        actor: Actor,
    ) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            sale.require_draft()
            if expected is not None:
                require_version(sale, expected)
            location_id = sale.conditions.location_id
            products = {line.item.product_id for line in sale.lines}
            offer = await work.sales.offer(location_id, products)
            check_still_fits(sale, offer)

            await complete(work, sale, completion, offer=offer, actor=actor)

            await work.sales.save_completed(sale)
            work.track(sale)
            work.audit(actor, "sale.completed", sale.id, note=sale.outline())
            await work.commit(sale)
            return sale


def _customer(sale: Sale, revision: Revision, offer: Offer) -> Buyer | None:
    return buyer(offer, revision.customer_id) if revision.replaces_customer else sale.customer


def _discount(sale: Sale, revision: Revision) -> Discount | None:
    if not revision.replaces_discount:
        return sale.discount
    return discount(revision.discount, currency=sale.conditions.currency, at="discount")
