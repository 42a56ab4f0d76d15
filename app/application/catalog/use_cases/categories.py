"""Make, rename and move categories."""

from __future__ import annotations

from app.application.catalog.ports import CatalogWork
from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.domain.catalog.category import Category, CategoryValues, distinct_slug, proposed_slug
from app.domain.common.errors import UnknownReference
from app.domain.common.identifiers import CategoryId, IdSource


class CreateCategory:
    """Adds a category below its parent, or at the root; the slug follows from the path."""

    def __init__(self, work: CatalogWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, *, name: str, parent_id: CategoryId | None, slug: str | None, actor: Actor
    ) -> Category:
        async with self._work as work:
            await work.categories.lock_tree()
            identifier = self._ids.new(CategoryId)
            parent = await _parent(work, parent_id)
            if slug is None:
                slug = proposed_slug((*(parent.names if parent else ()), name), identifier)
                if await work.categories.has_slug(slug):
                    slug = distinct_slug(slug, identifier)

            category = Category.create(identifier, name=name, slug=slug, parent=parent)

            work.categories.add(category)
            work.track(category)
            created = {key: (None, value) for key, value in category.snapshot().items()}
            work.audit(actor, "category.created", identifier, changes=created)
            await work.flush()
            await work.commit(category)
            return category


class UpdateCategory:
    """Renames or moves a category with all that lies below it; the slug stays unless given."""

    def __init__(self, work: CatalogWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: CategoryId, values: CategoryValues, *, expected: int, actor: Actor
    ) -> Category:
        async with self._work as work:
            await work.categories.lock_tree()
            category = await work.categories.get(identifier)
            require_version(category, expected)
            parent = await _parent(work, values.get("parent_id", category.parent_id))
            path, path_key = category.path, category.path_key

            changes = category.change(values, parent=parent)
            moved = 0
            if category.path != path:
                moved = await _carry(work, category, path=path, path_key=path_key)

            if changes:
                work.track(category)
                note = {"descendants": moved} if moved else None
                work.audit(actor, "category.updated", identifier, changes=changes, note=note)
            await work.flush()
            await work.commit(category)
            return category


async def _parent(work: CatalogWork, identifier: CategoryId | None) -> Category | None:
    if identifier is None:
        return None
    parent = await work.categories.find(identifier)
    if parent is None:
        raise UnknownReference.of("parent_id", "category", identifier)
    return parent


async def _carry(work: CatalogWork, category: Category, *, path: str, path_key: str) -> int:
    """Give everything below a category its new path; returns how many there are."""
    below = await work.categories.branch_size(path_key)
    if below.categories:
        category.check_room(levels=below.levels, key_length=below.key_length)
        # The category first: if its new path is taken, nothing below it is touched.
        await work.flush()
        await work.categories.rename_branch(category, path=path, path_key=path_key)
    return below.categories
