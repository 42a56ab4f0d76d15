"""Secrets that are given to people and programs: only their hashes are kept.

A refresh token carries its session and a seal, so that one that was really given out is told from
one that was made up: only the former can accuse a session of reuse. Its successor is worked out
from it under a key of the server, so that everyone who presents it gets the same successor while
the plain text of neither is stored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from app.domain.auth.errors import RefreshRefused
from app.domain.common.identifiers import SessionId

_ID_BYTES = 16
_SECRET_BYTES = 32
_SEAL_BYTES = 16
_PREFIX = "sbr_"


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """256 random bits, shown once."""

    text: str

    @classmethod
    def new(cls) -> OneTimeToken:
        return cls(secrets.token_urlsafe(_SECRET_BYTES))

    @property
    def hash(self) -> bytes:
        # No salt and no slow hash: nobody guesses 256 random bits.
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class RefreshToken:
    session_id: SessionId
    text: str
    hash: bytes


class RefreshTokens:
    """Makes, recognises and succeeds refresh tokens under a key of the server."""

    def __init__(self, key: bytes) -> None:
        self._seal_key = hmac.digest(key, b"stockbook refresh seal", "sha256")
        self._successor_key = hmac.digest(key, b"stockbook refresh successor", "sha256")

    def first(self, session_id: SessionId) -> RefreshToken:
        return self._token(session_id, secrets.token_bytes(_SECRET_BYTES))

    def read(self, text: str) -> RefreshToken:
        """Return a token that this server gave out once; `RefreshRefused` for any other text."""
        raw = _decoded(text)
        body, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
        if len(body) != _ID_BYTES + _SECRET_BYTES or not hmac.compare_digest(
            seal, self._seal(body)
        ):
            raise RefreshRefused
        return self._token(SessionId(bytes=body[:_ID_BYTES]), body[_ID_BYTES:])

    def successor(self, token: RefreshToken) -> RefreshToken:
        """Return the next of the family: always the same one, and unknown without the key."""
        return self._token(
            token.session_id, hmac.digest(self._successor_key, token.text.encode(), "sha256")
        )

    def _token(self, session_id: SessionId, secret: bytes) -> RefreshToken:
        body = session_id.bytes + secret
        text = _PREFIX + base64.urlsafe_b64encode(body + self._seal(body)).decode()
        return RefreshToken(session_id, text, hashlib.sha256(text.encode()).digest())

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._seal_key, body, "sha256")[:_SEAL_BYTES]


def _decoded(text: str) -> bytes:
    if not text.startswith(_PREFIX) or not text.isascii():
        raise RefreshRefused
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), altchars=b"-_", validate=True)
    except binascii.Error:
        raise RefreshRefused from None
