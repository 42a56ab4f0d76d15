"""What was on hand before and after a document, as the audit log keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.application.inventory.ports import StockLedger
from app.domain.common.changes import Changes
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.inventory.movement import Move, Movement
from app.domain.inventory.plan import changes


async def levels_around(
    ledger: StockLedger,
    movements: Sequence[Movement],
    *,
    at: LocationId,
    skus: Mapping[ProductId, str],
) -> Changes:
    """Return by SKU what the location held of each product before and after the movements.

    They are of one document. What a count absorbs leaves the location as it was.
    """
    changed: Counter[ProductId] = Counter()
    for movement in movements:
        for place, sign in ((movement.source, -1), (movement.target, 1)):
            if place == at:
                changed[movement.product_id] += sign * movement.quantity.thousandths
    if not changed:
        return {}
    levels = await ledger.around(
        {(product, at): change for product, change in changed.items()},
        occurred_at=movements[0].occurred_at,
    )
    return {skus[product]: levels[product, at] for product in changed if (product, at) in levels}


async def levels_by_place(
    ledger: StockLedger,
    moves: Iterable[Move],
    *,
    skus: Mapping[ProductId, str],
    codes: Mapping[LocationId, str],
    occurred_at: datetime,
) -> Changes:
    """Return by SKU and place what lay there before and after the moves of one document."""
    moved = changes(moves)
    levels = await ledger.around(moved, occurred_at=occurred_at)
    return {
        f"{skus[product]} at {codes[place]}": levels[product, place] for product, place in moved
    }
