"""Whose access token is it, at this moment?"""

from __future__ import annotations

from app.application.auth.ports import AccessTokens, AuthReader
from app.application.common.actor import Identity
from app.domain.auth.errors import SessionEnded
from app.domain.common.clock import Clock


class Authenticate:
    """Reads session, account and role on every request, so that a change bites on the next one."""

    def __init__(self, *, tokens: AccessTokens, reader: AuthReader, clock: Clock) -> None:
        self._tokens = tokens
        self._reader = reader
        self._clock = clock

    async def __call__(self, token: str) -> Identity:
        now = self._clock.now()
        claims = await self._tokens.read(token, at=now)
        identity = await self._reader.identity(claims, at=now)
        if identity is None:
            raise SessionEnded
        return identity
