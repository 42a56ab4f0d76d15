"""Change one's own password."""

from __future__ import annotations

from app.application.auth.new_passwords import NewPasswords
from app.application.auth.ports import AuthReader, AuthWork
from app.application.auth.use_cases.throttle import Attempt, Throttle, forgive
from app.application.common.actor import Actor
from app.domain.auth.email import email_key
from app.domain.auth.errors import WrongPassword
from app.domain.auth.password import normalised
from app.domain.auth.session import Ending
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import UserId


class ChangeOwnPassword:
    """Takes the new password for the present one and ends every other session of the user.

    Wrong ones count as wrong sign-ins do, since whoever found an open session guesses here.
    """

    def __init__(
        self, work: AuthWork, *, reader: AuthReader, passwords: NewPasswords, throttle: Throttle
    ) -> None:
        self._work = work
        self._reader = reader
        self._passwords = passwords
        self._throttle = throttle

    async def __call__(self, own: UserId, *, present: str, chosen: str, actor: Actor) -> None:
        person = await self._reader.person(own)
        if normalised(present) == normalised(chosen):
            raise InvalidValue.of("new_password", "is the present one", code="password_unchanged")
        accepted = await self._passwords.accepted(
            chosen, email=person.email, name=person.name, field="new_password"
        )
        attempt = self._throttle.attempt(email_key(person.email), actor.address)
        await self._throttle.take(attempt)
        matches = await self._passwords.verify(person.password_hash, normalised(present))
        hashed = await self._passwords.hash(accepted) if matches else None

        async with self._work as work:
            user = await work.users.hold(own)
            if hashed is None or user.password_hash != person.password_hash:
                work.audit(actor, "user.password_refused", own)
            else:
                user.take_password(hashed, at=work.started_at)
                await self._settle(work, own, attempt, actor=actor)
            await work.commit()
        if hashed is None or user.password_hash != hashed:
            raise WrongPassword.of("password", "is not the present one", code=WrongPassword.code)

    async def _settle(self, work: AuthWork, own: UserId, attempt: Attempt, *, actor: Actor) -> None:
        await forgive(attempt, work)
        ended = await work.sessions.end_all(
            own, ending=Ending.PASSWORD, at=work.started_at, keep=actor.session_id
        )
        note = {"sessions_ended": ended}
        work.audit(actor, "user.password_changed", own, redacted=("password",), note=note)
