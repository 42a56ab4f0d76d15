"""Two who act on accounts at the same moment."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, update

from app.application.auth.use_cases.keys import EnsureSigningKeys, RotateSigningKeys
from app.application.auth.use_cases.setup import CreateAdmin, IssueSetupToken, SetUp
from app.application.common.actor import Actor
from app.application.common.retry import retrying
from app.application.services import Services
from app.application.users.use_cases.change import ChangeUser, DeactivateUser
from app.domain.auth.errors import SetupDone
from app.domain.auth.roles import Role
from app.domain.auth.signing import KeyState
from app.domain.auth.user import User
from app.domain.common.errors import AlreadyExists
from app.infrastructure.db.tables.auth import sessions, setup_tokens, signing_keys, users
from app.infrastructure.security.ring import FRESH_FOR
from tests.fixtures.accounts import PASSWORD, TERMINAL, Store
from tests.fixtures.people import PEOPLE, SignIn

ADA, BOB = PEOPLE[Role.ADMIN], PEOPLE[Role.MANAGER]
# Three pairs of acts, a hundred rounds in all.
ROUNDS = 34


async def make_both_admins(store: Store) -> None:
    await store.execute(
        update(users)
        .where(users.c.id.in_([ADA.user_id, BOB.user_id]))
        .values(role=Role.ADMIN, active=True, version=1)
    )


async def demote(services: Services, who: Actor, whom: Actor) -> User:
    assert whom.user_id is not None
    return await retrying(
        lambda: ChangeUser(services.work(None))(
            whom.user_id, role=Role.VIEWER, expected=1, actor=who
        )
    )


async def close(services: Services, who: Actor, whom: Actor) -> User:
    assert whom.user_id is not None
    return await retrying(
        lambda: DeactivateUser(services.work(None))(whom.user_id, expected=1, actor=who)
    )


@pytest.mark.case("A16")
@pytest.mark.parametrize(("first", "second"), [(demote, demote), (close, close), (demote, close)])
async def test_two_admins_who_remove_each_other_leave_one(
    services: Services, sign_in: SignIn, store: Store, first: object, second: object
) -> None:
    for _ in range(ROUNDS):
        await make_both_admins(store)

        outcomes = await asyncio.gather(
            first(services, ADA.actor, BOB.actor),  # type: ignore[operator]
            second(services, BOB.actor, ADA.actor),  # type: ignore[operator]
            return_exceptions=True,
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdmin", "User"]
        left = await store.rows(select(users).where(users.c.role == Role.ADMIN, users.c.active))
        assert len(left) == 1


@pytest.mark.case("A13")
async def test_of_two_set_ups_at_once_one_makes_the_admin(services: Services, store: Store) -> None:
    async def set_up(token: str, email: str) -> object:
        accounts = services.accounts
        act = SetUp(
            services.work(None),
            ids=services.ids,
            reader=accounts.reader,
            passwords=accounts.new_passwords,
            sessions=accounts.sessions,
        )
        return await act(
            token=token, email=email, name="Someone", password=PASSWORD, actor=TERMINAL
        )

    issued = [await IssueSetupToken(services.work(None))() for _ in range(2)]
    tokens = [token.text for token in issued if token is not None]

    outcomes = await asyncio.gather(
        *(
            retrying(lambda i=i: set_up(tokens[i % 2], f"user{i}@shop.test"))  # type: ignore[misc]
            for i in range(4)
        ),
        return_exceptions=True,
    )

    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(refusal) for refusal in refusals] == [SetupDone] * 3
    assert len(await store.rows(select(users))) == 1
    assert len(await store.rows(select(sessions))) == 1
    assert await store.rows(select(setup_tokens)) == []


async def test_of_two_users_with_one_address_one_is_made(services: Services, store: Store) -> None:
    async def create(email: str) -> User:
        act = CreateAdmin(
            services.work(None), ids=services.ids, passwords=services.accounts.new_passwords
        )
        return await act(email=email, name="Ada", password=PASSWORD, actor=TERMINAL)

    outcomes = await asyncio.gather(
        create("ada@shop.test"), create("ADA@shop.test"), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyExists", "User"]
    [refusal] = [outcome for outcome in outcomes if isinstance(outcome, AlreadyExists)]
    assert refusal.errors[0].pointer == "/email"
    assert len(await store.rows(select(users))) == 1


class TestSigningKeys:
    async def test_processes_that_start_together_make_one_pair(
        self, services: Services, store: Store
    ) -> None:
        async def ensure() -> None:
            await EnsureSigningKeys(
                services.work(None), ids=services.ids, keys=services.accounts.keys
            )()

        await asyncio.gather(*(retrying(ensure) for _ in range(4)))

        rows = await store.rows(select(signing_keys).order_by(signing_keys.c.id))
        assert [row["state"] for row in rows] == [KeyState.ACTIVE, KeyState.NEXT]

    async def test_two_rotations_at_once_are_two_rotations(
        self, services: Services, store: Store, sign_in: SignIn
    ) -> None:
        async def rotate() -> object:
            return await RotateSigningKeys(
                services.work(None),
                ids=services.ids,
                keys=services.accounts.keys,
                overlap=FRESH_FOR,
            )(actor=TERMINAL)

        await asyncio.gather(*(retrying(rotate) for _ in range(2)))

        rows = await store.rows(select(signing_keys).order_by(signing_keys.c.id))
        assert [row["state"] for row in rows] == [
            KeyState.RETIRING,
            KeyState.RETIRING,
            KeyState.ACTIVE,
            KeyState.NEXT,
        ]
        assert [row["private_box"] is None for row in rows] == [True, True, False, False]

    async def test_nobody_is_signed_out_by_it(self, services: Services, sign_in: SignIn) -> None:
        token = sign_in(Role.CLERK)["Authorization"].removeprefix("Bearer ")

        await RotateSigningKeys(
            services.work(None), ids=services.ids, keys=services.accounts.keys, overlap=FRESH_FOR
        )(actor=TERMINAL)

        assert (await services.authenticate(token)).role is Role.CLERK
