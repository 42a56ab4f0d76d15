"""Post what happened elsewhere, many documents in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.inventory.posting import post_document
from app.application.replay.documents import PastDocument, PastReturn, PastSale, PastStock
from app.application.replay.ports import ReplayWork
from app.application.returns.use_cases.create import bring_back
from app.application.sales.ringing import ring_up


class PostPast:
    """Posts sales, returns and stock documents in their order, all of them or none.

    Each passes what the use case of its kind asks of it, and leaves its own movements, number,
    audit row and event.
    """

    def __init__(self, work: ReplayWork) -> None:
        self._work = work

    async def __call__(self, documents: Sequence[PastDocument], *, actor: Actor) -> None:
        async with self._work as work:
            for document in documents:
                await _post(work, document, actor=actor)
            await work.commit()


async def _post(work: ReplayWork, document: PastDocument, *, actor: Actor) -> None:
    ids = document.ids
    match document:
        case PastSale(asked=sale, completion=completion):
            await ring_up(work, sale, completion=completion, ids=ids, actor=actor)
        case PastReturn(asked=back, settlement=settlement):
            await bring_back(work, back, settlement=settlement, ids=ids, actor=actor)
        case PastStock(asked=stock, way=way, id=identifier):
            await post_document(work, identifier, stock, way=way, ids=ids, actor=actor)
