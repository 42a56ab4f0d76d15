"""After the newest migration the tables are what the models say, to the last constraint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app.infrastructure.db.migrations import model_metadata
from tests.fixtures.databases import Database, on_postgres, on_sqlite
from tests.migrations.schema import on, schema_of

HISTORY = ("stock_movements", "stock_documents", "stock_document_lines")
REFUSED = ("update", "delete", "replace")
OF_SALES = (
    "trg_sales_delete",
    "trg_sales_frozen",
    "trg_sales_status",
    "trg_sale_lines_update",
    "trg_sale_lines_delete",
    "trg_sale_tenders_update",
    "trg_sale_tenders_delete",
    *(f"trg_sale_refunds_{what}" for what in ("update", "delete")),
)
OF_RETURNS = (
    *(f"trg_returns_{what}" for what in ("frozen", "arrived", "over", "status", "delete")),
    *(
        f"trg_{table}_{what}"
        for table in ("return_lines", "return_refunds")
        for what in ("update", "delete")
    ),
)
OF_PURCHASES = (
    *(f"trg_purchases_{what}" for what in ("frozen", "ordered", "over", "status", "delete")),
    *(
        f"trg_{table}_{what}"
        for table in (
            "purchase_lines",
            "purchase_receipt_lines",
            "supplier_returns",
            "supplier_return_lines",
        )
        for what in ("update", "delete")
    ),
)
OF_STOCKTAKES = (
    *(f"trg_stocktakes_{what}" for what in ("frozen", "over", "delete")),
    *(
        f"trg_{table}_{what}"
        for table in ("stocktake_lines", "stocktake_entries")
        for what in ("update", "delete")
    ),
)
OF_TRANSFERS = (
    *(f"trg_transfers_{what}" for what in ("frozen", "over", "delete")),
    *(f"trg_transfer_lines_{what}" for what in ("frozen", "undone", "over", "delete")),
)
EMPTIED = (
    *("transfers", "transfer_lines"),
    *(
        "sales",
        "sale_lines",
        "sale_tenders",
        "sale_refunds",
        "returns",
        "return_lines",
        "return_refunds",
    ),
    *("purchases", "purchase_lines", "purchase_receipt_lines"),
    *("supplier_returns", "supplier_return_lines"),
    *("stocktakes", "stocktake_lines", "stocktake_entries"),
)
GUARDS = {
    "sqlite": [
        *OF_SALES,
        *OF_RETURNS,
        *OF_PURCHASES,
        *OF_STOCKTAKES,
        *OF_TRANSFERS,
        "trg_audit_log_no_update",
        "trg_audit_log_no_delete",
        *(
            f"trg_{table}_no_{what}"
            for table in HISTORY
            for what in ("update", "delete", "replace")
        ),
        "trg_stock_movements_once",
        *(
            f"trg_{table}_search_{what}"
            for table in ("products", "suppliers", "customers")
            for what in ("insert", "update", "delete")
        ),
    ],
    "postgres": [
        *OF_SALES,
        *OF_RETURNS,
        *OF_PURCHASES,
        *OF_STOCKTAKES,
        *OF_TRANSFERS,
        *(f"trg_{table}_truncate" for table in EMPTIED),
        *(f"trg_{table}_append_only" for table in ("audit_log", *HISTORY)),
        *(f"trg_{table}_no_truncate" for table in ("audit_log", *HISTORY)),
    ],
}
# Migrations alone make guards and their functions, and what lies behind SQLite's text search.
SEARCHES = tuple(f"table {word}_search" for word in ("product", "supplier", "customer"))
UNMODELLED = ("trigger ", "function ", "view ", *SEARCHES)


@pytest.fixture
def modelled(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Database]:
    """A database of the same kind, made from the models."""

    def create(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("CREATE EXTENSION pg_trgm"))
        model_metadata().create_all(connection)

    if database.dialect == "sqlite":
        made = on_sqlite(tmp_path / "models.db")
        on(made, create)
        yield made
    else:
        for made in on_postgres(request.getfixturevalue("postgres_server"), template="template0"):
            on(made, create)
            yield made


def test_tables_columns_constraints_and_indexes_agree(
    database: Database, modelled: Database
) -> None:
    migrated = {line for line in schema_of(database) if not line.startswith(UNMODELLED)}
    models = set(schema_of(modelled))

    assert sorted(migrated - models) == sorted(models - migrated) == []


def test_the_guards_are_there(database: Database) -> None:
    words = (line.split() for line in schema_of(database) if line.startswith("trigger "))
    # SQLite's line begins with the name, Postgres' with its statement.
    triggers = {line[3 if line[1] == "CREATE" else 1] for line in words}

    assert sorted(triggers) == sorted(GUARDS[database.dialect])
