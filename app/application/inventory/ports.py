"""What inventory needs from storage."""

from __future__ import annotations

from typing import Protocol

from app.domain.inventory.movement import Movement, Posting


class StockLedger(Protocol):
    """The only way in which stock changes."""

    async def post(self, posting: Posting) -> list[Movement]:
        """Apply a document's moves and return the movements written, in the order of the moves.

        Rows are locked in one global order (product, then location); moves are summed per
        (product, location) before the check. Raises `InsufficientStock` with every shortage,
        having changed nothing.
        """
        ...
