"""People who may sign in.

Personal fields stay out of events and audit rows, so that a person can be anonymised later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.domain.auth.email import clean_email, email_key
from app.domain.auth.errors import LastAdmin, OwnAccount
from app.domain.auth.roles import Role
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import UserId
from app.domain.common.text import clean_line

NAME_LENGTH = 120
PERSONAL_FIELDS = ("email", "name")
_TOLD = ("name", "role", "active")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(DomainEvent):
    """There is a new user; `user` holds role and state, nothing personal."""

    name: ClassVar[str] = "user.created"
    user: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(DomainEvent):
    """A user changed; `changed` names the fields, `user` holds role and state."""

    name: ClassVar[str] = "user.updated"
    user: Mapping[str, object]
    changed: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class User(EventRecorderMixin):
    """A user without a password was invited and cannot sign in yet.

    At most one one-time token is open, for the first password or for a new one; only its hash is
    kept.
    """

    id: UserId
    email: str
    email_key: str
    name: str
    role: Role
    active: bool
    password_hash: str | None
    token_hash: bytes | None
    token_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(cls, identifier: UserId, *, email: str, name: str, role: Role, at: datetime) -> User:
        """Return a user who has still to choose a password."""
        address = clean_email(email)
        user = cls(
            id=identifier,
            email=address,
            email_key=email_key(address),
            name=clean_line(name, field="name", most=NAME_LENGTH),
            role=role,
            active=True,
            password_hash=None,
            token_hash=None,
            token_expires_at=None,
            created_at=at,
            updated_at=at,
        )
        user.record(UserCreated(subject=identifier, user=user.snapshot()))
        return user

    @property
    def can_sign_in(self) -> bool:
        return self.active and self.password_hash is not None

    def snapshot(self) -> dict[str, object]:
        """The user as it stands in events and audit rows: nothing personal, nothing secret."""
        return {"role": self.role, "active": self.active}

    def take_password(self, hashed: str, *, at: datetime) -> None:
        """Set the password; an open one-time token is used up by it."""
        self._change({"password_hash": hashed, "token_hash": None, "token_expires_at": None}, at=at)

    def expect_password(self, token_hash: bytes, *, until: datetime, at: datetime) -> None:
        """Open the way for a password by one-time token; an earlier token is void."""
        self._change({"token_hash": token_hash, "token_expires_at": until}, at=at)

    def awaits_password(self, *, at: datetime) -> bool:
        """Tell whether the one-time token counts at that moment."""
        return self.active and self.token_expires_at is not None and at < self.token_expires_at

    def rename(self, name: str, *, at: datetime) -> Changes:
        return self._change({"name": clean_line(name, field="name", most=NAME_LENGTH)}, at=at)

    def change_role(
        self, role: Role, *, by: UserId | None, admins: Collection[UserId], at: datetime
    ) -> Changes:
        """Take the role; `admins` are all who could sign in as admin, held fast by the caller."""
        if role is not self.role:
            self._refuse_own(by, "role")
            if role is not Role.ADMIN:
                self._require_another(admins)
        return self._change({"role": role}, at=at)

    def deactivate(self, *, by: UserId | None, admins: Collection[UserId], at: datetime) -> Changes:
        """Close the account; an open one-time token is void."""
        if not self.active:
            return {}
        self._refuse_own(by, "account")
        self._require_another(admins)
        self._change({"token_hash": None, "token_expires_at": None}, at=at)
        return self._change({"active": False}, at=at)

    def activate(self, *, at: datetime) -> Changes:
        return self._change({"active": True}, at=at)

    def _refuse_own(self, by: UserId | None, what: str) -> None:
        if by == self.id:
            raise OwnAccount(f"Ask another admin to change your {what}.")

    def _require_another(self, admins: Collection[UserId]) -> None:
        if set(admins) == {self.id}:
            raise LastAdmin("Make another user admin first.")

    def _change(self, values: Mapping[str, object], *, at: datetime) -> Changes:
        changes = apply_changes(self, values)
        if changes:
            self.updated_at = at
            changed = tuple(name for name in changes if name in _TOLD)
            if changed:
                self.record(UserUpdated(subject=self.id, user=self.snapshot(), changed=changed))
        return changes
