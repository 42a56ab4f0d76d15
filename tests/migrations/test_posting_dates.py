"""Sales that were posted before the books could be closed count when they happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, column, insert, select, table, text
from sqlalchemy.exc import DBAPIError

from app.infrastructure.db.migrations import downgrade, migrate
from app.infrastructure.db.types import UtcDateTime
from tests.fixtures.databases import Database
from tests.fixtures.stock import AT
from tests.migrations.schema import on
from tests.migrations.test_sales_with_customers import POSTED, SALES, rows

BEFORE, STEP = "0014", "0015"
POSTED_AT = table("sales", column("posted_at", UtcDateTime()))


def posted_at(connection: Connection) -> list[datetime | None]:
    return list(connection.scalars(select(POSTED_AT)))


def test_posted_sales_count_when_they_happened_and_stay_guarded(empty_database: Database) -> None:
    migrate(empty_database.url, BEFORE)
    on(empty_database, lambda connection: connection.execute(insert(SALES), POSTED))

    migrate(empty_database.url, STEP)

    assert on(empty_database, posted_at) == [AT]
    forbidden: Any
    for forbidden in ("posted_at = NULL", "total_minor = 1", "customer_name = 'Bo'"):
        with pytest.raises(DBAPIError):
            on(empty_database, lambda c, to=forbidden: c.execute(text(f"UPDATE sales SET {to}")))  # type: ignore[misc]
    downgrade(empty_database.url, BEFORE)
    assert on(empty_database, rows) == [POSTED]
    with pytest.raises(DBAPIError):
        on(empty_database, lambda c: c.execute(text("UPDATE sales SET total_minor = 1")))
