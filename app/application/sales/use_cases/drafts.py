"""Change a sale that is not posted, and complete it."""

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
from app.application.sales.keeping import keep_for, places
from app.application.sales.ports import Offer, SalesWork
from app.application.sales.posting import check_still_fits, complete
from app.domain.common.identifiers import IdSource, SaleId
from app.domain.sales.discount import Discount
from app.domain.sales.fulfilment import check_revised, reserve_difference, tell_update
from app.domain.sales.line import LineDraft
from app.domain.sales.sale import Buyer, Sale, SaleStatus


class ReviseDraft:
    """Changes a draft or an order; a line that is kept by its id keeps the price it was quoted at.

    Of an order only the difference is checked and kept, or let go: what it keeps already is its
    own. It is never ordered less than has left.
    """

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

            before, was_at = sale.content, sale.conditions.location_id
            lines = sale.lines
            changes = sale.revise(
                lines=self._lines(sale, revision, offer),
                discount=_discount(sale, revision),
                location_id=location_id,
                customer=_customer(sale, revision, offer),
            )

            if sale.status is SaleStatus.CONFIRMED:
                check_revised(sale, lines, was_at)
                moved = location_id != was_at
                if reserve_difference(sale, lines, at=work.started_at) or moved:
                    besides = places(lines, was_at)
                    await keep_for(work, sale, ids=self._ids, actor=actor, besides=besides)
            if sale.content != before:
                await work.sales.save_draft(sale)
                tell_update(sale)
                work.track(sale)
                kind = "draft" if sale.status is SaleStatus.DRAFT else "order"
                work.audit(actor, f"sale.{kind}_updated", sale.id, changes=changes)
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
    """Completes a draft or an order at the prices it holds: what has not left yet leaves, money is
    taken, a number is given. An order takes what is kept for it, and what it lacks at availability.


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
            sale.require_open()
            if expected is not None:
                require_version(sale, expected)
            location_id = sale.conditions.location_id
            products = {line.item.product_id for line in sale.lines}
            offer = await work.sales.offer(location_id, products)
            check_still_fits(sale, offer)

            levels = await complete(work, sale, completion, offer=offer, actor=actor)

            await work.sales.save_completed(sale)
            work.track(sale)
            work.audit(actor, "sale.completed", sale.id, changes=levels, note=sale.outline())
            await work.commit(sale)
            return sale


def _customer(sale: Sale, revision: Revision, offer: Offer) -> Buyer | None:
    return buyer(offer, revision.customer_id) if revision.replaces_customer else sale.customer


def _discount(sale: Sale, revision: Revision) -> Discount | None:
    if not revision.replaces_discount:
        return sale.discount
    return discount(revision.discount, currency=sale.conditions.currency, at="discount")
