"""Take goods back at the till in one call, or ask whether they may come."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.returns.commands import AskedReturn, Settlement
from app.application.returns.drafting import (
    check_rights,
    clean_reason,
    conditions_of,
    draft_lines,
    products_of,
    sold,
)
from app.application.returns.ports import ReturnsWork
from app.application.returns.posting import happened, receive, refund
from app.application.sales.drafting import below, check_location
from app.domain.auth.roles import Permission
from app.domain.common.identifiers import IdSource, ReturnId
from app.domain.inventory.locations import MAIN_ID
from app.domain.returns.sales_return import Original, SalesReturn


class CreateReturn:
    """Asks for a return, or with a settlement takes goods back and pays at once.

    Each line comes back up to what was sold on it, less what other returns hold. What is paid back
    is the line's part of what was paid; less needs a permission, more is never possible. Without a
    sale, which needs another, the catalog's price counts unless the line names its own.
    """

    def __init__(self, work: ReturnsWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, asked: AskedReturn, *, settlement: Settlement | None, actor: Actor
    ) -> SalesReturn:
        async with self._work as work:
            document = await bring_back(
                work, asked, settlement=settlement, ids=self._ids, actor=actor
            )
            await work.commit(document)
            return document


async def bring_back(
    work: ReturnsWork,
    asked: AskedReturn,
    *,
    settlement: Settlement | None,
    ids: IdSource,
    actor: Actor,
) -> SalesReturn:
    """Ask for the return, settle it if it is to be, and write it with its audit row and events."""
    if settlement is not None:
        actor.require(Permission.RETURNS_RECEIVE)
        actor.require(Permission.RETURNS_REFUND)
    reason = clean_reason(asked.reason)
    sale = await sold(work, asked.sale_id)
    place = asked.location_id or (MAIN_ID if sale is None else sale.conditions.location_id)
    offer = await work.sales.offer(place, products_of(asked.lines))
    check_location(offer, place)

    conditions = conditions_of(sale, offer=offer, location_id=place)
    document = SalesReturn.request(
        ids.new(ReturnId),
        original=None if sale is None else Original.of(sale),
        conditions=conditions,
        lines=await draft_lines(
            work,
            asked.lines,
            sale=sale,
            offer=offer,
            conditions=conditions,
            besides=None,
            ids=ids,
        ),
        reason=reason,
        user_id=actor.user_id,
        at=work.started_at,
        at_till=settlement is not None,
    )
    check_rights(document, actor)
    if settlement is not None:
        with below("complete"):
            at = happened(settlement, sale=sale, at=work.started_at)
        await receive(work, document, occurred_at=at, actor=actor)
        with below("complete"):
            await refund(work, document, settlement, sale=sale, offer=offer, occurred_at=at)

    await work.returns.add(document)
    work.track(document)
    action = "requested" if settlement is None else "refunded"
    work.audit(actor, f"return.{action}", document.id, note=document.outline())
    return document
