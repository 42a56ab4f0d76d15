"""`stockbook admin create` and `stockbook keys rotate`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Executable, select
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.domain.auth.roles import Role
from app.infrastructure.db.session import write_engine
from app.infrastructure.db.tables.auth import signing_keys, users
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import EMAIL, PASSWORD
from tests.fixtures.app import SECRET
from tests.fixtures.databases import Database


@pytest.fixture
def environment(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """The settings of the program as an operator gives them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKBOOK_ENV", "test")
    monkeypatch.setenv("STOCKBOOK_DATABASE_URL", database.url)
    monkeypatch.setenv("STOCKBOOK_SECRET_KEY", SECRET)
    return database


def rows(database: Database, query: Executable) -> list[dict[str, object]]:
    async def read() -> list[dict[str, object]]:
        engine = write_engine(database.url, pool_size=1)
        async with engine.connect() as connection:
            found = [dict(row) for row in (await connection.execute(query)).mappings()]
        await engine.dispose()
        return found

    return asyncio.run(read())


def create(*, password: str = PASSWORD, email: str = EMAIL) -> Result:
    arguments = ["admin", "create", "--email", email, "--name", "Ada"]
    return CliRunner().invoke(app, arguments, input=f"{password}\n")


class TestAdminCreate:
    def test_takes_the_password_from_standard_input(self, environment: Database) -> None:
        result = create()

        assert result.exit_code == 0, result.output
        assert result.output == f"{EMAIL} is an admin now and can sign in.\n"
        [user] = rows(environment, select(users))
        assert (user["email"], user["role"], user["active"]) == (EMAIL, Role.ADMIN, True)
        assert str(user["password_hash"]).startswith("$argon2id$")
        [entry] = rows(environment, select(audit_log))
        assert (entry["action"], entry["route"]) == ("user.created", "cli admin create")
        assert (entry["user_id"], entry["object_id"]) == (None, user["id"])
        assert PASSWORD not in result.output + str(entry)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"password": "too short"}, "at least 15"),
            ({"password": ""}, "at least 15"),
            ({"email": "ada"}, "is not an e-mail address"),
        ],
    )
    def test_says_in_one_line_what_is_wrong(
        self, environment: Database, changes: dict[str, str], sentence: str
    ) -> None:
        result = create(**changes)

        assert result.exit_code == 1
        assert sentence in result.stderr
        assert result.stderr.count("\n") == 1
        assert rows(environment, select(users)) == []

    def test_refuses_an_address_that_is_taken(self, environment: Database) -> None:
        create()

        result = create(email=EMAIL.upper())

        assert result.exit_code == 1
        assert "already_exists" in result.stderr
        assert len(rows(environment, select(users))) == 1


class TestKeysRotate:
    def test_lets_the_next_key_sign(self, environment: Database) -> None:
        first = CliRunner().invoke(app, ["keys", "rotate"])
        second = CliRunner().invoke(app, ["keys", "rotate"])

        assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
        keys = rows(environment, select(signing_keys).order_by(signing_keys.c.id))
        assert [key["state"] for key in keys] == ["retiring", "retiring", "active", "next"]
        assert second.output == f"Key {keys[2]['kid']} signs now.\n"
        entries = rows(environment, select(audit_log))
        assert {entry["action"] for entry in entries} == {"signing_key.rotated"}
        assert len(entries) == 2
