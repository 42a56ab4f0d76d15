"""The audit log as it is read: newest first, by filters, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import AsyncClient
from sqlalchemy import insert, select

from app.domain.auth.roles import Role
from app.domain.common.identifiers import AuditId, ProductId, SessionId, UserId
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import Store
from tests.fixtures.people import SignIn

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ADA, BOB = UserId(int=0xA), UserId(int=0xB)
TEA, CAKE = ProductId(int=0xC), ProductId(int=0xD)


@pytest.fixture
async def log(store: Store) -> None:
    """Ten entries, a minute apart: Ada and Bob take turns, tea and cake in pairs."""
    await store.execute(
        insert(audit_log).values(
            [
                {
                    "id": AuditId(int=0x100 + number),
                    "at": START + timedelta(minutes=number),
                    "user_id": ADA if number % 2 == 0 else BOB,
                    "role": "clerk",
                    "session_id": SessionId(int=0xE) if number == 4 else None,
                    "trace_id": f"trace-of-{number}",
                    "route": "PATCH /api/v1/products/{product_id}",
                    "action": "product.created" if number < 2 else "product.updated",
                    "object_kind": "product",
                    "object_id": TEA if number % 4 < 2 else CAKE,
                    "changes": {"name": {"before": "a", "after": "b"}},
                    "redacted": [],
                    "note": {},
                }
                for number in range(10)
            ]
        )
    )


async def read(client: AsyncClient, sign_in: SignIn, **params: object) -> list[int]:
    """Walk all pages of two and return the numbers of the entries."""
    seen: list[int] = []
    query: dict[str, object] = {"limit": 2} | params
    while True:
        answer = await client.get(
            "/api/v1/audit",
            params=query,  # type: ignore[arg-type]
            headers=sign_in(Role.MANAGER),
        )
        assert answer.status_code == 200, answer.text
        seen += [int(item["trace_id"].removeprefix("trace-of-")) for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return seen
        query["cursor"] = answer.json()["next_cursor"]


@pytest.mark.usefixtures("log")
class TestFilters:
    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
            ({"user_id": str(ADA)}, [8, 6, 4, 2, 0]),
            ({"action": "product.created"}, [1, 0]),
            ({"object_kind": "product", "object_id": str(TEA)}, [9, 8, 5, 4, 1, 0]),
            ({"object_kind": "sale"}, []),
            ({"session_id": str(SessionId(int=0xE))}, [4]),
            ({"trace_id": "trace-of-7"}, [7]),
            ({"since": "2026-11-01T12:06:00Z"}, [9, 8, 7, 6]),
            ({"until": "2026-11-01T12:03:00Z"}, [2, 1, 0]),
            ({"since": "2026-11-01T14:02:00+02:00", "until": "2026-11-01T12:05:00Z"}, [4, 3, 2]),
            ({"user_id": str(BOB), "since": "2026-11-01T12:03:00Z"}, [9, 7, 5, 3]),
        ],
    )
    async def test_all_that_are_given_hold(
        self, client: AsyncClient, sign_in: SignIn, params: dict[str, str], found: list[int]
    ) -> None:
        assert await read(client, sign_in, **params) == found

    async def test_an_entry_says_everything(self, client: AsyncClient, sign_in: SignIn) -> None:
        answer = await client.get("/api/v1/audit?limit=1", headers=sign_in(Role.MANAGER))

        assert answer.json()["items"] == [
            {
                "id": str(AuditId(int=0x109)),
                "at": "2026-11-01T12:09:00Z",
                "user_id": str(BOB),
                "role": "clerk",
                "session_id": None,
                "token_id": None,
                "address": None,
                "trace_id": "trace-of-9",
                "route": "PATCH /api/v1/products/{product_id}",
                "action": "product.updated",
                "object_kind": "product",
                "object_id": str(TEA),
                "changes": {"name": {"before": "a", "after": "b"}},
                "redacted": [],
                "note": {},
            }
        ]

    @pytest.mark.parametrize(
        ("params", "field"),
        [
            ({"user_id": "x"}, "user_id"),
            ({"action": "DROP TABLE"}, "action"),
            ({"trace_id": "a b"}, "trace_id"),
            ({"object_kind": "a\x00"}, "object_kind"),
            ({"since": "yesterday"}, "since"),
            ({"since": "2026-11-01T12:00:00"}, "since"),
            ({"limit": "201"}, "limit"),
        ],
    )
    async def test_a_filter_that_is_none_is_named(
        self, client: AsyncClient, sign_in: SignIn, params: dict[str, str], field: str
    ) -> None:
        refused = await client.get("/api/v1/audit", params=params, headers=sign_in(Role.MANAGER))

        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [field]

    async def test_a_cursor_counts_for_its_filters_only(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        headers = sign_in(Role.MANAGER)
        page = await client.get("/api/v1/audit?limit=2", headers=headers)
        cursor = page.json()["next_cursor"]

        refused = await client.get(
            "/api/v1/audit",
            params={"cursor": cursor, "action": "product.updated"},
            headers=headers,
        )

        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")


async def test_reading_leaves_no_trace(client: AsyncClient, sign_in: SignIn, store: Store) -> None:
    await client.get("/api/v1/audit", headers=sign_in(Role.MANAGER))

    assert await store.rows(select(audit_log)) == []
