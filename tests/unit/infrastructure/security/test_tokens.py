"""Access tokens: only ours, only for us, only for now; keys that come, sign, retire and go."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from app.application.auth.ports import Claims
from app.domain.auth.signing import KeyState, SigningKey
from app.domain.common.identifiers import SessionId, SigningKeyId, TokenId, UserId
from app.infrastructure.security.keys import KeyBox, KeyUnreadable
from app.infrastructure.security.ring import KeyRing
from app.infrastructure.security.tokens import InvalidToken, JwtAccessTokens

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LIFE = timedelta(minutes=10)
OVERLAP = timedelta(minutes=12)
CLAIMS = Claims(user_id=UserId(int=1), session_id=SessionId(int=2), token_id=TokenId(int=3))
ISSUER = "https://shop.test"
BOX = KeyBox(b"s" * 40)


def key(state: KeyState, number: int = 1) -> SigningKey:
    pair = BOX.make()
    return SigningKey(
        id=SigningKeyId(int=number),
        kid=pair.kid,
        state=state,
        public_jwk=pair.public_jwk,
        private_box=pair.private_box,
        created_at=NOW,
    )


@dataclass
class Table:
    """Stands for the table of keys; counts how often it is read."""

    keys: list[SigningKey] = field(default_factory=list)
    readings: int = 0

    async def read(self) -> list[SigningKey]:
        self.readings += 1
        return [replace(key) for key in self.keys]

    async def ensure(self) -> None:
        self.keys += [key(KeyState.ACTIVE, 1), key(KeyState.NEXT, 2)]

    def rotate(self, *, at: datetime) -> None:
        for each in self.keys:
            if each.state is KeyState.ACTIVE:
                each.retire(at=at)
            elif each.state is KeyState.NEXT:
                each.activate(at=at)
        self.keys.append(key(KeyState.NEXT, len(self.keys) + 1))


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def ring(table: Table) -> KeyRing:
    return KeyRing(read=table.read, ensure=table.ensure, box=BOX, overlap=OVERLAP)


@pytest.fixture
def tokens(ring: KeyRing) -> JwtAccessTokens:
    return JwtAccessTokens(ring, issuer=ISSUER, life=LIFE)


def reopened(text: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
    """Change header and payload and keep the signature."""
    header, payload, signature = text.split(".")
    parts = [json.loads(urlsafe_b64decode(part + "==")) for part in (header, payload)]
    change(*parts)
    texts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, signature])


class TestIssue:
    async def test_says_who_and_which_session_but_nothing_of_rights(
        self, tokens: JwtAccessTokens, table: Table
    ) -> None:
        token = await tokens.issue(CLAIMS, at=NOW)

        header = jwt.get_unverified_header(token.text)
        payload = jwt.decode(token.text, options={"verify_signature": False})
        assert header == {"alg": "ES256", "kid": table.keys[0].kid, "typ": "at+jwt"}
        assert payload == {
            "iss": ISSUER,
            "aud": "stockbook",
            "sub": str(CLAIMS.user_id),
            "sid": str(CLAIMS.session_id),
            "jti": str(CLAIMS.token_id),
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + LIFE).timestamp()),
        }
        assert token.expires_at == NOW + LIFE

    @pytest.mark.case("A02")
    async def test_is_read_back_until_it_expires(self, tokens: JwtAccessTokens) -> None:
        text = (await tokens.issue(CLAIMS, at=NOW)).text

        assert await tokens.read(text, at=NOW) == CLAIMS
        assert await tokens.read(text, at=NOW + LIFE + timedelta(seconds=29)) == CLAIMS
        with pytest.raises(InvalidToken):
            await tokens.read(text, at=NOW + LIFE + timedelta(seconds=30))
        with pytest.raises(InvalidToken):
            await tokens.read(text, at=NOW - timedelta(seconds=31))


@pytest.mark.case("A01", "A02")
class TestForgeries:
    @pytest.mark.parametrize(
        "text", ["", "x", "a.b.c", "é.é.é", "." * 10, "ey" * 3000, "eyJhbGciOiJFUzI1NiJ9..", "\x00"]
    )
    async def test_what_is_no_token(self, tokens: JwtAccessTokens, text: str) -> None:
        with pytest.raises(InvalidToken):
            await tokens.read(text, at=NOW)

    @pytest.mark.parametrize(
        "change",
        [
            lambda _, payload: payload.update(sub=str(UserId(int=9))),
            lambda _, payload: payload.update(exp=payload["exp"] + 3600),
            lambda header, _: header.update(alg="none"),
            lambda header, _: header.update(alg="HS256"),
            lambda header, _: header.update(kid="../../etc/passwd"),
            lambda header, _: header.update(kid=7),
            lambda header, _: header.update(typ="JWT"),
            lambda header, _: header.pop("typ"),
            lambda header, _: header.pop("kid"),
        ],
    )
    async def test_what_was_changed(
        self, tokens: JwtAccessTokens, change: Callable[[Any, Any], None]
    ) -> None:
        text = (await tokens.issue(CLAIMS, at=NOW)).text

        with pytest.raises(InvalidToken):
            await tokens.read(reopened(text, change), at=NOW)

    async def test_what_brings_its_own_key(self, tokens: JwtAccessTokens, table: Table) -> None:
        await tokens.issue(CLAIMS, at=NOW)
        mine = generate_private_key(SECP256R1())
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))
        headers = {"kid": table.keys[0].kid, "typ": "at+jwt", "jwk": jwk, "jku": "https://evil"}
        forged = jwt.encode(self._payload(), mine, "ES256", headers=headers)

        with pytest.raises(InvalidToken):
            await tokens.read(forged, at=NOW)

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://other.test"},
            {"aud": "other"},
            {"aud": None},
            {"sub": "x"},
            {"sub": 5},
            {"sid": None},
            {"jti": None},
            {"iat": None},
            {"exp": None},
            {"exp": "soon"},
            {"exp": True},
            {"iat": 1.5},
        ],
    )
    async def test_what_was_signed_for_another_purpose(
        self, tokens: JwtAccessTokens, ring: KeyRing, changes: dict[str, object]
    ) -> None:
        kid, private = await ring.signer(at=NOW)
        payload = {k: v for k, v in (self._payload() | changes).items() if v is not None}
        text = jwt.encode(payload, private, "ES256", headers={"kid": kid, "typ": "at+jwt"})

        with pytest.raises(InvalidToken):
            await tokens.read(text, at=NOW)

    def _payload(self) -> dict[str, Any]:
        return {
            "iss": ISSUER,
            "aud": "stockbook",
            "sub": str(CLAIMS.user_id),
            "sid": str(CLAIMS.session_id),
            "jti": str(CLAIMS.token_id),
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + LIFE).timestamp()),
        }


class TestRotation:
    async def test_old_tokens_count_until_the_overlap_is_over(
        self, tokens: JwtAccessTokens, table: Table
    ) -> None:
        old = (await tokens.issue(CLAIMS, at=NOW)).text
        table.rotate(at=NOW)
        later = NOW + timedelta(seconds=61)

        new = (await tokens.issue(CLAIMS, at=later)).text

        assert jwt.get_unverified_header(new)["kid"] == table.keys[1].kid
        assert await tokens.read(old, at=later) == CLAIMS
        assert await tokens.read(new, at=later) == CLAIMS
        assert table.keys[0].private_box is None
        with pytest.raises(InvalidToken):
            await tokens.read(old, at=NOW + OVERLAP)

    async def test_a_token_of_another_process_that_rotated_first_is_read(
        self, tokens: JwtAccessTokens, table: Table
    ) -> None:
        await tokens.issue(CLAIMS, at=NOW)
        table.rotate(at=NOW)
        table.rotate(at=NOW)
        other = KeyRing(read=table.read, ensure=table.ensure, box=BOX, overlap=OVERLAP)
        theirs = JwtAccessTokens(other, issuer=ISSUER, life=LIFE)
        text = (await theirs.issue(CLAIMS, at=NOW)).text

        assert await tokens.read(text, at=NOW + timedelta(seconds=5)) == CLAIMS

    async def test_a_revoked_key_counts_no_more(
        self, tokens: JwtAccessTokens, table: Table
    ) -> None:
        old = (await tokens.issue(CLAIMS, at=NOW)).text
        table.rotate(at=NOW)
        table.keys[0].revoke()

        with pytest.raises(InvalidToken):
            await tokens.read(old, at=NOW + timedelta(seconds=60))

    @pytest.mark.case("A07")
    async def test_unknown_key_ids_do_not_make_the_database_work(
        self, ring: KeyRing, table: Table
    ) -> None:
        await ring.signer(at=NOW)
        before = table.readings

        for number in range(50):
            assert await ring.verifier(f"made up {number}", at=NOW + timedelta(seconds=6)) is None

        assert table.readings == before + 1


class TestRing:
    async def test_makes_the_first_keys_once(self, ring: KeyRing, table: Table) -> None:
        await ring.signer(at=NOW)
        await ring.signer(at=NOW)

        assert len(table.keys) == 2
        assert table.readings == 2

    @pytest.mark.case("A07")
    async def test_publishes_public_parts_only_the_next_one_included(
        self, ring: KeyRing, table: Table
    ) -> None:
        published = await ring.published(at=NOW)

        assert [jwk["kid"] for jwk in published] == [key.kid for key in table.keys]
        assert all(set(jwk) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for jwk in published)

    async def test_verifies_with_what_it_publishes(
        self, ring: KeyRing, tokens: JwtAccessTokens
    ) -> None:
        text = (await tokens.issue(CLAIMS, at=NOW)).text
        keys = jwt.PyJWKSet.from_dict({"keys": [dict(k) for k in await ring.published(at=NOW)]})

        kid = jwt.get_unverified_header(text)["kid"]
        payload = jwt.decode(
            text,
            keys[kid],
            algorithms=["ES256"],
            audience="stockbook",
            options={"verify_exp": False, "verify_iat": False},
        )
        assert payload["sub"] == str(CLAIMS.user_id)


class TestBox:
    def test_opens_only_under_the_secret_and_the_name_it_was_made_with(self) -> None:
        pair = BOX.make()

        assert BOX.open(pair.private_box, kid=pair.kid).curve.name == "secp256r1"
        with pytest.raises(KeyUnreadable, match="STOCKBOOK_SECRET_KEY"):
            KeyBox(b"t" * 40).open(pair.private_box, kid=pair.kid)
        with pytest.raises(KeyUnreadable):
            BOX.open(pair.private_box, kid=BOX.make().kid)

    def test_shows_nothing_of_the_private_part(self) -> None:
        pair = BOX.make()
        secret = BOX.open(pair.private_box, kid=pair.kid).private_numbers().private_value

        assert secret.to_bytes(32, "big") not in pair.private_box
        assert "d" not in pair.public_jwk
