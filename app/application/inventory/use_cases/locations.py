"""Make, change, close and open locations."""

from __future__ import annotations

from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.inventory.ports import InventoryWork
from app.domain.common.errors import UnknownReference
from app.domain.common.identifiers import IdSource, LocationId
from app.domain.inventory.locations import Location, LocationValues


class CreateLocation:
    """Adds a place for goods under a code that no other has and that never changes."""

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self,
        *,
        code: str,
        name: str,
        counts_as_available: bool = True,
        parent_id: LocationId | None = None,
        actor: Actor,
    ) -> Location:
        async with self._work as work:
            above = await _above(work, parent_id)
            location = Location.create(
                self._ids.new(LocationId),
                code=code,
                name=name,
                counts_as_available=counts_as_available,
                parent=above[0] if above else None,
            )

            work.locations.add(location)
            work.track(location)
            created = {key: (None, value) for key, value in location.snapshot().items()}
            work.audit(actor, "location.created", location.id, changes=created)
            await work.flush()
            await work.commit(location)
            return location


class ChangeLocation:
    """Renames a location, moves it below another, or says whether what lies there is for sale."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: LocationId, values: LocationValues, *, expected: int, actor: Actor
    ) -> Location:
        async with self._work as work:
            above = await _above(work, values.get("parent_id"))
            location = await work.locations.get(identifier)
            require_version(location, expected)

            changes = location.change(values, above=above)

            if changes:
                work.track(location)
                work.audit(actor, "location.updated", location.id, changes=changes)
            await work.flush()
            await work.commit(location)
            return location


class SetLocationActive:
    """Closes a location in which nothing lies and below which nothing is open, or opens it.

    Doing so twice changes nothing.
    """

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: LocationId, *, active: bool, expected: int, actor: Actor
    ) -> Location:
        async with self._work as work:
            await work.locations.lock_tree()
            location = await work.locations.get(identifier)
            require_version(location, expected)

            if active:
                above = await work.locations.above(location.parent_id)
                changes = location.activate(parent=above[0] if above else None)
            else:
                changes = location.deactivate(
                    holds_stock=await work.locations.holds_stock(identifier),
                    has_open_places=await work.locations.has_open_places(identifier),
                )

            if changes:
                action = "location.activated" if active else "location.deactivated"
                work.track(location)
                work.audit(actor, action, location.id, changes=changes)
            await work.flush()
            await work.commit(location)
            return location


async def _above(work: InventoryWork, parent_id: LocationId | None) -> Sequence[Location]:
    """Return the named parent and what it lies in, held as they are until the end."""
    if parent_id is None:
        return ()
    await work.locations.lock_tree()
    above = await work.locations.above(parent_id)
    if not above:
        raise UnknownReference.of("parent_id", LocationId.kind, parent_id)
    return above
