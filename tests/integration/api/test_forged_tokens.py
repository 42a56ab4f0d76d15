"""No token but one that we signed, for this purpose, gets anybody in: over HTTP, dozens of ways."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx2 import AsyncClient
from sqlalchemy import select

from app.application.auth.use_cases.setup import IssueSetupToken
from app.application.services import Services
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions
from tests.fixtures.accounts import Store, log_in
from tests.fixtures.people import PEOPLE, SignIn

HEADERS: tuple[dict[str, Any], ...] = (
    {"alg": "none"},
    {"alg": "None"},
    {"alg": "NONE"},
    {"alg": ""},
    {"alg": None},
    {"alg": "HS256"},
    {"alg": "HS512"},
    {"alg": "RS256"},
    {"alg": "PS256"},
    {"alg": "ES384"},
    {"alg": "ES256K"},
    {"alg": "EdDSA"},
    {"typ": "JWT"},
    {"typ": None},
    {"typ": "refresh+jwt"},
    {"kid": None},
    {"kid": ""},
    {"kid": 1},
    {"kid": ["x"]},
    {"kid": "../../../../dev/null"},
    {"kid": "' OR '1'='1"},
    {"kid": "x' UNION SELECT 'key' --"},
    {"kid": "\x00"},
    {"kid": "x" * 5000},
    {"jku": "http://127.0.0.1:1/jwks.json"},
    {"x5u": "http://127.0.0.1:1/cert.pem"},
    {"x5c": ["MIIB"]},
    {"crit": ["exp"]},
    {"b64": False, "crit": ["b64"]},
)
PAYLOADS: tuple[dict[str, Any], ...] = (
    {"sub": str(PEOPLE[next(iter(PEOPLE))].user_id)[:-1] + "Z"},
    {"sid": "0" * 26},
    {"exp": 9_999_999_999},
    {"iat": 0},
    {"aud": "other"},
    {"iss": "https://evil.test"},
    {"role": "admin"},
)


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item is not None}


def forgeries(genuine: str, jwk: dict[str, str]) -> Iterator[str]:
    """Yield tokens that look like the genuine one and are not."""
    head, body, signature = genuine.split(".")
    header = jwt.get_unverified_header(genuine)
    payload = jwt.decode(genuine, options={"verify_signature": False})
    for change in HEADERS:
        yield f"{encoded(without_nulls(header | change))}.{body}.{signature}"
        yield f"{encoded(without_nulls(header | change))}.{body}."
    for change in PAYLOADS:
        yield f"{head}.{encoded(payload | change)}.{signature}"
    public = jwt.algorithms.ECAlgorithm.from_jwk(jwk).public_bytes(  # type: ignore[union-attr]
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (public, json.dumps(jwk).encode(), b""):
        signed = f"{encoded(header | {'alg': 'HS256'})}.{body}"
        yield f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
    mine = generate_private_key(SECP256R1())
    yield jwt.encode(payload, mine, "ES256", headers=header)
    own_key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))
    yield jwt.encode(payload, mine, "ES256", headers=header | {"jwk": own_key})
    yield f"{head}.{body}.{encoded(bytes(64))}"
    yield f"{head}.{body}.{signature[:-4]}"
    yield f"{head}.{body}.{signature}.x"


@pytest.mark.case("A01")
async def test_none_of_many_forgeries_is_let_in(client: AsyncClient, sign_in: SignIn) -> None:
    genuine = sign_in()["Authorization"].removeprefix("Bearer ")
    [jwk, *_] = (await client.get("/.well-known/jwks.json")).json()["keys"]

    tried = list(forgeries(genuine, jwk))
    answers = [await client.get("/api/v1/auth/me", headers=_as_sent(text)) for text in tried]

    assert len(tried) >= 40
    assert [a.status_code for a in answers] == [401] * len(tried)
    assert (await client.get("/api/v1/auth/me", headers=_as_sent(genuine))).status_code == 200


@pytest.mark.case("A02")
async def test_tokens_for_other_purposes_are_no_access_tokens(
    client: AsyncClient, services: Services, admin: User, store: Store
) -> None:
    login = (await log_in(client)).json()
    headers = _as_sent(login["access_token"])
    reset = await client.post(f"/api/v1/users/{admin.id}/password-reset", headers=headers)
    assert await IssueSetupToken(services.work(None))() is None

    for text in (login["refresh_token"], reset.json()["token"]):
        refused = await client.get("/api/v1/auth/me", headers=_as_sent(text))
        assert refused.status_code == 401
    for path, name in (("refresh", "refresh_token"), ("password", "token")):
        body = {name: login["access_token"][:200]} | (
            {"password": "five grey geese at dawn"} if name == "token" else {}
        )
        assert (await client.post(f"/api/v1/auth/{path}", json=body)).status_code == 401
    [session] = await store.rows(select(sessions))
    assert session["ended_at"] is None


@pytest.mark.case("A07")
async def test_the_published_keys_hold_nothing_private(
    client: AsyncClient, services: Services
) -> None:
    answer = await client.get("/.well-known/jwks.json")

    keys = answer.json()["keys"]
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert len({key["kid"] for key in keys}) == len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["kty"], key["alg"], key["use"]) == ("EC", "ES256", "sig")


def _as_sent(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
