"""Write side of the category tree, kept as paths."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, exists, func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.catalog.ports import BranchSize, EnsuredPaths
from app.domain.catalog.category import (
    AFTER_SEPARATOR,
    KEY_SEPARATOR,
    Category,
    distinct_slug,
    path_key,
    proposed_slug,
)
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CategoryId, IdSource
from app.infrastructure.db.tables.catalog import categories


def below(key: str) -> ColumnElement[bool]:
    """Select the categories strictly below a path, as one range of its index."""
    return and_(categories.c.path_key > key, categories.c.path_key < key + AFTER_SEPARATOR)


class SqlCategoryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_tree(self) -> None:
        if self._session.get_bind().dialect.name == "postgresql":
            # Readers and foreign keys pass; other writers of categories wait.
            await self._session.execute(text("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE"))

    async def get(self, identifier: CategoryId) -> Category:
        category = await self.find(identifier)
        if category is None:
            raise NotFound.of(CategoryId.kind, identifier)
        return category

    async def find(self, identifier: CategoryId) -> Category | None:
        return await self._session.get(Category, identifier)

    async def has_slug(self, slug: str) -> bool:
        return bool(await self._session.scalar(select(exists().where(categories.c.slug == slug))))

    def add(self, category: Category) -> None:
        self._session.add(category)

    async def branch_size(self, path_key: str) -> BranchSize:
        found = await self._session.execute(
            select(
                func.count(),
                func.max(categories.c.depth),
                func.max(func.length(categories.c.path_key)),
            ).where(below(path_key))
        )
        count, deepest, longest = found.one()
        if not count:
            return BranchSize(0, 0, 0)
        return BranchSize(count, deepest - path_key.count(KEY_SEPARATOR), longest - len(path_key))

    async def rename_branch(self, category: Category, *, path: str, path_key: str) -> None:
        columns = categories.c
        await self._session.execute(
            update(categories)
            .where(below(path_key))
            .values(
                path=literal(category.path) + func.substr(columns.path, len(path) + 1),
                path_key=literal(category.path_key)
                + func.substr(columns.path_key, len(path_key) + 1),
                depth=columns.depth + (category.depth - path_key.count(KEY_SEPARATOR)),
                version=columns.version + 1,
            )
        )

    async def present(self, path_keys: Collection[str]) -> set[str]:
        return set(await self._ids(path_keys))

    async def ensure_paths(
        self, paths: Collection[tuple[str, ...]], *, ids: IdSource
    ) -> EnsuredPaths:
        wanted = _with_parents(paths)
        found = await self._ids(wanted)
        created: list[Category] = []
        if len(found) < len(wanted):
            await self.lock_tree()
            found, created = await self._create_missing(wanted, ids)
        return EnsuredPaths({path_key(path): found[path_key(path)] for path in paths}, created)

    async def _ids(self, keys: Iterable[str]) -> dict[str, CategoryId]:
        found = await self._session.execute(
            select(categories.c.path_key, categories.c.id).where(categories.c.path_key.in_(keys))
        )
        return {row.path_key: row.id for row in found}

    async def _create_missing(
        self, wanted: dict[str, tuple[str, ...]], ids: IdSource
    ) -> tuple[dict[str, CategoryId], list[Category]]:
        present = await self._session.scalars(
            select(Category).where(categories.c.path_key.in_(wanted))
        )
        by_key = {category.path_key: category for category in present}
        missing = [key for key in wanted if key not in by_key]
        new_ids = {key: ids.new(CategoryId) for key in missing}
        slugs = {key: proposed_slug(wanted[key], new_ids[key]) for key in missing}
        taken = set(
            await self._session.scalars(
                select(categories.c.slug).where(categories.c.slug.in_(slugs.values()))
            )
        )
        created = []
        # Shorter paths come first, so that a parent is there before its children.
        for key in sorted(missing, key=lambda key: key.count(KEY_SEPARATOR)):
            slug = (
                slugs[key] if slugs[key] not in taken else distinct_slug(slugs[key], new_ids[key])
            )
            taken.add(slug)
            parent = by_key[path_key(wanted[key][:-1])] if wanted[key][1:] else None
            category = Category.create(new_ids[key], name=wanted[key][-1], slug=slug, parent=parent)
            by_key[key] = category
            created.append(category)
        if created:
            await self._session.execute(insert(categories), [_row(c) for c in created])
        return {key: category.id for key, category in by_key.items()}, created


def _with_parents(paths: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return every path and every path above one, by key; the first spelling counts."""
    wanted: dict[str, tuple[str, ...]] = {}
    for path in paths:
        for length in range(1, len(path) + 1):
            wanted.setdefault(path_key(path[:length]), path[:length])
    return wanted


def _row(category: Category) -> dict[str, object]:
    return {column.name: getattr(category, column.name) for column in categories.columns}
