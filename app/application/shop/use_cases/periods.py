"""Close the books of days that are over, and open them again."""

from __future__ import annotations

from datetime import date

from app.application.common.actor import Actor
from app.application.shop.ports import ShopWork
from app.domain.common.text import clean_line
from app.domain.shop.shop import REASON_LENGTH, Shop


class ClosePeriod:
    """Closes all days up to and with one that is over: no document is dated there any more.

    A sale that is told later keeps its time and counts from the first open day on. Postings under
    way are waited for. Closing what is closed already changes nothing.
    """

    def __init__(self, work: ShopWork) -> None:
        self._work = work

    async def __call__(self, through: date, *, actor: Actor) -> Shop:
        async with self._work as work:
            shop = await work.shop.get()

            changes = shop.close_period(through, at=work.started_at)

            if changes:
                work.track(shop)
                work.audit(actor, "shop.period_closed", shop.id, changes=changes)
            await work.flush()
            await work.commit(shop)
            return shop


class ReopenPeriod:
    """Opens the days after one that stays closed, or all; the reason stands in the audit log.

    What was posted to the first open day meanwhile stays there.
    """

    def __init__(self, work: ShopWork) -> None:
        self._work = work

    async def __call__(self, through: date | None, *, reason: str, actor: Actor) -> Shop:
        reason = clean_line(reason, field="reason", most=REASON_LENGTH)
        async with self._work as work:
            shop = await work.shop.get()

            changes = shop.reopen_period(through)

            if changes:
                work.track(shop)
                work.audit(
                    actor,
                    "shop.period_reopened",
                    shop.id,
                    changes=changes,
                    note={"reason": reason},
                )
            await work.flush()
            await work.commit(shop)
            return shop
