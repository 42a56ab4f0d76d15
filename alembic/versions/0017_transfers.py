"""Transfers with their lines, the place of goods in transit, and scraps among stock documents.

Going back is refused by the database once goods were in transit or scrapped.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TRANSIT = UUID(int=9)

# Each trigger's table, event, condition and message.
GUARDS = {
    "trg_transfers_frozen": (
        "transfers",
        (
            "UPDATE OF id, series, year, sequence, source_id, target_id, reference, note, user_id,"
            " occurred_at, recorded_at"
        ),
        None,
        "what a transfer sent is never changed",
    ),
    "trg_transfers_over": (
        "transfers",
        "UPDATE",
        "OLD.status <> 'in_transit'",
        "a transfer that is over is never changed",
    ),
    "trg_transfers_delete": ("transfers", "DELETE", None, "a transfer is never deleted"),
    "trg_transfer_lines_frozen": (
        "transfer_lines",
        (
            "UPDATE OF id, transfer_id, position, product_id, sku, name, unit_code, unit_decimals,"
            " quantity"
        ),
        None,
        "what a transfer sent is never changed",
    ),
    "trg_transfer_lines_undone": (
        "transfer_lines",
        "UPDATE OF received, rejected, lost, returned",
        (
            "NEW.received < OLD.received OR NEW.rejected < OLD.rejected OR NEW.lost < OLD.lost"
            " OR NEW.returned < OLD.returned"
        ),
        "what became of goods in transit is never undone",
    ),
    "trg_transfer_lines_delete": (
        "transfer_lines",
        "DELETE",
        None,
        "a line of a transfer is never deleted",
    ),
}
OVER = "a line of a transfer that is over is never changed"
TABLES = ("transfers", "transfer_lines")
SQLITE_TRIGGERS = (
    "SELECT name, sql FROM sqlite_master"
    " WHERE type = 'trigger' AND tbl_name = 'stock_documents' ORDER BY name"
)


def upgrade() -> None:
    _create_transfers()
    _create_lines()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()
    _allow("'opening', 'goods_receipt', 'adjustment', 'scrap'", "kind IN ('adjustment', 'scrap')")
    _seed()


def downgrade() -> None:
    locations = _locations()
    op.execute(locations.delete().where(locations.c.id == _key(TRANSIT)))
    _allow("'opening', 'goods_receipt', 'adjustment'", "kind = 'adjustment'")
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_transfer()")


def _create_transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", ULID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("series", sa.String(8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("source_id", ULID, nullable=False),
        sa.Column("target_id", ULID, nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.Column("note", sa.Text()),
        sa.Column("user_id", ULID),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        *(
            sa.ForeignKeyConstraint([column], ["locations.id"], name=f"fk_transfers_{column}")
            for column in ("source_id", "target_id")
        ),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_transfers_number"),
        sa.CheckConstraint(
            "status IN ('in_transit', 'received', 'closed', 'cancelled')",
            name=op.f("ck_transfers_status"),
        ),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_transfers_places")),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (status = 'in_transit')", name=op.f("ck_transfers_finished_at")
        ),
    )
    for columns in (("recorded_at", "id"), ("status", "recorded_at", "id")):
        op.create_index(f"ix_transfers_{'_'.join(columns)}", "transfers", list(columns))


def _create_lines() -> None:
    op.create_table(
        "transfer_lines",
        sa.Column("id", ULID, nullable=False),
        sa.Column("transfer_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("quantity", "received", "rejected", "lost", "returned")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_lines"),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name="fk_transfer_lines_transfer_id"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_transfer_lines_product_id"
        ),
        sa.UniqueConstraint(
            "transfer_id", "position", name="uq_transfer_lines_transfer_id_position"
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_lines_quantity")),
        sa.CheckConstraint(
            "received >= 0 AND rejected >= 0 AND lost >= 0 AND returned >= 0"
            " AND received + rejected + lost + returned <= quantity",
            name=op.f("ck_transfer_lines_settled"),
        ),
    )
    op.create_index(
        "ix_transfer_lines_product_id_transfer_id", "transfer_lines", ["product_id", "transfer_id"]
    )


def _guard_sqlite() -> None:
    of_over = "(SELECT status FROM transfers WHERE id = OLD.transfer_id) <> 'in_transit'"
    guards = GUARDS | {"trg_transfer_lines_over": ("transfer_lines", "UPDATE", of_over, OVER)}
    for name, (table, event, condition, message) in guards.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgres() -> None:
    # What a line belongs to can only be told by a query, which WHEN does not allow there: the
    # function asks for the one trigger that is called so.
    op.execute(
        """
        CREATE FUNCTION keep_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_NAME = 'trg_transfer_lines_over' THEN
                IF (SELECT status FROM transfers WHERE id = OLD.transfer_id) = 'in_transit' THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    guards = GUARDS | {"trg_transfer_lines_over": ("transfer_lines", "UPDATE", None, OVER)}
    for name, (table, event, condition, message) in guards.items():
        when = f"WHEN ({condition})" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION keep_transfer('{message}')"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER trg_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_transfer('{table} are never emptied')"
        )


def _allow(kinds: str, reasoned: str) -> None:
    """Let stock documents be of these kinds; SQLite rebuilds the table without its triggers."""
    found = []
    if op.get_bind().dialect.name == "sqlite":
        found = [tuple(row) for row in op.get_bind().execute(sa.text(SQLITE_TRIGGERS))]
    for name, _ in found:
        op.execute(f"DROP TRIGGER {name}")
    rules = {
        op.f("ck_stock_documents_kind"): f"kind IN ({kinds})",
        op.f("ck_stock_documents_reason"): f"({reasoned}) = (reason IS NOT NULL)",
    }
    with op.batch_alter_table("stock_documents") as documents:
        for name, rule in rules.items():
            documents.drop_constraint(name, type_="check")
            documents.create_check_constraint(name, rule)
    for _, definition in found:
        op.execute(definition)


def _locations() -> sa.TableClause:
    return sa.table(
        "locations",
        sa.column("id", ULID),
        *(sa.column(name) for name in ("code", "name", "kind")),
        *(sa.column(name, sa.Boolean) for name in ("active", "counts_as_available")),
        sa.column("version"),
    )


def _key(identifier: UUID) -> UUID | bytes:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    return identifier if on_postgres else identifier.bytes


def _seed() -> None:
    locations = _locations()
    named = sa.select(locations.c.code).where(locations.c.code.like("transit%"))
    taken = set(op.get_bind().scalars(named))
    # The shop may have a place of its own by that code.
    codes = ("transit", *(f"transit-{number}" for number in range(2, len(taken) + 3)))
    op.bulk_insert(
        locations,
        [
            {
                "id": _key(TRANSIT),
                "code": next(code for code in codes if code not in taken),
                "name": "In transit",
                "kind": "stock",
                "active": True,
                "counts_as_available": False,
                "version": 1,
            }
        ],
    )
