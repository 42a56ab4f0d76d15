"""Mail and registration: what cannot work, and what would not be safe, keeps the program down."""

from __future__ import annotations

import pytest

from app.core.settings import ConfigurationError, Settings

LOCAL = {
    "env": "local",
    "database_url": "sqlite+aiosqlite:///shop.db",
    "secret_key": "0123456789abcdefghijklmnopqrstuvwxyz",
}
PRODUCTION = LOCAL | {
    "env": "production",
    "database_url": "postgresql+asyncpg://shop@db/shop",
    "public_url": "https://shop.test",
    "trusted_hosts": "shop.test",
}
SMTP = {"mail": "smtp", "smtp_host": "mail.test", "mail_from": "shop@shop.test"}


def faults(**values: object) -> list[str]:
    try:
        Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]
    except ConfigurationError as error:
        return [fault.split(" ")[0].removeprefix("STOCKBOOK_") for fault in error.faults]
    return []


@pytest.mark.parametrize(
    ("base", "more", "found"),
    [
        (LOCAL, {}, []),
        (LOCAL, {"mail": "console", "registration": "open"}, []),
        (LOCAL, {"registration": "invite"}, ["REGISTRATION=invite"]),
        (LOCAL, {"mail": "smtp"}, ["SMTP_HOST", "MAIL_FROM"]),
        (PRODUCTION, SMTP | {"registration": "invite"}, []),
        (PRODUCTION, SMTP | {"registration": "open"}, ["REGISTRATION=open"]),
        (PRODUCTION, {"mail": "console"}, ["MAIL=console"]),
        (PRODUCTION, SMTP | {"smtp_security": "none"}, ["SMTP_SECURITY=none"]),
    ],
)
def test_faults_are_named(
    base: dict[str, object], more: dict[str, object], found: list[str]
) -> None:
    assert faults(**base, **more) == found
