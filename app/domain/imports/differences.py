"""What a row would change, as a dry run tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a row would change: field → before and after, as the audit log shows it.

    `label` is what people know the object by; `created` that it is not there yet.
    """

    row: int
    line: int
    label: str
    created: bool
    changes: Mapping[str, Mapping[str, object]]
