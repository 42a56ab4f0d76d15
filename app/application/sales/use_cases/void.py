"""Void a sale: money goes back, and the goods too unless the caller says they do not."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.sales.keeping import let_go
from app.application.sales.ports import SalesWork
from app.application.sales.posting import take_back
from app.domain.auth.roles import Permission
from app.domain.common.identifiers import SaleId
from app.domain.common.text import clean_line
from app.domain.sales.fulfilment import OrderCancelled
from app.domain.sales.sale import REASON_LENGTH, Sale, SaleHasReturns, SaleStatus


class VoidSale:
    """Undoes a completed sale, which keeps its number, or cancels one that was not completed.

    A draft, or an order of which nothing has left, is cancelled by whoever may sell; a sale of
    which goods have left only by who may void. What was kept for it is let go, and goods that come
    back do so at the cost they left at. A second time is refused, and so is a sale of which
    something was returned, or that counts in a period whose books are closed.
    """

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: SaleId,
        *,
        goods_back: bool,
        reason: str | None,
        expected: int | None,
        actor: Actor,
    ) -> Sale:
        if reason is not None:
            reason = clean_line(reason, field="reason", most=REASON_LENGTH)
        async with self._work as work:
            sale = await work.sales.get(identifier)
            before = sale.status
            if sale.number is not None or sale.is_partly_fulfilled:
                actor.require(Permission.SALES_VOID)

            sale.void(goods_back=goods_back, reason=reason, at=work.started_at)
            if expected is not None:
                require_version(sale, expected)
            if sale.number is not None:
                sale.require_open_period(await work.sales.books())
                if await work.sales.has_returns(sale.id):
                    raise SaleHasReturns
            if before is SaleStatus.CONFIRMED:
                await let_go(work, sale)
                sale.record(OrderCancelled(subject=sale.id, goods_back=sale.goods_back))
            reversed_movements = 0
            if sale.goods_back:
                reversed_movements = await take_back(work, sale, actor=actor)

            await work.sales.save_voided(sale)
            work.track(sale)
            work.audit(
                actor,
                "sale.voided",
                sale.id,
                changes={"status": (before.value, sale.status.value)},
                note={
                    "number": None if sale.number is None else str(sale.number),
                    "goods_back": sale.goods_back,
                    "reason": reason,
                    "reversed_movements": reversed_movements,
                },
            )
            await work.commit(sale)
            return sale
