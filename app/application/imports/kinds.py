"""What the engine must know of a kind of import; everything else is the same for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.application.common.actor import Actor
from app.application.imports.ports import ImportsWork
from app.domain.auth.roles import Permission
from app.domain.common.identifiers import ImportId
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.records import Chunk

Work = TypeVar("Work", bound=ImportsWork)
_Work_contra = TypeVar("_Work_contra", bound=ImportsWork, contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """For which import a chunk is applied, and by which plan.

    `rehearsed` says that all of it is undone afterwards, so that later chunks do not find what
    earlier ones wrote; `told` that the differences are wanted.
    """

    identifier: ImportId
    plan: Plan
    actor: Actor
    rehearsed: bool = False
    told: bool = False


@dataclass(slots=True, kw_only=True)
class Applied:
    """What became of the rows of a chunk that could be read: each has one outcome.

    `keys` are the keys that rows took, with their rows: no later row of the file may take them.
    `holders` say, of a rehearsal only, who would have a unique value now; an empty text is nobody.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)
    differences: Sequence[Difference] = ()


class ImportKind(Protocol[_Work_contra]):
    """One kind of import; the engine gives it chunks in the order of the file.

    The answers must not depend on where the file is cut: a row is applied as if all rows before
    it had been.
    """

    @property
    def name(self) -> str:
        """By which it is stored and asked for."""

    @property
    def needs(self) -> Collection[Permission]:
        """What those must be allowed to do who start one: what it does for them."""

    @property
    def together(self) -> str | None:
        """The field by which adjacent records belong together, so that no chunk parts them."""

    async def check(self, work: _Work_contra, options: Options) -> None:
        """Refuse options that the shop does not know before thousands of rows do."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        """Read the records of a chunk; blocking."""

    async def apply(self, work: _Work_contra, parsed: ParsedChunk, task: Task) -> Applied:
        """Write what the rows come to, in a constant number of statements.

        `TransactionAborted` when somebody else wrote what this looked at.
        """
