"""The list of settings in the documentation is the list of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.settings import PREFIX, Settings, load_settings
from scripts.settings_docs import ROOT, example, page


def test_both_documents_are_as_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example()
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == page()


def test_every_setting_is_there_with_its_description() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for name, field in Settings.model_fields.items():
        assert field.description
        at = [line.startswith(f"#{PREFIX}{name.upper()}=") for line in lines].index(True)
        assert lines[at - 1] == f"# {field.description}"


def test_the_defaults_of_the_example_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Taking the comment signs away changes nothing, but for what has no default."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
        monkeypatch.delenv(f"{PREFIX}{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    given = [line[1:] for line in example().splitlines() if line.startswith(f"#{PREFIX}")]
    (tmp_path / ".env").write_text(
        "\n".join(line for line in given if not line.endswith("=")), encoding="utf-8"
    )
    needed = {
        "env": "local",
        "database_url": "sqlite+aiosqlite:///shop.db",
        "secret_key": "0123456789abcdefghijklmnopqrstuvwxyz",
    }

    spelled_out = load_settings(**needed)
    (tmp_path / ".env").unlink()

    assert spelled_out == load_settings(**needed)
