"""Change a draft, and complete it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.sales.commands import AskedDiscount, AskedLine, Completion
from app.application.sales.drafting import check_location, discount, line_drafts, products_of
from app.application.sales.ports import Counter, SalesWork
from app.application.sales.posting import complete
from app.domain.common.identifiers import IdSource, LocationId, SaleId
from app.domain.sales.discount import Discount
from app.domain.sales.line import LineDraft
from app.domain.sales.sale import Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to change; None leaves lines and location as they are.

    The discount changes only if `replaces_discount` says so, for None takes it away.
    """

    lines: tuple[AskedLine, ...] | None = None
    location_id: LocationId | None = None
    discount: AskedDiscount | None = None
    replaces_discount: bool = False


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
            check_location(await work.sales.counter(location_id), location_id)

            changes = sale.revise(
                lines=await self._lines(work, sale, revision.lines),
                discount=_discount(sale, revision),
                location_id=location_id,
            )

            if changes:
                await work.sales.save_draft(sale)
                work.audit(actor, "sale.draft_updated", sale.id, changes=changes)
            await work.commit(sale)
            return sale

    async def _lines(
        self, work: SalesWork, sale: Sale, asked: Sequence[AskedLine] | None
    ) -> Sequence[LineDraft]:
        if asked is None:
            return [line.draft for line in sale.lines]
        return line_drafts(
            asked,
            offered=await work.sales.items(products_of(asked)),
            kept={line.id: line for line in sale.lines},
            currency=sale.conditions.currency,
            ids=self._ids,
        )


class CompleteSale:
    """Completes a draft at the prices it holds: goods leave, money is taken, a number is given."""

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(self, identifier: SaleId, completion: Completion, *, actor: Actor) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            counter: Counter = await work.sales.counter(sale.conditions.location_id)
            check_location(counter, sale.conditions.location_id)

            await complete(work, sale, completion, counter=counter, actor=actor)

            await work.sales.save_completed(sale)
            work.track(sale)
            work.audit(actor, "sale.completed", sale.id, note=sale.outline())
            await work.commit(sale)
            return sale


def _discount(sale: Sale, revision: Revision) -> Discount | None:
    if not revision.replaces_discount:
        return sale.discount
    return discount(revision.discount, currency=sale.conditions.currency, at="discount")
