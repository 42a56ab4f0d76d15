"""What imports of suppliers and customers need from storage: a few statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.ports import ImportsWork
from app.application.parties.ports import P
from app.domain.common.identifiers import PartyId
from app.domain.parties.customer import Customer
from app.domain.parties.supplier import Supplier


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyKeys:
    """By what parties are looked for; names are folded."""

    codes: Collection[str]
    external_ids: Collection[str]
    emails: Collection[str]
    names: Collection[str]


class PartyImportStore(Protocol[P]):
    async def currency(self) -> str:
        """Return that of the shop."""
        ...

    async def found(self, keys: PartyKeys) -> Sequence[P]:
        """Return all that have one of the keys, held until the transaction ends."""
        ...

    async def with_costs(self, identifiers: Collection[PartyId]) -> Collection[PartyId]:
        """Return whose items have costs in their currency."""
        ...

    async def next_codes(self, series: str, number: int, *, others: Collection[str]) -> list[str]:
        """Return the next codes of a series that nobody has; `others` are keys of further
        codes that are about to be taken."""
        ...

    async def create(self, parties: Sequence[P]) -> None:
        """Write new ones; `AlreadyExists` when a unique value was taken meanwhile."""
        ...

    async def change(self, parties: Sequence[P]) -> None:
        """Write changed ones, which are held; raises their versions."""
        ...


class PartyImportsWork(ImportsWork, Protocol):
    @property
    def supplier_imports(self) -> PartyImportStore[Supplier]: ...

    @property
    def customer_imports(self) -> PartyImportStore[Customer]: ...
