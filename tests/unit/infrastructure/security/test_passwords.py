"""Argon2id off the event loop, bounded, and as costly for nobody as for somebody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.domain.common.errors import Busy
from app.infrastructure.security.passwords import Argon2Passwords


@pytest.fixture
def passwords() -> Iterator[Argon2Passwords]:
    hasher = Argon2Passwords()
    yield hasher
    hasher.close()


async def test_a_hash_fits_its_password_only(passwords: Argon2Passwords) -> None:
    hashed = await passwords.hash("four brown ducks")

    assert await passwords.verify(hashed, "four brown ducks")
    assert not await passwords.verify(hashed, "four brown duck")
    assert await passwords.hash("four brown ducks") != hashed


async def test_nobody_costs_what_somebody_costs(passwords: Argon2Passwords) -> None:
    hashed = await passwords.hash("four brown ducks")

    assert extract_parameters(passwords._nobodys) == extract_parameters(hashed)
    assert not await passwords.verify(None, "four brown ducks")
    assert not await passwords.verify(None, "")


async def test_long_passwords_are_not_cut_and_odd_ones_do_no_harm(
    passwords: Argon2Passwords,
) -> None:
    long = "x" * 100
    hashed = await passwords.hash(long)

    assert not await passwords.verify(hashed, long[:-1])
    assert not await passwords.verify(hashed, "\ud800\x00")
    assert not await passwords.verify("no hash at all", long)


async def test_older_parameters_are_noticed(passwords: Argon2Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("four brown ducks")

    assert passwords.is_outdated(old)
    assert await passwords.verify(old, "four brown ducks")
    assert not passwords.is_outdated(await passwords.hash("four brown ducks"))


async def test_hashing_runs_beside_the_event_loop(
    passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    monkeypatch.setattr(
        passwords, "_matches", lambda *_: threads.append(threading.current_thread().name)
    )

    await passwords.verify(None, "x")

    assert threads[0].startswith("argon2")


async def test_whoever_comes_when_all_places_are_taken_is_told_to_come_again() -> None:
    passwords = Argon2Passwords(threads=1, waiting=1)
    try:
        answers = await asyncio.gather(
            *(passwords.verify(None, "x") for _ in range(5)), return_exceptions=True
        )
    finally:
        passwords.close()

    assert [type(answer) for answer in answers] == [bool, bool, Busy, Busy, Busy]
