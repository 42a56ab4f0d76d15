"""An e-mail address in another case or form is the same person, and is shown as it was typed."""

from __future__ import annotations

import asyncio

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import IntegrityError

from app.application.services import Services
from app.domain.common.identifiers import UserId
from app.infrastructure.db.tables.auth import users
from tests.fixtures.accounts import PASSWORD, Mailbox, Store, log_in, send_mail
from tests.fixtures.people import SignIn

ANN = "Ann@Shop.test"
NEWER = "five grey geese at dawn"


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


async def invite(client: AsyncClient, headers: dict[str, str], email: str) -> Response:
    body = {"email": email, "name": "Somebody", "role": "clerk"}
    return await client.post("/api/v1/users", json=body, headers=headers)


async def join(client: AsyncClient, headers: dict[str, str], email: str) -> str:
    """Make a user with a password; return the id."""
    made = await invite(client, headers, email)
    assert made.status_code == 201, made.text
    await choose(client, made.json()["token"], PASSWORD)
    return str(made.json()["user"]["id"])


async def choose(client: AsyncClient, token: str, password: str) -> None:
    body = {"token": token, "password": password}
    assert (await client.post("/api/v1/auth/password", json=body)).status_code == 204


async def forget(client: AsyncClient, email: str) -> None:
    answer = await client.post("/api/v1/auth/password-reset", json={"email": email})
    assert answer.status_code == 204


@pytest.mark.case("PTY-01")
async def test_whatever_a_keyboard_makes_of_it_there_is_one_account(
    client: AsyncClient, sign_in: SignIn, store: Store
) -> None:
    identifier = await join(client, sign_in(), ANN)
    before = await store.rows(select(users).order_by(users.c.id))

    for typed in ("ann@shop.test", "ANN@SHOP.TEST", " Ann@shop.Test "):
        refused = await invite(client, sign_in(), typed)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_exists"), typed
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/email"]
        entered = await log_in(client, typed)
        assert (entered.status_code, entered.json()["user"]["email"]) == (200, ANN), typed

    shown = await client.get(f"/api/v1/users/{identifier}", headers=sign_in())
    assert shown.json()["email"] == ANN
    assert await store.rows(select(users).order_by(users.c.id)) == before


@pytest.mark.case("PTY-01")
async def test_two_at_once_with_one_address_make_one_account(
    client: AsyncClient, sign_in: SignIn, store: Store
) -> None:
    answers = await asyncio.gather(
        *(invite(client, sign_in(), typed) for typed in (ANN, ANN.upper(), ANN.lower()))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    rows = await store.rows(select(users.c.email).where(users.c.email_key == ANN.lower()))
    assert len(rows) == 1


@pytest.mark.case("PTY-01", "PTY-02")
async def test_the_database_itself_keeps_one_row_an_address(
    client: AsyncClient, sign_in: SignIn, store: Store
) -> None:
    """No release was ever without the unique normalised address: a database that holds `A@x` and
    `a@x` cannot exist, so that no upgrade has clashes to list, and a look-up meets one row.
    """
    await join(client, sign_in(), ANN)
    [row] = await store.rows(select(users).where(users.c.email_key == ANN.lower()))

    with pytest.raises(IntegrityError, match="email_key"):
        await store.execute(
            insert(users).values({**row, "id": UserId(int=7), "email": ANN.lower()})
        )

    async with store.engine.connect() as connection:
        unique = await connection.run_sync(
            lambda sync: inspect(sync).get_unique_constraints("users")
        )
    assert ("uq_users_email_key", ["email_key"]) in [
        (found["name"], found["column_names"]) for found in unique
    ]


@pytest.mark.case("PTY-02")
@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        pytest.param(ANN, "aNN@sHOP.tEST", id="another case"),
        pytest.param("Jos\u00e9@shop.test", "JOSE\u0301@SHOP.TEST", id="composed, then not"),
        pytest.param("Jose\u0301@shop.test", "jos\u00e9@shop.test", id="not composed, then so"),
        pytest.param("info@shop.test", "INFO@SHOP.TEST", id="a capital I is no dotless one"),
        pytest.param("\u0130pek@shop.test", "i\u0307pek@shop.test", id="dotted capital I"),
    ],
)
async def test_a_new_password_is_asked_for_in_any_case_and_form(
    client: AsyncClient,
    services: Services,
    sign_in: SignIn,
    store: Store,
    box: Mailbox,
    kept: str,
    typed: str,
) -> None:
    identifier = await join(client, sign_in(), kept)
    shown = (await client.get(f"/api/v1/users/{identifier}", headers=sign_in())).json()["email"]
    send_mail(client, services, box)

    assert (await invite(client, sign_in(), typed)).status_code == 409
    await forget(client, typed)
    await choose(client, box.token(), NEWER)

    assert [mail.to for mail in box.mails] == [shown]
    for spelling in (kept, typed):
        entered = await log_in(client, spelling, NEWER)
        assert (entered.status_code, entered.json()["user"]["id"]) == (200, identifier)
    rows = await store.rows(select(users.c.email).where(users.c.id == UserId.parse(identifier)))
    assert [row["email"] for row in rows] == [shown]


@pytest.mark.case("PTY-02")
async def test_a_dotless_i_is_another_letter_in_every_country(
    client: AsyncClient, services: Services, sign_in: SignIn, box: Mailbox
) -> None:
    plain = await join(client, sign_in(), "ISIK@shop.test")
    dotless = await join(client, sign_in(), "\u0131s\u0131k@shop.test")
    send_mail(client, services, box)

    await forget(client, "isik@shop.test")
    await forget(client, "\u0131S\u0131K@shop.test")

    assert [mail.to for mail in box.mails] == ["ISIK@shop.test", "\u0131s\u0131k@shop.test"]
    assert (await log_in(client, "isik@SHOP.test")).json()["user"]["id"] == plain
    assert (await log_in(client, "\u0131s\u0131k@shop.test")).json()["user"]["id"] == dotless
