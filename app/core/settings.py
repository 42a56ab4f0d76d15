"""All settings: names, defaults, bounds. Secure by default; every fault is named at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "STOCKBOOK_"
LEAST_SECRET_BYTES = 32


class Environment(StrEnum):
    PRODUCTION = "production"
    LOCAL = "local"
    TEST = "test"


class ConfigurationError(Exception):
    """The program must not start; `faults` says why, one line each, without any secret."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class Settings(BaseSettings):
    """Read from `.env`, then `.env.local`, then the environment; `*_FILE` names a secret's file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=(".env", ".env.local"),
        env_file_encoding="utf-8",
        extra="forbid",
        hide_input_in_errors=True,
        frozen=True,
    )

    env: Environment = Field(
        Environment.PRODUCTION, description="production, local (a laptop) or test."
    )
    database_url: str = Field(
        "", description="postgresql+asyncpg://… ; sqlite+aiosqlite:///… on one machine."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 random bytes; signs cursors and encrypts signing keys.",
    )
    files_dir: Path = Field(
        Path("var/files"),
        description="Uploaded files; one shared folder for all processes.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Address clients see; https in production."
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server listens on.")
    docs_enabled: bool | None = Field(
        None,
        description="Serve /docs and /openapi.json; by default only outside production.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of browsers that may call the API, separated by commas.",
    )
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Host names that are answered, separated by commas; empty: any."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas.",
    )
    registration: str = Field(
        "closed",
        pattern="^(open|invite|closed)$",
        description="Who may register: anybody, whoever was invited, or nobody.",
    )
    mail: str = Field(
        "off",
        pattern="^(off|console|smtp)$",
        description="How mail is sent; console prints it, and is for trying out.",
    )
    mail_from: str = Field("", description="Sender of all mail, such as shop@example.com.")
    smtp_host: str = Field("", description="Mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: str = Field(
        "starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none."
    )
    smtp_username: str = Field("", description="Account at the mail server; empty: none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Log level.")
    database_pool_size: int = Field(10, ge=1, le=100, description="Connections per process.")
    sqlite_synchronous: str = Field(
        "FULL",
        pattern="^(FULL|NORMAL)$",
        description="NORMAL may lose the last sales at a blackout.",
    )
    allow_sqlite_in_production: bool = Field(
        False, description="One machine only: SQLite in production, knowingly."
    )
    embedded_worker: bool = Field(True, description="Run a job worker inside the API process.")
    job_lease_seconds: int = Field(
        60, ge=1, le=3600, description="How long a silent worker keeps its job."
    )
    job_max_attempts: int = Field(5, ge=1, le=20, description="Tries before a job is dead.")
    import_chunk_rows: int = Field(2000, ge=1, le=10000, description="Rows of one transaction.")
    import_max_bytes: int = Field(200 * 2**20, ge=1, description="Largest upload in bytes.")
    import_max_rows: int = Field(5_000_000, ge=1, description="Most rows of a file.")
    body_max_bytes: int = Field(2**20, ge=1024, description="Largest JSON body in bytes.")
    require_idempotency_key: bool = Field(
        False, description="Refuse (400) POSTs that move stock or money without a key."
    )
    access_token_minutes: int = Field(10, ge=1, le=15, description="Life of an access token.")
    session_idle_days: int = Field(14, ge=1, le=90, description="Unused sessions end after this.")
    session_max_days: int = Field(90, ge=1, le=365, description="Every session ends after this.")

    @field_validator("cors_origins", "trusted_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _secure(self) -> Self:
        faults = list(_faults(self))
        if faults:
            raise ConfigurationError(faults)
        return self

    @property
    def serves_docs(self) -> bool:
        if self.docs_enabled is None:
            return self.env is not Environment.PRODUCTION
        return self.docs_enabled

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _faults(settings: Settings) -> list[str]:
    faults = []
    url = settings.database_url
    if not url:
        faults.append(f"{PREFIX}DATABASE_URL is missing: say which database to use.")
    elif not url.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
        faults.append(
            f"{PREFIX}DATABASE_URL must begin with postgresql+asyncpg or sqlite+aiosqlite."
        )
    secret = settings.secret_key.get_secret_value().encode()
    if len(secret) < LEAST_SECRET_BYTES:
        faults.append(
            f"{PREFIX}SECRET_KEY needs at least {LEAST_SECRET_BYTES} bytes; "
            'make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))".'
        )
    elif len(set(secret)) < 10:
        faults.append(f"{PREFIX}SECRET_KEY is not random.")
    faults.extend(_mail_faults(settings))
    if settings.env is Environment.PRODUCTION:
        faults.extend(_production_faults(settings))
    return faults


def _mail_faults(settings: Settings) -> list[str]:
    needed = {"SMTP_HOST": settings.smtp_host, "MAIL_FROM": settings.mail_from}
    faults = [
        f"{PREFIX}{name} is missing: mail over SMTP needs it."
        for name, value in needed.items()
        if settings.mail == "smtp" and not value
    ]
    if settings.registration != "closed" and settings.mail == "off":
        faults.append(
            f"{PREFIX}REGISTRATION={settings.registration} needs mail: set {PREFIX}MAIL, or "
            f"{PREFIX}REGISTRATION=closed."
        )
    return faults


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.on_sqlite and not settings.allow_sqlite_in_production:
        faults.append(
            f"{PREFIX}DATABASE_URL names SQLite: use Postgres, or set "
            f"{PREFIX}ALLOW_SQLITE_IN_PRODUCTION=true for one machine."
        )
    if "//postgres:postgres@" in settings.database_url:
        faults.append(f"{PREFIX}DATABASE_URL has a default password: choose another.")
    if not settings.public_url.startswith("https://"):
        faults.append(f"{PREFIX}PUBLIC_URL must begin with https:// in production.")
    if settings.registration == "open":
        faults.append(f"{PREFIX}REGISTRATION=open lets strangers read the shop: use invite.")
    if settings.mail == "console":
        faults.append(f"{PREFIX}MAIL=console prints tokens: use smtp or off.")
    if settings.mail == "smtp" and settings.smtp_security == "none":
        faults.append(f"{PREFIX}SMTP_SECURITY=none sends tokens in the clear: use starttls or tls.")
    if "*" in settings.cors_origins:
        faults.append(f"{PREFIX}CORS_ORIGINS must name origins; * is refused.")
    if settings.log_level == "DEBUG":
        faults.append(f"{PREFIX}LOG_LEVEL=DEBUG shows too much: use INFO.")
    if not settings.trusted_hosts:
        faults.append(f"{PREFIX}TRUSTED_HOSTS must name the hosts that are answered.")
    return faults


def _further_faults(values: Mapping[str, object], *, unreadable: ValidationError) -> list[str]:
    """Return what is wrong beside the settings that could not even be read."""
    names = {str(item["loc"][0]) for item in unreadable.errors() if item["loc"]}
    defaults = {
        name: field.default for name, field in Settings.model_fields.items() if name in names
    }
    try:
        Settings(**{**values, **defaults})
    except ConfigurationError as error:
        return error.faults
    except ValidationError:
        return []
    return []


def _unknown_variables() -> list[str]:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return [
        f"{name} is no setting of Stockbook: mind the spelling."
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in known and name.removesuffix("_FILE") not in known
    ]


def _variable(*path: int | str) -> str:
    """Return how the operator knows a setting; an unknown name of a file comes as it stands."""
    name = "_".join(str(part) for part in path).upper()
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}"


def _secrets_from_files() -> dict[str, str]:
    """Read `STOCKBOOK_SECRET_KEY_FILE` and its like, as container platforms mount them."""
    found = {}
    for name in Settings.model_fields:
        path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
        if path is not None:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
    return found


def load_settings(**overrides: object) -> Settings:
    """Return the settings, or raise `ConfigurationError` with every fault."""
    faults = _unknown_variables()
    values: dict[str, object] = dict(overrides)
    try:
        values = _secrets_from_files() | values
        settings = Settings(**values)  # type: ignore[arg-type]
    except ConfigurationError as error:
        faults.extend(error.faults)
    except ValidationError as error:
        faults.extend(
            f"{_variable(*item['loc'])}: {item['msg']}."
            for item in error.errors(include_input=False, include_url=False)
        )
        faults.extend(_further_faults(values, unreadable=error))
    except OSError as error:
        faults.append(f"A secret's file cannot be read: {error}.")
    if faults:
        raise ConfigurationError(faults)
    return settings
