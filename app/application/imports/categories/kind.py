"""Categories as a kind of import: paths that are not there are made, with the levels above."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from app.application.catalog.ports import CatalogWork
from app.application.common.actor import Actor
from app.application.imports.kinds import Applied, Task
from app.application.imports.ports import ImportsWork
from app.domain.auth.roles import Permission
from app.domain.catalog.category import PATH_SEPARATOR, path_key
from app.domain.common.identifiers import CategoryId, IdSource
from app.domain.imports.categories import CategoryRow, parse_categories
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.categories import CATEGORIES
from app.domain.imports.records import Chunk

_MARK = "category:"


class CategoryImportsWork(CatalogWork, ImportsWork, Protocol):
    """What an import of categories needs of a transaction."""


@dataclass(slots=True)
class _Decisions:
    """The paths to make by key, in the order of the file, and what became of the other rows."""

    made: dict[str, CategoryRow] = field(default_factory=dict)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


class CategoryImports:
    """Categories by their paths; a category that is there stays as it is."""

    name = CATEGORIES
    needs = (Permission.CATALOG_WRITE,)
    together = None

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: CategoryImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_categories(chunk, plan, carry)

    async def apply(self, work: CategoryImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [CategoryRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        known = await work.categories.present({row.path_key for row in rows})
        if task.rehearsed:
            asked = {_MARK + row.path_key for row in rows}
            held = await work.imports.holders(task.identifier, asked)
            known |= {value.removeprefix(_MARK) for value in held}
        decisions = _decide(rows, known, task.plan)
        made = [tuple(row.path.split(PATH_SEPARATOR)) for row in decisions.made.values()]
        await make_categories(work, made, ids=self._ids, actor=task.actor)
        return Applied(
            created=len(decisions.made),
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            holders=dict.fromkeys(_marks(made), task.plan.kind) if task.rehearsed else {},
            differences=[_difference(row) for row in decisions.made.values()] if task.told else (),
        )


async def make_categories(
    work: CatalogWork, paths: list[tuple[str, ...]], *, ids: IdSource, actor: Actor
) -> dict[str, CategoryId]:
    """Make the categories of paths that are missing; return the ids of all by their keys."""
    if not paths:
        return {}
    ensured = await work.categories.ensure_paths(paths, ids=ids)
    for category in ensured.created:
        created = {name: (None, value) for name, value in category.snapshot().items()}
        work.track(category)
        work.audit(actor, "category.created", category.id, changes=created)
    return dict(ensured.ids)


def _decide(rows: list[CategoryRow], known: set[str], plan: Plan) -> _Decisions:
    """Decide each row as if all rows before it had been applied; `known` grows meanwhile."""
    decisions = _Decisions()
    mode = plan.options.mode
    column = plan.header_of("category") or plan.header_of("name")
    for row in rows:
        if row.path_key in known:
            if mode is Mode.CREATE:
                expected = "a category that the shop does not have, for mode create"
                fault = Fault(row.row, row.line, column, "already_exists", row.path, expected)
                decisions.faults.append(fault)
            else:
                decisions.unchanged += 1
        elif mode is Mode.UPDATE:
            expected = "a category of the shop, for mode update"
            fault = Fault(row.row, row.line, column, "not_found", row.path, expected)
            decisions.faults.append(fault)
        else:
            decisions.made[row.path_key] = row
            known |= _keys(tuple(row.path.split(PATH_SEPARATOR)))
    return decisions


def _keys(names: tuple[str, ...]) -> set[str]:
    """Return the keys of a path and of all levels above it."""
    return {path_key(names[:length]) for length in range(1, len(names) + 1)}


def _marks(paths: list[tuple[str, ...]]) -> set[str]:
    return {_MARK + key for names in paths for key in _keys(names)}


def _difference(row: CategoryRow) -> Difference:
    return Difference(
        row=row.row,
        line=row.line,
        label=row.path,
        created=True,
        changes={"path": {"before": None, "after": row.path}},
    )
