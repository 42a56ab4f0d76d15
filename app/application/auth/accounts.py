"""What the edges need for accounts, in one hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.application.auth.letters import Letters
from app.application.auth.new_passwords import NewPasswords
from app.application.auth.ports import AccessTokens, AuthReader, KeyMaker, PasswordHasher
from app.application.auth.sessions import SessionTokens
from app.application.auth.use_cases.throttle import Throttle
from app.domain.auth.registration import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """`published_keys` are the public parts that verify our access tokens.

    `key_overlap` is how long a key still verifies after it has signed for the last time, `letters`
    is None where no mail is sent.
    """

    reader: AuthReader
    passwords: PasswordHasher
    new_passwords: NewPasswords
    throttle: Throttle
    letters: Letters | None
    registration: Registration
    access: AccessTokens
    sessions: SessionTokens
    keys: KeyMaker
    key_overlap: timedelta
    published_keys: Callable[[], Awaitable[list[Mapping[str, str]]]]
