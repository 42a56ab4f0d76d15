"""Saved mappings: what is needed to keep them, and what is read of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.application.imports.choices import Choices
from app.application.imports.ports import ImportsWork
from app.domain.common.identifiers import ImportMappingId
from app.domain.imports.saved import ImportMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMappingView:
    id: ImportMappingId
    name: str
    kind: str
    choices: Choices
    created_at: datetime
    updated_at: datetime
    version: int


class ImportMappingsReader(Protocol):
    async def import_mapping(self, identifier: ImportMappingId) -> ImportMappingView:
        """`NotFound` when there is none."""
        ...

    async def import_mappings(self, page: PageRequest) -> Page[ImportMappingView]:
        """Return them by name."""
        ...

    async def named(self, name: str, *, kind: str) -> ImportMappingView | None:
        """Return the one of that name, whatever its case and accents."""
        ...


class ImportMappingRepository(Protocol):
    async def get(self, identifier: ImportMappingId) -> ImportMapping:
        """Return the mapping; `NotFound` otherwise."""
        ...

    def add(self, mapping: ImportMapping) -> None: ...

    async def remove(self, mapping: ImportMapping) -> None: ...


class ImportMappingsWork(ImportsWork, Protocol):
    @property
    def import_mappings(self) -> ImportMappingRepository: ...
