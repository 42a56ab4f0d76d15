"""The life of a signing key: next → active → retiring → revoked.

`next` is published but does not sign yet, so that verifiers know it in advance; `active` signs;
`retiring` only verifies, until the last token it signed has expired; `revoked` counts no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.common.identifiers import SigningKeyId


class KeyState(StrEnum):
    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


@dataclass(eq=False, kw_only=True)
class SigningKey:
    """A key pair; the private part stands encrypted in `private_box` while it may sign."""

    id: SigningKeyId
    kid: str
    state: KeyState
    public_jwk: Mapping[str, str]
    private_box: bytes | None
    created_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None

    def activate(self, *, at: datetime) -> None:
        self.state, self.activated_at = KeyState.ACTIVE, at

    def retire(self, *, at: datetime) -> None:
        """Sign no more, and forget the private part."""
        self.state, self.retired_at, self.private_box = KeyState.RETIRING, at, None

    def revoke(self) -> None:
        """Nothing that the key signed counts any more."""
        self.state, self.private_box = KeyState.REVOKED, None

    def verifies(self, *, at: datetime, overlap: timedelta) -> bool:
        """Tell whether tokens of this key count; a retiring key does for as long as `overlap`."""
        if self.state is KeyState.RETIRING:
            return self.retired_at is not None and at < self.retired_at + overlap
        return self.state is not KeyState.REVOKED
