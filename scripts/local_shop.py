"""The shop of a laptop: its settings, secrets and files under `./var`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Mapping  # noqa: UP035 - Python 3.8 cannot subscript the newer one

PORT = "8000"
PREFIX = "STOCKBOOK_"


def settings(root: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to add, leaving alone what the environment or an env file sets."""
    folder = root / "var"
    port = given.get("PORT") or PORT
    ours = {
        "ENV": "local",
        "DATABASE_URL": url_of(folder / "stockbook.db"),
        "FILES_DIR": str(folder / "files"),
        "PORT": port,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    chosen = set(given) | _names_in(root / ".env") | _names_in(root / ".env.local")
    if not chosen & {f"{PREFIX}SECRET_KEY", f"{PREFIX}SECRET_KEY_FILE"}:
        ours["SECRET_KEY_FILE"] = str(secret(folder / "secret_key"))
    # PORT was typed for this very start, so it wins over a file.
    wins = {f"{PREFIX}PORT", f"{PREFIX}PUBLIC_URL"} if "PORT" in given else set()
    named = {f"{PREFIX}{name}": value for name, value in ours.items()}
    return {name: value for name, value in named.items() if name in wins or name not in chosen}


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}"


def secret(path: Path) -> Path:
    """Make the secret when it is missing; only its owner may read it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path


def _names_in(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines()
    names = (line.partition("=")[0].removeprefix("export ").strip() for line in lines)
    return {name.upper() for name in names if name and not name.startswith("#")}
