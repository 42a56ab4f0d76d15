"""What the books came to, for comparison with the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from app.application.replay.figures import Amounts
from app.domain.common.identifiers import DocumentId, ProductId


class ReplayReader(Protocol):
    async def posted(self) -> set[DocumentId]:
        """Return every sale, return and stock document that there is."""
        ...

    async def traded(self, since: datetime, until: datetime) -> Mapping[ProductId, Amounts]:
        """Sum up what was sold and what came back from `since` on and before `until`."""
        ...
