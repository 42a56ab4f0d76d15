"""Ring up a sale at the till in one call, or draft it."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.sales.commands import AskedSale, Completion
from app.application.sales.ports import SalesWork
from app.application.sales.ringing import ring_up
from app.domain.common.identifiers import IdSource
from app.domain.sales.sale import Sale


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
            sale = await ring_up(work, asked, completion=completion, ids=self._ids, actor=actor)
            await work.commit(sale)
            return sale
