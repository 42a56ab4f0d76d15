"""Make, change, close and open locations."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.inventory.ports import InventoryWork
from app.domain.common.identifiers import IdSource, LocationId
from app.domain.inventory.locations import Location, LocationValues


class CreateLocation:
    """Adds a place for goods under a code that no other has and that never changes."""

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, *, code: str, name: str, counts_as_available: bool = True, actor: Actor
    ) -> Location:
        async with self._work as work:
            location = Location.create(
                self._ids.new(LocationId),
                code=code,
                name=name,
                counts_as_available=counts_as_available,
            )

            work.locations.add(location)
            work.track(location)
            created = {key: (None, value) for key, value in location.snapshot().items()}
            work.audit(actor, "location.created", location.id, changes=created)
            await work.flush()
            await work.commit(location)
            return location


class ChangeLocation:
    """Renames a location, or says whether what lies there is for sale."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: LocationId, values: LocationValues, *, expected: int, actor: Actor
    ) -> Location:
        async with self._work as work:
            location = await work.locations.get(identifier)
            require_version(location, expected)

            changes = location.change(values)

            if changes:
                work.track(location)
                work.audit(actor, "location.updated", location.id, changes=changes)
            await work.flush()
            await work.commit(location)
            return location


class SetLocationActive:
    """Closes a location in which nothing lies, or opens it; doing so twice changes nothing."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: LocationId, *, active: bool, expected: int, actor: Actor
    ) -> Location:
        async with self._work as work:
            location = await work.locations.get(identifier)
            require_version(location, expected)

            if active:
                changes = location.activate()
            else:
                holds_stock = await work.locations.holds_stock(identifier)
                changes = location.deactivate(holds_stock=holds_stock)

            if changes:
                action = "location.activated" if active else "location.deactivated"
                work.track(location)
                work.audit(actor, action, location.id, changes=changes)
            await work.flush()
            await work.commit(location)
            return location
