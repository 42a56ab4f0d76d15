"""What somebody tried and may not do."""

from __future__ import annotations

from app.application.common.actor import Actor, MissingPermission
from app.application.common.uow import UnitOfWork
from app.domain.common.errors import PermissionDenied


class RecordDenial:
    """Writes the refused attempt in a transaction of its own: the attempt itself has none."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def __call__(self, denial: PermissionDenied, *, actor: Actor) -> None:
        note: dict[str, object] = {"code": denial.code}
        if isinstance(denial, MissingPermission):
            note = {"permission": denial.permission}
        async with self._work as work:
            work.audit(actor, "access.denied", None, note=note)
            await work.commit()
