"""Make and rename units."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.shop.ports import ShopWork
from app.domain.common.identifiers import IdSource, UnitId
from app.domain.shop.unit import Unit


class CreateUnit:
    """Adds a unit under a code that no other has; its decimal places are fixed from then on."""

    def __init__(self, work: ShopWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, *, code: str, name: str, decimals: int, actor: Actor) -> Unit:
        async with self._work as work:
            unit = Unit.create(self._ids.new(UnitId), code=code, name=name, decimals=decimals)

            work.units.add(unit)
            work.track(unit)
            created = {key: (None, value) for key, value in unit.snapshot().items()}
            work.audit(actor, "unit.created", unit.id, changes=created)
            await work.flush()
            await work.commit(unit)
            return unit


class RenameUnit:
    """Gives a unit another name."""

    def __init__(self, work: ShopWork) -> None:
        self._work = work

    async def __call__(self, identifier: UnitId, *, name: str, expected: int, actor: Actor) -> Unit:
        async with self._work as work:
            unit = await work.units.get(identifier)
            require_version(unit, expected)

            changes = unit.rename(name)

            if changes:
                work.track(unit)
                work.audit(actor, "unit.updated", unit.id, changes=changes)
            await work.flush()
            await work.commit(unit)
            return unit
