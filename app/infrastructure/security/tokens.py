"""Access tokens: JWTs signed with ES256, after RFC 9068 and the advice of RFC 8725."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt

from app.application.auth.ports import AccessToken, Claims
from app.domain.common.errors import InvalidValue, Unauthenticated
from app.domain.common.identifiers import SessionId, TokenId, UserId
from app.infrastructure.security.ring import KeyRing

ALGORITHM = "ES256"
TYPE = "at+jwt"
AUDIENCE = "stockbook"
LEEWAY = timedelta(seconds=30)
_REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]
_MOST_CHARACTERS = 4096


class InvalidToken(Unauthenticated):
    """The access token is forged, damaged, expired or meant for someone else."""

    code = "invalid_token"
    title = "The access token is not accepted"


class JwtAccessTokens:
    """Algorithm and key come from our own ring, never from what the token says of itself."""

    def __init__(self, ring: KeyRing, *, issuer: str, life: timedelta) -> None:
        self._ring = ring
        self._issuer = issuer
        self._life = life

    async def issue(self, claims: Claims, *, at: datetime) -> AccessToken:
        kid, key = await self._ring.signer(at=at)
        issued = int(at.timestamp())
        expires_at = datetime.fromtimestamp(issued, at.tzinfo) + self._life
        payload = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "jti": str(claims.token_id),
            "iat": issued,
            "exp": int(expires_at.timestamp()),
        }
        text = jwt.encode(payload, key, ALGORITHM, headers={"kid": kid, "typ": TYPE})
        return AccessToken(text=text, expires_at=expires_at)

    async def read(self, text: str, *, at: datetime) -> Claims:
        payload = await self._verified(text, at)
        # PyJWT asks the machine's clock, we ask ours: it checks the signature, we the times.
        now, leeway = int(at.timestamp()), int(LEEWAY.total_seconds())
        if not (_instant(payload["iat"]) - leeway <= now < _instant(payload["exp"]) + leeway):
            raise InvalidToken("The access token has expired.")
        try:
            return Claims(
                user_id=UserId.parse(payload["sub"]),
                session_id=SessionId.parse(payload["sid"]),
                token_id=TokenId.parse(payload["jti"]),
            )
        except (InvalidValue, TypeError, AttributeError):
            raise InvalidToken from None

    async def _verified(self, text: str, at: datetime) -> dict[str, Any]:
        if len(text) > _MOST_CHARACTERS:
            raise InvalidToken
        try:
            header = jwt.get_unverified_header(text)
        except (jwt.InvalidTokenError, UnicodeError):
            raise InvalidToken from None
        kid, kind = header.get("kid"), header.get("typ")
        if not isinstance(kid, str) or not isinstance(kind, str) or kind.lower() != TYPE:
            raise InvalidToken
        key = await self._ring.verifier(kid, at=at)
        if key is None:
            raise InvalidToken
        try:
            return jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=AUDIENCE,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            raise InvalidToken from None


def _instant(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidToken
