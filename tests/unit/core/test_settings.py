from __future__ import annotations

from pathlib import Path

import pytest

from app.core.settings import ConfigurationError, Environment, load_settings

SECRET = "8f1dJk2_LqPz-Xv7bNw3RtYc5HgS9mAe"
POSTGRES = "postgresql+asyncpg://shop:s3cr3t@db/stockbook"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("STOCKBOOK_DATABASE_URL", "STOCKBOOK_SECRET_KEY", "STOCKBOOK_ENV"):
        monkeypatch.delenv(name, raising=False)


def faults(**values: object) -> list[str]:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings(**values)
    return refusal.value.faults


GOOD = {
    "database_url": POSTGRES,
    "secret_key": SECRET,
    "public_url": "https://shop.example",
    "trusted_hosts": "shop.example",
}


class TestProduction:
    def test_it_starts_when_everything_is_in_order(self) -> None:
        settings = load_settings(**GOOD)

        assert settings.env is Environment.PRODUCTION
        assert settings.trusted_hosts == ("shop.example",)
        assert not settings.serves_docs

    def test_every_fault_is_named_at_once(self) -> None:
        found = faults(cors_origins="*", log_level="DEBUG")

        for name in (
            "DATABASE_URL is missing",
            "SECRET_KEY needs at least 32 bytes",
            "PUBLIC_URL must begin with https",
            "CORS_ORIGINS must name origins",
            "LOG_LEVEL=DEBUG",
            "TRUSTED_HOSTS must name",
        ):
            assert sum(name in fault for fault in found) == 1
        assert len(found) == 6

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"database_url": "sqlite+aiosqlite:///x.db"}, "ALLOW_SQLITE_IN_PRODUCTION"),
            ({"database_url": "mysql://x"}, "must begin with"),
            ({"database_url": "postgresql+asyncpg://postgres:postgres@db/x"}, "default password"),
            ({"secret_key": "a" * 40}, "not random"),
        ],
    )
    def test_it_refuses(self, change: dict[str, object], words: str) -> None:
        found = faults(**(GOOD | change))

        assert len(found) == 1
        assert words in found[0]

    def test_sqlite_is_taken_when_it_is_meant(self) -> None:
        change = {"database_url": "sqlite+aiosqlite:///x.db", "allow_sqlite_in_production": True}

        assert load_settings(**(GOOD | change)).on_sqlite


class TestSources:
    def test_a_misspelt_variable_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOCKBOOK_LOG_LEVLE", "INFO")

        found = faults(**GOOD)

        assert found == ["STOCKBOOK_LOG_LEVLE is no setting of Stockbook: mind the spelling."]

    def test_a_secret_comes_from_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "key").write_text(SECRET + "\n")
        monkeypatch.setenv("STOCKBOOK_SECRET_KEY_FILE", str(tmp_path / "key"))

        settings = load_settings(env="test", database_url="sqlite+aiosqlite:///x.db")

        assert settings.secret_key.get_secret_value() == SECRET

    def test_a_missing_secret_file_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOCKBOOK_SECRET_KEY_FILE", "nowhere")

        assert any("cannot be read" in fault for fault in faults(env="test"))

    def test_the_local_file_wins_over_the_shared_one(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(
            f"STOCKBOOK_ENV=local\nSTOCKBOOK_SECRET_KEY={SECRET}\n"
            "STOCKBOOK_DATABASE_URL=sqlite+aiosqlite:///one.db\nSTOCKBOOK_PORT=1\n"
        )
        (tmp_path / ".env.local").write_text("STOCKBOOK_PORT=2\n")

        settings = load_settings()

        assert (settings.env, settings.port) == (Environment.LOCAL, 2)
        assert settings.serves_docs

    def test_a_wrong_value_is_named_without_repeating_it(self) -> None:
        found = faults(**(GOOD | {"port": "http", "access_token_minutes": 60}))

        assert {fault.split(":")[0] for fault in found} == {
            "STOCKBOOK_PORT",
            "STOCKBOOK_ACCESS_TOKEN_MINUTES",
        }

    def test_no_secret_shows_when_settings_are_printed(self) -> None:
        assert SECRET not in repr(load_settings(**GOOD))
