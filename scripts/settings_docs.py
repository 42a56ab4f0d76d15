"""Write what settings there are: `.env.example` and `docs/configuration.md`.

`python -m scripts.settings_docs` writes both; a test compares them with the settings themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.core.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent

_EXAMPLE_HEAD = """\
# Every setting of Stockbook with its default, which holds while the line stays a comment.
# Copy to .env, or set the variables themselves: those win over .env.local, which wins over .env.
# In the environment a secret may be given by its file: STOCKBOOK_SECRET_KEY_FILE=/run/secrets/key
"""
_PAGE_HEAD = """\
# Configuration

This page is written by `python -m scripts.settings_docs` from `app/core/settings.py`; a test
compares them.

Settings are environment variables. They are read from `.env`, then `.env.local`, then the
environment, and the later one wins. A name that begins with `STOCKBOOK_` and is no setting is a
fault, since it is most often a misspelling. In the environment, not in the files, each one may
also be given by the path of a file that holds it, by adding `_FILE` to its name, as container
platforms mount secrets.

The program refuses to start on any fault: it prints all of them, one line each, without values,
and ends with exit code 2. The default environment is `production`, which is the strictest:

- `STOCKBOOK_DATABASE_URL` names Postgres, without a default password; or SQLite, knowingly, by
  `STOCKBOOK_ALLOW_SQLITE_IN_PRODUCTION=true` on one machine. A missing address is a fault: no
  other database is used in its place.
- `STOCKBOOK_SECRET_KEY` is random and of at least 32 bytes. Whoever changes it ends all sessions
  and makes the stored signing keys unreadable.
- `STOCKBOOK_PUBLIC_URL` begins with `https://`, and `STOCKBOOK_TRUSTED_HOSTS` names the hosts.
- `STOCKBOOK_REGISTRATION` is not `open`, `STOCKBOOK_MAIL` is not `console`, and mail is not sent
  in the clear. Mail needs a server and a sender, and registration needs mail, everywhere.
- `STOCKBOOK_CORS_ORIGINS` names origins and is not `*`; `STOCKBOOK_LOG_LEVEL` is not `DEBUG`.

`make run` uses the environment `local`: loopback only, SQLite and a secret of its own, both under
`./var`.

| Setting | Default | What it is |
|---|---|---|
"""


def example() -> str:
    """Return the text of `.env.example`."""
    blocks = [f"# {note}\n#{name}={default}\n" for name, note, default in _settings()]
    return "\n".join((_EXAMPLE_HEAD, *blocks))


def page() -> str:
    """Return the text of `docs/configuration.md`."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {note} |"
        for name, note, default in _settings()
    ]
    return _PAGE_HEAD + "\n".join(rows) + "\n"


def _settings() -> Iterator[tuple[str, str, str]]:
    """Yield the variable, description and default of each setting."""
    for name, field in Settings.model_fields.items():
        yield f"{PREFIX}{name.upper()}", field.description or "", _default(field)


def _default(field: FieldInfo) -> str:
    value: object = field.default
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, SecretStr) or value is None or value == ():
        return ""
    return str(value)


def main() -> int:
    (ROOT / ".env.example").write_text(example(), encoding="utf-8")
    (ROOT / "docs" / "configuration.md").write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
