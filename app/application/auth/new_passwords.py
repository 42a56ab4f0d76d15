"""Which new passwords are taken here: the rules, with what this shop is called."""

from __future__ import annotations

from collections.abc import Container

from app.application.auth.ports import AuthReader, PasswordHasher
from app.domain.auth.password import acceptable


class NewPasswords:
    """`blocked` holds, folded, passwords that everybody tries."""

    def __init__(
        self, hasher: PasswordHasher, *, reader: AuthReader, blocked: Container[str]
    ) -> None:
        self._hasher = hasher
        self._reader = reader
        self._blocked = blocked

    async def accepted(
        self, password: str, *, email: str, name: str, field: str = "password"
    ) -> str:
        """Return the form to hash; `InvalidValue` with the reason for what is too easy."""
        shop = await self._reader.shop_name()
        return acceptable(
            password, email=email, name=name, shop=shop, blocked=self._blocked, field=field
        )

    async def hash(self, accepted: str) -> str:
        return await self._hasher.hash(accepted)

    async def verify(self, hashed: str | None, password: str) -> bool:
        return await self._hasher.verify(hashed, password)
