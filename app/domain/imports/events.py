"""What an import tells the world when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.domain.common.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCompleted(DomainEvent):
    """All records of a file have an outcome; `counts` says how many ended how."""

    name: ClassVar[str] = "import.completed"
    counts: Mapping[str, int]
