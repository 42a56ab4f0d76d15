"""Every check finds the corruption it is for, and a healthy shop has nothing to find."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from app.application.common.actor import Actor
from app.application.inventory.commands import AskedDocument, AskedLine
from app.application.inventory.use_cases.documents import (
    AdjustStock,
    OpenStock,
    ReceiveGoods,
    ScrapStock,
)
from app.application.inventory.verification import CheckResult
from app.application.services import Services
from app.domain.common.identifiers import ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Delta
from app.domain.inventory.reasons import AdjustmentReason
from app.infrastructure.db.checks.inventory import INVENTORY_CHECKS
from tests.fixtures.people import MakeActor
from tests.fixtures.stock import Stock

NAMES = [check.name for check in INVENTORY_CHECKS]
WALLS = [
    ("stock_levels", "ck_stock_levels_on_hand"),
    ("stock_levels", "ck_stock_levels_reserved"),
    ("product_valuations", "ck_product_valuations_value_minor"),
]


@dataclass
class Books:
    """A small shop that can be tampered with, past triggers and checks."""

    stock: Stock
    services: Services
    tea: ProductId

    @property
    def on_sqlite(self) -> bool:
        return self.stock.engine.dialect.name == "sqlite"

    async def tamper(self, *statements: str) -> None:
        async with self.stock.engine.connect() as connection:
            if self.on_sqlite:
                await connection.exec_driver_sql("COMMIT")
                for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
                    await connection.exec_driver_sql(f"PRAGMA {pragma}")
                triggers = await connection.exec_driver_sql(
                    "SELECT name FROM sqlite_master "
                    "WHERE type = 'trigger' AND name LIKE 'trg_stock%'"
                )
                for (name,) in triggers.all():
                    await connection.exec_driver_sql(f"DROP TRIGGER {name}")
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                # Switches off triggers, and with them foreign keys, for this transaction.
                await connection.exec_driver_sql("SET session_replication_role = replica")
                for table, name in WALLS:
                    await connection.exec_driver_sql(
                        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"
                    )
            for statement in statements:
                await connection.execute(text(statement))
            await connection.commit()

    async def findings(self) -> dict[str, CheckResult]:
        verification = await self.services.verifier.verify()
        assert [check.name for check in verification.checks][: len(NAMES)] == NAMES
        found = {check.name: check for check in verification.checks if check.findings}
        assert verification.is_clean == (not found)
        return found


@pytest.fixture
async def books(stock: Stock, services: Services, actor: MakeActor) -> Books:
    tea = await stock.product("TEA")

    def asked(change: str, cost: str | None, reason: AdjustmentReason | None) -> AskedDocument:
        line = AskedLine(
            product_id=tea,
            change=Delta.parse(change),
            unit_cost=None if cost is None else UnitPrice.parse(cost),
        )
        return AskedDocument(lines=(line,), reason=reason)

    def act(kind: type[OpenStock | ReceiveGoods | AdjustStock | ScrapStock]) -> OpenStock:
        return kind(services.work(None), ids=services.ids)  # type: ignore[return-value]

    clerk: Actor = actor()
    await act(OpenStock)(asked("4", "1", None), actor=clerk)
    await act(ReceiveGoods)(asked("6", "2", None), actor=clerk)
    await act(AdjustStock)(asked("-3", None, AdjustmentReason.LOSS), actor=clerk)
    await act(ScrapStock)(asked("-1", None, AdjustmentReason.DAMAGE), actor=clerk)
    return Books(stock, services, tea)


OTHER = "(SELECT id FROM locations WHERE code = 'customer')"
RECEIPT = "document_kind = 'goods_receipt'"
COPY = (
    "INSERT INTO stock_movements SELECT {id}, product_id, target_id, source_id, {quantity}, kind,"
    " reason, value_minor, document_kind, document_id, line_id, 1, id, user_id, occurred_at,"
    " recorded_at FROM stock_movements WHERE document_kind = 'adjustment'"
)
# What is wrong with a reversal besides; `copy` mirrors what the adjustment moved.
MISPLACED = {
    "another document": "UPDATE stock_movements SET document_id = {id} WHERE generation = 1",
    "another kind": "UPDATE stock_movements SET document_kind = 'scrap' WHERE generation = 1",
    "another line": "UPDATE stock_movements SET line_id = {id} WHERE generation = 1",
    "a reversal of it": "{copy} AND generation = 1",
}


LINES_GONE = (
    "DELETE FROM stock_document_lines WHERE document_id IN"
    " (SELECT id FROM stock_documents WHERE kind = '{kind}')"
)
# Which checks speak up for which corruption; together the cases reach every check.
CASES = {
    "level raised": (
        ["UPDATE stock_levels SET on_hand = on_hand + 1000"],
        {"stock_levels"},
    ),
    "level lost": (["DELETE FROM stock_levels"], {"stock_levels"}),
    "level below nothing": (
        ["UPDATE stock_levels SET on_hand = -1"],
        {"stock_levels", "stock_levels_negative"},
    ),
    "level of a virtual location": (
        [f"UPDATE stock_levels SET location_id = {OTHER}"],
        {"stock_levels", "stock_levels_virtual"},
    ),
    "valuation of another quantity": (
        ["UPDATE product_valuations SET quantity = quantity - 1"],
        {"valuation_quantities"},
    ),
    "valuation of another value": (
        ["UPDATE product_valuations SET value_minor = value_minor + 1"],
        {"valuation_values"},
    ),
    "value of nothing": (
        ["UPDATE product_valuations SET quantity = 0"],
        {"valuation_quantities", "valuation_of_nothing"},
    ),
    "product that keeps no stock": (
        ["UPDATE products SET tracks_stock = (1 = 0)"],
        {"untracked_products"},
    ),
    "movement of another quantity": (
        [f"UPDATE stock_movements SET quantity = quantity + 1 WHERE {RECEIPT}"],
        {"stock_levels", "valuation_quantities", "stock_document_quantities"},
    ),
    "movement of another value": (
        [f"UPDATE stock_movements SET value_minor = value_minor + 1 WHERE {RECEIPT}"],
        {"valuation_values", "stock_document_values"},
    ),
    "opening without its line": (
        [
            LINES_GONE.format(kind="opening"),
        ],
        {"orphan_movements_opening", "empty_documents"},
    ),
    "receipt without its line": (
        [
            LINES_GONE.format(kind="goods_receipt"),
        ],
        {"orphan_movements_goods_receipt", "empty_documents"},
    ),
    "scrap without its line": (
        [
            LINES_GONE.format(kind="scrap"),
        ],
        {"orphan_movements_scrap", "empty_documents"},
    ),
    "adjustment without its document": (
        ["DELETE FROM stock_documents WHERE kind = 'adjustment'"],
        {
            "orphan_movements_adjustment",
            "orphan_lines",
            "audited_steps",
            "stock_document_numbers",
            "stock_document_quantities",
            "stock_document_values",
        },
    ),
    "number skipped": (
        ["UPDATE stock_documents SET sequence = 2 WHERE kind = 'opening'"],
        {"stock_document_numbers"},
    ),
    "counter lost": (
        ["DELETE FROM document_counters WHERE series = 'R'"],
        {"stock_document_numbers"},
    ),
    "counter ahead": (
        ["UPDATE document_counters SET last = 5 WHERE series = 'R'"],
        {"stock_document_numbers"},
    ),
    "audit row lost": (
        ["UPDATE audit_log SET object_id = NULL WHERE action = 'opening.posted'"],
        {"stock_document_audit", "audited_steps"},
    ),
}


class TestHealthy:
    async def test_nothing_is_found(self, books: Books) -> None:
        assert await books.findings() == {}

    async def test_names_are_unique(self) -> None:
        assert len(set(NAMES)) == len(NAMES)


@pytest.mark.leaves_damage
class TestTampering:
    @pytest.mark.parametrize("case", CASES)
    async def test_is_found(self, books: Books, case: str) -> None:
        statements, expected = CASES[case]
        if case == "audit row lost" and books.on_sqlite:
            statements = ["DROP TRIGGER trg_audit_log_no_update", *statements]

        await books.tamper(*statements)

        assert set(await books.findings()) == expected

    async def test_a_reversal_that_is_no_mirror_image(self, books: Books) -> None:
        new_id = "randomblob(16)" if books.on_sqlite else "gen_random_uuid()"
        await books.tamper(COPY.format(id=new_id, quantity="quantity - 1000"))

        found = await books.findings()

        assert "reversals" in found
        (finding,) = found["reversals"].findings
        assert (finding.expected, finding.found) == ("3.000", "2.000")

    @pytest.mark.parametrize("more", MISPLACED)
    async def test_a_reversal_by_another_document_or_of_a_reversal(
        self, books: Books, more: str
    ) -> None:
        new_id = "randomblob(16)" if books.on_sqlite else "gen_random_uuid()"
        mirror = COPY.format(id=new_id, quantity="quantity")
        await books.tamper(mirror)
        sound = await books.findings()
        await books.tamper(MISPLACED[more].format(id=new_id, copy=mirror))

        found = await books.findings()

        assert "reversal_documents" not in sound
        (finding,) = found["reversal_documents"].findings
        assert list(finding.subject) == ["movement_id"]

    async def test_a_movement_for_an_import_that_never_was(self, books: Books) -> None:
        await books.tamper(
            "UPDATE stock_movements SET document_kind = 'import' WHERE document_kind = 'opening'"
        )

        found = await books.findings()

        assert set(found) == {
            "orphan_movements_import",
            "stock_document_quantities",
            "stock_document_values",
        }

    async def test_every_check_is_reached(self) -> None:
        reached = {name for _, names in CASES.values() for name in names} | {"reversals"}
        assert set(NAMES) <= reached


@pytest.mark.leaves_damage
class TestFindings:
    async def test_say_what_they_are_about(self, books: Books) -> None:
        await books.tamper("UPDATE stock_levels SET on_hand = on_hand + 1500")

        (finding,) = (await books.findings())["stock_levels"].findings

        assert finding.subject["product_id"] == str(books.tea)
        assert len(finding.subject["location_id"]) == 26
        assert (finding.expected, finding.found) == ("6.000", "7.500")

    async def test_gaps_name_series_and_year(self, books: Books) -> None:
        await books.tamper("UPDATE document_counters SET last = 5 WHERE series = 'R'")

        (finding,) = (await books.findings())["stock_document_numbers"].findings

        assert finding.subject["series"] == "R"
        assert (finding.expected, finding.found) == ("5", "1")

    async def test_are_cut_off_where_there_are_too_many(self, books: Books) -> None:
        products = [await books.stock.product(f"P{number}") for number in range(101)]
        await books.stock.post(*(books.stock.moves_in(product, "1", 1) for product in products))
        await books.tamper("UPDATE stock_levels SET on_hand = on_hand + 1")

        check = (await books.findings())["stock_levels"]

        assert len(check.findings) == 100
        assert check.more
