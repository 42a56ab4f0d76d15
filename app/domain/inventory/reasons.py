"""Why stock is adjusted: a closed list, so that losses can be summed by cause."""

from __future__ import annotations

from enum import StrEnum


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
