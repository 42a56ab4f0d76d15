"""Ask for an account, or for a new password, without being signed in.

What comes of it is told by mail to the owner of the address alone; the answer says nothing.
"""

from __future__ import annotations

from app.application.auth.letters import Letters
from app.application.auth.ports import AuthWork
from app.application.auth.use_cases.setup import IssuedToken
from app.application.common.actor import Actor
from app.application.users.use_cases.invite import INVITATION_LIFE, RESET_LIFE, open_way
from app.domain.auth.email import email_key
from app.domain.auth.registration import Registration
from app.domain.auth.roles import Role
from app.domain.auth.user import PERSONAL_FIELDS, User
from app.domain.common.identifiers import IdSource, UserId


class Register:
    """Makes a viewer without a password; the mail holds the token to choose one.

    Whoever was invited gets a new token, and an address that has an account a reminder.
    """

    def __init__(
        self, work: AuthWork, *, ids: IdSource, letters: Letters, policy: Registration
    ) -> None:
        self._work = work
        self._ids = ids
        self._letters = letters
        self._policy = policy

    async def __call__(self, *, email: str, name: str, actor: Actor) -> None:
        is_open = self._policy is Registration.OPEN
        token: IssuedToken | None = None
        async with self._work as work:
            user = await work.users.hold_by_email(email_key(email))
            if user is None and is_open:
                user = self._add(work, email=email, name=name, actor=actor)
                token = open_way(user, work, life=INVITATION_LIFE)
            elif user is not None and user.active and user.password_hash is None:
                token = open_way(user, work, life=INVITATION_LIFE)
                work.audit(actor, "user.invitation_renewed", user.id)
            await work.flush()
            await work.commit()
        if user is not None and token is not None:
            await self._letters.invite(user, token)
        elif user is not None and user.active and is_open:
            await self._letters.remind(user)

    def _add(self, work: AuthWork, *, email: str, name: str, actor: Actor) -> User:
        user = User.create(
            self._ids.new(UserId), email=email, name=name, role=Role.VIEWER, at=work.started_at
        )
        work.users.add(user)
        work.track(user)
        created = {field: (None, value) for field, value in user.snapshot().items()}
        work.audit(actor, "user.registered", user.id, changes=created, redacted=PERSONAL_FIELDS)
        return user


class RequestPasswordReset:
    """Mails a one-time token to the owner of an open account; for other addresses does nothing."""

    def __init__(self, work: AuthWork, *, letters: Letters) -> None:
        self._work = work
        self._letters = letters

    async def __call__(self, *, email: str, actor: Actor) -> None:
        async with self._work as work:
            user = await work.users.hold_by_email(email_key(email))
            if user is None or not user.active:
                return
            has_password = user.password_hash is not None
            token = open_way(user, work, life=RESET_LIFE if has_password else INVITATION_LIFE)
            work.audit(actor, "user.password_reset_requested", user.id)
            await work.flush()
            await work.commit()
        if has_password:
            await self._letters.reset(user, token)
        else:
            await self._letters.invite(user, token)
