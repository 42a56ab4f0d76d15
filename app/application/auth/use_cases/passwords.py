"""Choose a password with the one-time token of an invitation or a reset."""

from __future__ import annotations

from app.application.auth.new_passwords import NewPasswords
from app.application.auth.ports import AuthReader, AuthWork
from app.application.auth.secrets import OneTimeToken
from app.application.common.actor import Actor
from app.domain.auth.errors import OneTimeTokenRefused
from app.domain.auth.session import Ending


class ChoosePassword:
    """Sets the password and uses the token up; sessions under an earlier password end."""

    def __init__(self, work: AuthWork, *, reader: AuthReader, passwords: NewPasswords) -> None:
        self._work = work
        self._reader = reader
        self._passwords = passwords

    async def __call__(self, *, token: str, password: str, actor: Actor) -> None:
        presented = OneTimeToken(token).hash
        person = await self._reader.newcomer(presented)
        if person is None:
            raise OneTimeTokenRefused
        chosen = await self._passwords.accepted(password, email=person.email, name=person.name)
        hashed = await self._passwords.hash(chosen)

        async with self._work as work:
            user = await work.users.hold_by_token(presented)
            if user is None or not user.awaits_password(at=work.started_at):
                raise OneTimeTokenRefused

            user.take_password(hashed, at=work.started_at)

            ended = await work.sessions.end_all(user.id, ending=Ending.PASSWORD, at=work.started_at)
            note = {"sessions_ended": ended}
            work.audit(actor, "user.password_chosen", user.id, redacted=("password",), note=note)
            await work.commit()
