from __future__ import annotations

import subprocess
import sys

import asyncpg
import pytest

from scripts.postgres_server import start_postgres

OWNER = """
from scripts.postgres_server import start_postgres
print(start_postgres().url, flush=True)
input()
"""


def for_asyncpg(url: str) -> str:
    return url.replace("+asyncpg", "")


async def answer(url: str, question: str) -> object:
    connection = await asyncpg.connect(for_asyncpg(url))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


class TestOneServer:
    async def test_text_is_utf8_and_sorted_by_the_builtin_provider(self, postgres_url: str) -> None:
        assert await answer(postgres_url, "SHOW server_encoding") == "UTF8"
        locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database LIMIT 1"
        assert await answer(postgres_url, locale) == "b C.UTF-8"

    async def test_other_databases_can_be_made(self, postgres_url: str) -> None:
        question = "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert await answer(postgres_url, question) is True


class TestItsLife:
    async def test_it_ends_when_it_is_stopped(self) -> None:
        server = start_postgres()
        assert await answer(server.url, "SELECT 1") == 1

        server.stop()

        assert server.keeper.returncode == 0
        with pytest.raises(OSError, match=r"refused|failed"):
            await answer(server.url, "SELECT 1")

    async def test_a_careful_one_keeps_its_data_and_looks_after_its_tables(self) -> None:
        server = start_postgres(careful=True)
        try:
            told = [
                await answer(server.url, f"SHOW {name}")
                for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
            ]
        finally:
            server.stop()

        assert told == ["on"] * 4

    async def test_it_ends_when_its_owner_is_killed(self) -> None:
        owner = subprocess.Popen(  # noqa: ASYNC220 - it takes no time
            [sys.executable, "-c", OWNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with owner:
            assert owner.stdout is not None
            assert owner.stderr is not None
            url = owner.stdout.readline().strip()
            assert await answer(url, "SELECT 1") == 1

            owner.kill()
            # The server's keeper holds the other end until it has stopped the server.
            owner.stderr.read()

        with pytest.raises(OSError, match=r"refused|failed"):
            await answer(url, "SELECT 1")
