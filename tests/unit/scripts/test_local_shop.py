from __future__ import annotations

import stat
from pathlib import Path

from scripts import local_shop


class TestSettings:
    def test_of_a_fresh_place(self, tmp_path: Path) -> None:
        settings = local_shop.settings(tmp_path, {})

        assert settings == {
            "STOCKBOOK_ENV": "local",
            "STOCKBOOK_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/var/stockbook.db",
            "STOCKBOOK_FILES_DIR": str(tmp_path / "var" / "files"),
            "STOCKBOOK_PORT": "8000",
            "STOCKBOOK_PUBLIC_URL": "http://127.0.0.1:8000",
            "STOCKBOOK_SECRET_KEY_FILE": str(tmp_path / "var" / "secret_key"),
        }

    def test_port_goes_into_the_address(self, tmp_path: Path) -> None:
        settings = local_shop.settings(tmp_path, {"PORT": "8123"})

        assert settings["STOCKBOOK_PORT"] == "8123"
        assert settings["STOCKBOOK_PUBLIC_URL"] == "http://127.0.0.1:8123"

    def test_the_environment_is_left_alone(self, tmp_path: Path) -> None:
        given = {"STOCKBOOK_DATABASE_URL": "postgresql+asyncpg://…", "STOCKBOOK_SECRET_KEY": "s"}

        settings = local_shop.settings(tmp_path, given)

        assert not {"STOCKBOOK_DATABASE_URL", "STOCKBOOK_SECRET_KEY_FILE"} & set(settings)
        assert not (tmp_path / "var").exists()

    def test_an_env_file_is_left_alone(self, tmp_path: Path) -> None:
        text = "# STOCKBOOK_ENV=test\nSTOCKBOOK_PORT=9000\nexport STOCKBOOK_SECRET_KEY=s\n"
        (tmp_path / ".env.local").write_text(text)

        settings = local_shop.settings(tmp_path, {})

        assert "STOCKBOOK_ENV" in settings
        assert not {"STOCKBOOK_PORT", "STOCKBOOK_SECRET_KEY_FILE"} & set(settings)

    def test_a_typed_port_wins_over_an_env_file(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("STOCKBOOK_PORT=9000\n")

        assert local_shop.settings(tmp_path, {"PORT": "8123"})["STOCKBOOK_PORT"] == "8123"


class TestSecret:
    def test_only_its_owner_reads_it(self, tmp_path: Path) -> None:
        path = local_shop.secret(tmp_path / "var" / "secret_key")

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert len(path.read_text()) == 64

    def test_it_stays_the_same(self, tmp_path: Path) -> None:
        first = local_shop.secret(tmp_path / "var" / "secret_key").read_text()

        assert local_shop.secret(tmp_path / "var" / "secret_key").read_text() == first
