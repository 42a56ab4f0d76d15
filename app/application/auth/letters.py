"""The mails about accounts; each carries at most one one-time token, and no password ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from app.application.auth.use_cases.setup import IssuedToken
from app.domain.auth.user import User
from app.domain.common.errors import Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`to` and `subject` are single lines."""

    to: str
    subject: str
    text: str


class MailFailed(Busy):
    """The mail server did not take the mail; what was asked for is done, ask for a new mail."""

    code = "mail_failed"
    title = "The mail could not be sent"


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand it over to be delivered; `MailFailed` when that does not work."""
        ...


class Letters:
    def __init__(
        self, mailer: Mailer, *, shop_name: Callable[[], Awaitable[str]], public_url: str
    ) -> None:
        self._mailer = mailer
        self._shop_name = shop_name
        self._url = public_url

    async def invite(self, user: User, token: IssuedToken) -> None:
        shop = await self._shop_name()
        await self._send(
            user,
            f"Your account at {shop}",
            f"There is an account for you at {shop}. Choose a password to open it.",
            *self._way(token),
        )

    async def reset(self, user: User, token: IssuedToken) -> None:
        shop = await self._shop_name()
        await self._send(
            user,
            f"A new password at {shop}",
            f"A new password was asked for your account at {shop}. Until you choose it, the old "
            "one counts. If it was not you, do nothing.",
            *self._way(token),
        )

    async def remind(self, user: User) -> None:
        """Say that there is an account already, to its owner alone."""
        shop = await self._shop_name()
        await self._send(
            user,
            f"Your account at {shop}",
            f"Somebody wanted to register at {shop} with this address, which has an account "
            "already. If it was you: sign in, or ask for a new password.",
        )

    def _way(self, token: IssuedToken) -> tuple[str, ...]:
        return (
            f"Your one-time token, good until {token.expires_at:%Y-%m-%d %H:%M} UTC:",
            token.text,
            f"Send it with the password to {self._url}/api/v1/auth/password .",
        )

    async def _send(self, user: User, subject: str, *paragraphs: str) -> None:
        text = "\n\n".join((f"Hello {user.name},", *paragraphs)) + "\n"
        await self._mailer.send(Mail(to=user.email, subject=subject, text=text))
