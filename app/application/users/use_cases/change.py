"""Rename users, change their role, close and reopen accounts."""

from __future__ import annotations

from app.application.auth.ports import AuthWork
from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.domain.auth.roles import Role
from app.domain.auth.session import Ending
from app.domain.auth.user import PERSONAL_FIELDS, User
from app.domain.common.changes import Changes
from app.domain.common.identifiers import UserId


class ChangeUser:
    """Gives a user another name or role.

    Nobody changes their own role, and one admin who can sign in always remains. A new role counts
    from the user's next request on.
    """

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: UserId,
        *,
        name: str | None = None,
        role: Role | None = None,
        expected: int,
        actor: Actor,
    ) -> User:
        async with self._work as work:
            # Admins first, then the user: one order for all, so that changes wait for each other.
            admins = await work.users.hold_admins() if role is not None else frozenset[UserId]()
            user = await work.users.hold(identifier)
            require_version(user, expected)

            now = work.started_at
            changes = user.rename(name, at=now) if name is not None else {}
            if role is not None:
                changes |= user.change_role(role, by=actor.user_id, admins=admins, at=now)

            _record(work, user, "user.updated", changes, actor=actor)
            await work.flush()
            await work.commit(user)
            return user


class DeactivateUser:
    """Closes the account and ends its sessions at once; what the user did keeps their name."""

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, identifier: UserId, *, expected: int, actor: Actor) -> User:
        async with self._work as work:
            admins = await work.users.hold_admins()
            user = await work.users.hold(identifier)
            require_version(user, expected)

            now = work.started_at
            changes = user.deactivate(by=actor.user_id, admins=admins, at=now)

            if changes:
                await work.sessions.end_all(user.id, ending=Ending.DEACTIVATED, at=now)
            _record(work, user, "user.deactivated", changes, actor=actor)
            await work.flush()
            await work.commit(user)
            return user


class ActivateUser:
    """Opens the account again; the user signs in with the password of before."""

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, identifier: UserId, *, expected: int, actor: Actor) -> User:
        async with self._work as work:
            user = await work.users.hold(identifier)
            require_version(user, expected)

            changes = user.activate(at=work.started_at)

            _record(work, user, "user.activated", changes, actor=actor)
            await work.flush()
            await work.commit(user)
            return user


def _record(work: AuthWork, user: User, action: str, changes: Changes, *, actor: Actor) -> None:
    """Audit a change without its personal values; what changed nothing leaves no trace."""
    if not changes:
        return
    shown = {field: change for field, change in changes.items() if field not in PERSONAL_FIELDS}
    redacted = tuple(field for field in changes if field in PERSONAL_FIELDS)
    work.track(user)
    work.audit(actor, action, user.id, changes=shown, redacted=redacted)
