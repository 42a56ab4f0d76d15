"""What the edges need for accounts, in one hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.application.auth.ports import AccessTokens, AuthReader, KeyMaker, PasswordHasher
from app.application.auth.sessions import SessionTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """`published_keys` are the public parts that verify our access tokens."""

    reader: AuthReader
    passwords: PasswordHasher
    access: AccessTokens
    sessions: SessionTokens
    keys: KeyMaker
    published_keys: Callable[[], Awaitable[list[Mapping[str, str]]]]
