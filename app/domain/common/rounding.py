"""The one rounding rule of money: half away from zero, on integers only."""

from __future__ import annotations

from collections.abc import Sequence


def divide(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half away from zero; the denominator is positive."""
    quotient, remainder = divmod(abs(numerator), denominator)
    if 2 * remainder >= denominator:
        quotient += 1
    return quotient if numerator >= 0 else -quotient


def allot(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to the weights so that the parts sum to it exactly.

    Largest remainder: what rounding down leaves over goes, one unit each, to the parts that lost
    most; equal losses are served in order. Weights are not negative; if all are 0 the first part
    takes everything.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    sign = 1 if total >= 0 else -1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    left = abs(total) - sum(parts)
    by_loss = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    for index in by_loss[:left]:
        parts[index] += 1
    return [sign * part for part in parts]
