"""What somebody tried and may not do."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.uow import UnitOfWork
from app.domain.auth.roles import Permission


class RecordDenial:
    """Writes the refused attempt in a transaction of its own: the attempt itself has none."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def __call__(self, permission: Permission, *, actor: Actor) -> None:
        async with self._work as work:
            work.audit(actor, "access.denied", None, note={"permission": permission})
            await work.commit()
