"""Many products in one request: the rules of an import, the manners of the API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.catalog import product_families, products
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.accounts import Store
from tests.fixtures.people import SignIn
from tests.fixtures.statements import recorded_statements

BULK = "/api/v1/products/bulk"
Json = dict[str, Any]


class Bulk:
    def __init__(self, client: AsyncClient, sign_in: SignIn) -> None:
        self.client = client
        self.sign_in = sign_in

    async def __call__(
        self, *items: Json, role: Role = Role.MANAGER, key: str | None = None, **options: str
    ) -> Response:
        headers = self.sign_in(role) | ({} if key is None else {"Idempotency-Key": key})
        body = {"products": list(items), **options}
        return await self.client.post(BULK, json=body, headers=headers)

    async def product(self, identifier: str) -> Json:
        answer = await self.client.get(
            f"/api/v1/products/{identifier}", headers=self.sign_in(Role.MANAGER)
        )
        found: Json = answer.json()
        return found


@pytest.fixture
def bulk(client: AsyncClient, sign_in: SignIn) -> Bulk:
    return Bulk(client, sign_in)


def tea(sku: str = "A1", amount: str = "2.50", **more: Any) -> Json:
    return {"sku": sku, "name": "Tea", "price": {"amount": amount, "currency": "EUR"}, **more}


async def everything(store: Store) -> dict[str, list[Json]]:
    tables = (products, outbox, stock_movements, audit_log)
    return {table.name: await store.rows(select(table)) for table in tables}


def outcomes(answer: Response) -> list[tuple[str, str]]:
    return [(result["sku"], result["outcome"]) for result in answer.json()["results"]]


class TestWriting:
    async def test_makes_changes_and_keeps(self, bulk: Bulk, store: Store) -> None:
        first = await bulk(
            tea(
                category="Drinks > Hot",
                unit="kg",
                cost={"amount": "1.234567", "currency": "EUR"},
                barcodes=["4006381333931", "T-1"],
                attributes={"colour": "green", "leaf": "whole"},
                reorder_point="2.500",
                description="Two\nlines.",
                external_id="x-1",
            ),
            tea("A2"),
        )
        assert first.status_code == 200, first.text
        assert {name: first.json()[name] for name in ("created", "updated", "failed")} == {
            "created": 2,
            "updated": 0,
            "failed": 0,
        }
        made = await bulk.product(first.json()["results"][0]["product_id"])
        assert (made["cost"]["amount"], made["barcodes"], made["reorder_point"]) == (
            "1.234567",
            ["4006381333931", "T-1"],
            "2.500",
        )

        again = await bulk(
            {
                "sku": "a1",
                "description": None,
                "attributes": {"leaf": None, "size": "L"},
                "barcodes": [],
                "active": False,
            },
            tea("A2"),
            tea("A3"),
        )

        assert outcomes(again) == [("a1", "updated"), ("A2", "unchanged"), ("A3", "created")]
        assert again.json()["results"][1]["product_id"] == first.json()["results"][1]["product_id"]
        changed = await bulk.product(made["id"])
        assert {name: changed[name] for name in made if changed[name] != made[name]} == {
            "description": None,
            "attributes": {"colour": "green", "size": "L"},
            "barcodes": [],
            "active": False,
            "version": 2,
            "updated_at": changed["updated_at"],
        }
        rows = await store.rows(
            select(audit_log.c.action, audit_log.c.changes)
            .where(audit_log.c.object_kind == "product")
            .order_by(audit_log.c.id)
        )
        assert [row["action"] for row in rows] == [
            "product.created",
            "product.created",
            "product.updated",
            "product.created",
        ]
        assert set(rows[2]["changes"]) == {"description", "attributes", "barcodes", "active"}

    async def test_abort_writes_nothing_and_names_every_fault(
        self, bulk: Bulk, store: Store
    ) -> None:
        await bulk(tea("A1", barcodes=["X"]))
        before = await everything(store)

        answer = await bulk(
            tea("A2"),
            tea("A3", unit="barrel"),
            tea("A4", barcodes=["X"]),
            {"sku": "A5", "name": "No price"},
            tea("a2"),
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "products_rejected")
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
            ("/products/1/unit", "unknown_unit"),
            ("/products/2/barcodes", "barcode_taken"),
            ("/products/3/price", "missing"),
            ("/products/4/sku", "duplicate_in_request"),
        ]
        assert await everything(store) == before

    async def test_skip_leaves_out_what_fails(self, bulk: Bulk) -> None:
        answer = await bulk(
            tea("A2"), tea("A3", unit="barrel"), tea("a2", amount="9"), on_error="skip"
        )

        assert answer.status_code == 200
        assert outcomes(answer) == [("A2", "created"), ("A3", "failed"), ("a2", "failed")]
        failed = answer.json()["results"][1]
        assert (failed["product_id"], failed["warnings"]) == (None, [])
        assert [(error["pointer"], error["code"]) for error in failed["errors"]] == [
            ("/unit", "unknown_unit")
        ]
        made = await bulk.product(answer.json()["results"][0]["product_id"])
        assert made["price"] == {"amount": "2.50", "currency": "EUR"}

    @pytest.mark.parametrize(
        ("mode", "code"), [("create", "already_exists"), ("update", "not_found")]
    )
    async def test_mode_says_what_may_happen(self, bulk: Bulk, mode: str, code: str) -> None:
        await bulk(tea("A1"))

        answer = await bulk(tea("A1", amount="3"), tea("A2"), mode=mode, on_error="skip")

        told = [[error["code"] for error in r["errors"]] for r in answer.json()["results"]]
        assert told == ([[code], []] if mode == "create" else [[], [code]])


async def test_products_are_put_into_families_and_get_pictures(bulk: Bulk, store: Store) -> None:
    one, two = "https://cdn.example.com/1.jpg", "https://cdn.example.com/2.jpg"
    await bulk(tea("A1", family="Teas", images=[one]), tea("A2", family="TEAS"))

    again = await bulk({"sku": "A1", "images": [two, one]}, {"sku": "A2", "family": None})
    same = await bulk({"sku": "A1", "family": "teas", "images": [one]})
    refused = await bulk({"sku": "A1", "images": ["tea.jpg"]}, {"sku": "A2", "family": " "})

    assert outcomes(again) == [("A1", "updated"), ("A2", "updated")]
    assert outcomes(same) == [("A1", "unchanged")]
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/products/0/images/0", "invalid_image"),
        ("/products/1/family", "too_short"),
    ]
    [family] = await store.rows(select(product_families))
    assert (family["key"], family["name"]) == ("Teas", "Teas")
    stored = await store.rows(select(products).order_by(products.c.sku_key))
    assert [(row["family_id"], row["images"]) for row in stored] == [
        (family["id"], (one, two)),
        (None, ()),
    ]


class TestRefusals:
    async def test_a_request_whose_shape_is_wrong_is_refused_as_a_whole(
        self, bulk: Bulk, store: Store
    ) -> None:
        before = await everything(store)

        for item, pointer in (
            (tea(colour="blue"), "/products/1/colour"),
            (tea(amount="1e5"), "/products/1/price/amount"),
            (tea(name=None), "/products/1/name"),
            (tea(version=7), "/products/1/version"),
            (tea(description="a\x00b"), "/products/1/description"),
            (tea(category=" > "), "/products/1/category"),
        ):
            answer = await bulk(tea("A9"), item, on_error="skip")
            assert answer.status_code == 422, answer.text
            assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert (await bulk()).status_code == 422
        assert (await bulk(*(tea(f"A{n}") for n in range(501)))).status_code == 422
        assert await everything(store) == before

    async def test_another_currency_is_refused(self, bulk: Bulk, store: Store) -> None:
        before = await everything(store)
        item = tea("A2") | {"price": {"amount": "1", "currency": "USD"}}

        answer = await bulk(tea(), item)

        assert (answer.status_code, answer.json()["code"]) == (422, "currency_mismatch")
        assert answer.json()["errors"][0]["pointer"] == "/products/1/price/currency"
        assert await everything(store) == before

    async def test_cashiers_write_no_products(self, bulk: Bulk, store: Store) -> None:
        before = await store.rows(select(products))

        assert (await bulk(tea(), role=Role.CASHIER)).status_code == 403
        assert await store.rows(select(products)) == before


class TestTogether:
    async def test_a_key_counts_once(self, bulk: Bulk) -> None:
        first = await bulk(tea("A1"), key="once")
        again = await bulk(tea("A1"), key="once")

        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (await bulk(tea("A2"), key="once")).status_code == 422

    async def test_two_at_once_make_each_product_once(self, bulk: Bulk, store: Store) -> None:
        items = [tea(f"R{n}") for n in range(20)]

        answers = await asyncio.gather(*(bulk(*items) for _ in range(4)))

        assert [answer.status_code for answer in answers] == [200] * 4
        assert sorted(answer.json()["created"] for answer in answers) == [0, 0, 0, 20]
        assert len(await store.rows(select(products))) == 20

    async def test_the_statements_do_not_grow_with_the_items(self, bulk: Bulk) -> None:
        await bulk(tea("W"))
        counted = []
        for number in (1, 200):
            items = [tea(f"{number}-{n}", barcodes=[f"{number}/{n}"]) for n in range(number)]
            with recorded_statements() as statements:
                await bulk(*items)
            counted.append(len(statements))
        assert counted[0] == counted[1]
