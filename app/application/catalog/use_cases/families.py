"""Make, change and remove families of products."""

from __future__ import annotations

from app.application.catalog.ports import CatalogWork
from app.application.catalog.queries import FamilyView, Variants
from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.domain.catalog.family import Family, FamilyValues
from app.domain.common.identifiers import FamilyId, IdSource


class CreateFamily:
    """Adds a family, which products are then put into one by one."""

    def __init__(self, work: CatalogWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, values: FamilyValues, *, actor: Actor) -> FamilyView:
        async with self._work as work:
            family = Family.create(self._ids.new(FamilyId), values, at=work.started_at)

            work.families.add(family)
            work.track(family)
            work.audit(actor, "family.created", family.id, changes=family.creation())
            await work.flush()
            view = FamilyView.of(family, variants=Variants())
            await work.commit(view)
            return view


class UpdateFamily:
    """Changes what is given and leaves the rest; its products stay as they are."""

    def __init__(self, work: CatalogWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: FamilyId, values: FamilyValues, *, expected: int, actor: Actor
    ) -> FamilyView:
        async with self._work as work:
            family = await work.families.get(identifier)
            require_version(family, expected)

            changes = family.change(values, at=work.started_at)

            if changes:
                work.track(family)
                work.audit(actor, "family.updated", identifier, changes=changes)
            await work.flush()
            view = FamilyView.of(family, variants=await work.families.variants(family))
            await work.commit(view)
            return view


class RemoveFamily:
    """Removes a family that has no products."""

    def __init__(self, work: CatalogWork) -> None:
        self._work = work

    async def __call__(self, identifier: FamilyId, *, expected: int, actor: Actor) -> None:
        async with self._work as work:
            family = await work.families.get(identifier)
            require_version(family, expected)

            family.remove(has_products=await work.families.has_products(identifier))

            await work.families.delete(family)
            work.track(family)
            removed = {name: (value, None) for name, value in family.snapshot().items()}
            work.audit(actor, "family.removed", identifier, changes=removed)
            await work.flush()
            await work.commit()
