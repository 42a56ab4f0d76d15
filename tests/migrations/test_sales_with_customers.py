"""Sales that were posted before they could name a customer come through the change as they were."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, RowMapping, column, insert, select, table, text
from sqlalchemy.exc import DBAPIError

from app.domain.common.identifiers import LocationId, SaleId
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.migrations import downgrade, migrate
from app.infrastructure.db.types import UlidType, UtcDateTime
from tests.fixtures.databases import Database
from tests.fixtures.stock import AT
from tests.migrations.schema import on

BEFORE, STEP = "0011", "0012"
POSTED: dict[str, Any] = {
    "id": SaleId(int=1),
    "status": "completed",
    "series": "S",
    "year": 2026,
    "sequence": 1,
    "currency": "EUR",
    "prices_include_tax": True,
    "location_id": MAIN_ID,
    "discount_minor": 0,
    "net_minor": 1000,
    "tax_minor": 0,
    "total_minor": 1000,
    "needs_attention": False,
    "shop_name": "Corner shop",
    "time_zone": "UTC",
    "occurred_at": AT,
    "created_at": AT,
    "completed_at": AT,
    "version": 1,
}
KINDS = {"id": UlidType(SaleId), "location_id": UlidType(LocationId)} | dict.fromkeys(
    ("occurred_at", "created_at", "completed_at"), UtcDateTime()
)
SALES = table("sales", *(column(name, KINDS.get(name)) for name in POSTED))


def rows(connection: Connection) -> list[RowMapping]:
    return list(connection.execute(select(SALES)).mappings())


def test_posted_sales_stay_and_stay_guarded(empty_database: Database) -> None:
    migrate(empty_database.url, BEFORE)
    on(empty_database, lambda connection: connection.execute(insert(SALES), POSTED))

    for go in (
        lambda: migrate(empty_database.url, STEP),
        lambda: downgrade(empty_database.url, BEFORE),
    ):
        go()
        assert on(empty_database, rows) == [POSTED]
        for forbidden in ("UPDATE sales SET total_minor = 1", "DELETE FROM sales"):
            with pytest.raises(DBAPIError):
                on(empty_database, lambda c, asked=forbidden: c.execute(text(asked)))  # type: ignore[misc]
