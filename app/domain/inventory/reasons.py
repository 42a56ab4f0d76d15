"""Why stock is adjusted or written off: closed lists, so that losses can be summed by cause."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class AdjustmentReason(StrEnum):
    """`OTHER` needs a note."""

    COUNT = "count"
    DAMAGE = "damage"
    EXPIRED = "expired"
    FOUND = "found"
    INTERNAL_USE = "internal_use"
    LOSS = "loss"
    SAMPLE = "sample"
    THEFT = "theft"
    CORRECTION = "correction"
    OTHER = "other"


# Why goods are scrapped or lost on their way: those of the reasons that only ever take away.
WriteOffReason = Literal[
    AdjustmentReason.DAMAGE,
    AdjustmentReason.EXPIRED,
    AdjustmentReason.LOSS,
    AdjustmentReason.SAMPLE,
    AdjustmentReason.THEFT,
    AdjustmentReason.OTHER,
]
