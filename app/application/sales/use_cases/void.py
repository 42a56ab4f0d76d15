"""Void a sale: money goes back, and the goods too unless the caller says they do not."""

from __future__ import annotations

from dataclasses import dataclass

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.sales.keeping import let_go
from app.application.sales.ports import SalesWork
from app.application.sales.posting import TakenBack, levels_of, take_back
from app.application.sales.queries import CameBack
from app.domain.auth.roles import Permission
from app.domain.common.identifiers import SaleId
from app.domain.common.text import clean_line
from app.domain.sales.fulfilment import OrderCancelled
from app.domain.sales.sale import REASON_LENGTH, Sale, SaleHasReturns, SaleStatus
from app.domain.sales.undoing import NOTHING_GIVEN_BACK, GivenBack


@dataclass(frozen=True, slots=True)
class Voided:
    """A sale that was undone, and what of it had come back before."""

    sale: Sale
    came_back: CameBack


class VoidSale:
    """Undoes a completed sale, which keeps its number, or cancels one that was not completed.

    A draft, or an order of which nothing has left, is cancelled by whoever may sell; a sale of
    which goods have left only by who may void. What was kept for it is let go, and goods that come
    back do so at the cost they left at. What returns brought or paid back stays with them: only
    the rest comes back, so that all of it is the sale. A second time is refused, and so is a sale
    with a return that is not over, or that counts in a period whose books are closed.
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
    ) -> Voided:
        if reason is not None:
            reason = clean_line(reason, field="reason", most=REASON_LENGTH)
        async with self._work as work:
            sale = await work.sales.get(identifier)
            before = sale.status
            if sale.number is not None or sale.is_partly_fulfilled:
                actor.require(Permission.SALES_VOID)

            sale.require_not_voided()
            if expected is not None:
                require_version(sale, expected)
            given_back, taken = NOTHING_GIVEN_BACK, TakenBack()
            if sale.number is not None:
                sale.require_open_period(await work.sales.books())
                given_back = await work.sales.given_back(sale.id)
                if given_back.waits:
                    raise SaleHasReturns
            if before is SaleStatus.CONFIRMED:
                await let_go(work, sale)
            if goods_back and (sale.number is not None or sale.is_partly_fulfilled):
                taken = await take_back(work, sale, given_back, actor=actor)

            sale.void(
                goods_back=goods_back,
                reason=reason,
                at=work.started_at,
                given_back=given_back,
                stays_short=taken.stays_short,
            )
            if before is SaleStatus.CONFIRMED:
                sale.record(OrderCancelled(subject=sale.id, goods_back=sale.goods_back))

            await work.sales.save_voided(sale)
            work.track(sale)
            work.audit(
                actor,
                "sale.voided",
                sale.id,
                changes={
                    **await levels_of(work, sale, taken.movements),
                    "status": (before.value, sale.status.value),
                },
                note=_outline(sale, taken),
            )
            voided = Voided(sale, _came_back(given_back))
            await work.commit(voided)
            return voided


def _came_back(given_back: GivenBack) -> CameBack:
    return CameBack(
        quantities={line: part.quantity for line, part in given_back.lines.items()},
        refunded_minor=sum(given_back.refunded.values()),
    )


def _outline(sale: Sale, taken: TakenBack) -> dict[str, object]:
    return {
        "number": None if sale.number is None else str(sale.number),
        "goods_back": sale.goods_back,
        "reason": sale.void_reason,
        "reversed_movements": len(taken.movements),
        "refunds": sale.refund_texts(),
    }
