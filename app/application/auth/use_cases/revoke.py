"""End one session from afar: a lost phone, a till that was sold."""

from __future__ import annotations

from app.application.auth.ports import AuthWork
from app.application.common.actor import Actor
from app.domain.auth.session import Ending
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import SessionId, UserId


class RevokeSession:
    """Ends a session of the user; a session of anybody else is not found.

    One that has ended already stays as it ended, and to ask again does no harm.
    """

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, identifier: SessionId, *, of: UserId, actor: Actor) -> None:
        async with self._work as work:
            session = await work.sessions.hold(identifier)
            if session is None or session.user_id != of:
                raise NotFound.of(SessionId.kind, identifier)

            if session.is_open(at=work.started_at):
                session.end(Ending.REVOKED, at=work.started_at)
                work.audit(actor, "session.ended", session.id, note={"ending": Ending.REVOKED})
            await work.commit()
