"""Keep the answer to a request whose parts were committed each by itself."""

from __future__ import annotations

from app.application.common.uow import UnitOfWork


class KeepAnswer:
    """Stores the answer under the key that the unit of work holds; nothing else is done in it."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def __call__(self) -> None:
        async with self._work as work:
            await work.commit()
