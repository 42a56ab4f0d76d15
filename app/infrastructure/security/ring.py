"""The ring of signing keys as this process knows it.

It is read again once a minute, and at once for a key id that is not on it, though not more often
than every few seconds: random ids must not make the database work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)

from app.domain.auth.signing import KeyState, SigningKey
from app.infrastructure.security.keys import KeyBox, public_key

FRESH_FOR = timedelta(seconds=60)
_LEAST_PAUSE = timedelta(seconds=5)


class NoSigningKey(Exception):
    """No key is active although one was just made: the table is being tampered with."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One reading of the table."""

    at: datetime
    keys: Mapping[str, SigningKey]
    public: Mapping[str, EllipticCurvePublicKey]
    signer: tuple[str, EllipticCurvePrivateKey] | None


class KeyRing:
    """`ensure` makes the first keys when there are none."""

    def __init__(
        self,
        *,
        read: Callable[[], Awaitable[list[SigningKey]]],
        ensure: Callable[[], Awaitable[None]],
        box: KeyBox,
        overlap: timedelta,
    ) -> None:
        self._read = read
        self._ensure = ensure
        self._box = box
        self._overlap = overlap
        self._known: _Known | None = None
        self._reading = asyncio.Lock()

    async def signer(self, *, at: datetime) -> tuple[str, EllipticCurvePrivateKey]:
        """Return the id and the private part of the key that signs."""
        known = await self._fresh(at)
        if known.signer is None:
            await self._ensure()
            known = await self._reread(at)
        if known.signer is None:
            raise NoSigningKey
        return known.signer

    async def verifier(self, kid: str, *, at: datetime) -> EllipticCurvePublicKey | None:
        """Return the public part of a key whose tokens count, None for any other id."""
        known = await self._fresh(at)
        if kid not in known.keys and at - known.at >= _LEAST_PAUSE:
            known = await self._reread(at)
        key = known.keys.get(kid)
        if key is None or not key.verifies(at=at, overlap=self._overlap):
            return None
        return known.public[kid]

    async def published(self, *, at: datetime) -> list[Mapping[str, str]]:
        """Return the public parts of all keys that verify or soon will."""
        await self.signer(at=at)
        known = await self._fresh(at)
        return [
            key.public_jwk
            for key in known.keys.values()
            if key.verifies(at=at, overlap=self._overlap)
        ]

    async def _fresh(self, at: datetime) -> _Known:
        known = self._known
        if known is not None and at - known.at < FRESH_FOR:
            return known
        return await self._reread(at)

    async def _reread(self, at: datetime) -> _Known:
        seen = self._known
        async with self._reading:
            if self._known is not None and self._known is not seen:
                return self._known  # whoever held the lock has just read it
            self._known = self._learn(await self._read(), at)
            return self._known

    def _learn(self, keys: list[SigningKey], at: datetime) -> _Known:
        signers = [
            (key.kid, self._box.open(key.private_box, kid=key.kid))
            for key in keys
            if key.state is KeyState.ACTIVE and key.private_box is not None
        ]
        return _Known(
            at=at,
            keys={key.kid: key for key in keys},
            public={key.kid: public_key(key.public_jwk) for key in keys},
            signer=signers[0] if signers else None,
        )
