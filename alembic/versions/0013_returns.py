"""Returns, their lines and refunds, and a place for goods that came back but are not for sale.

Going back is refused by the database once goods lie in quarantine: move them first.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
QUARANTINE = UUID(int=8)

OVER = "OLD.status IN ('refunded', 'rejected', 'cancelled')"
LEGAL_STEPS = {
    "requested": ("approved", "rejected", "cancelled"),
    "approved": ("requested", "received", "cancelled"),
    "received": ("refunded",),
}
ILLEGAL_STEP = "OLD.status <> NEW.status AND NOT (" + " OR ".join(
    f"(OLD.status = '{before}' AND NEW.status IN ({', '.join(repr(a) for a in after)}))"
    for before, after in LEGAL_STEPS.items()
) + ")"  # fmt: skip
OF_ARRIVED = (
    "(SELECT status FROM returns WHERE id = OLD.return_id) NOT IN ('requested', 'approved')"
)

# Each trigger's table, event, condition and message.
GUARDS = {
    "trg_returns_frozen": (
        "returns",
        "UPDATE OF id, sale_id, currency, prices_include_tax, user_id, created_at",
        None,
        "what a return is about is never changed",
    ),
    "trg_returns_arrived": (
        "returns",
        "UPDATE OF location_id, net_minor, tax_minor, total_minor, reason",
        "OLD.status NOT IN ('requested', 'approved')",
        "a return whose goods came is never changed",
    ),
    "trg_returns_over": ("returns", "UPDATE", OVER, "a return that is over is never changed"),
    "trg_returns_status": (
        "returns",
        "UPDATE OF status",
        ILLEGAL_STEP,
        "a return does not go back to an earlier status",
    ),
    "trg_returns_delete": ("returns", "DELETE", None, "a return is never deleted"),
    "trg_return_lines_update": (
        "return_lines",
        "UPDATE",
        OF_ARRIVED,
        "a line of a return whose goods came is never changed",
    ),
    "trg_return_lines_delete": (
        "return_lines",
        "DELETE",
        OF_ARRIVED,
        "a line of a return whose goods came is never deleted",
    ),
    "trg_return_refunds_update": ("return_refunds", "UPDATE", None, "a refund is never changed"),
    "trg_return_refunds_delete": ("return_refunds", "DELETE", None, "a refund is never deleted"),
}
TABLES = ("returns", "return_lines", "return_refunds")


def upgrade() -> None:
    _create_returns()
    _create_lines()
    _create_refunds()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()
    op.add_column(
        "locations",
        sa.Column("counts_as_available", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    _seed()


def downgrade() -> None:
    locations = _locations()
    op.execute(locations.delete().where(locations.c.id == _key(QUARANTINE)))
    op.drop_column("locations", "counts_as_available")
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_return()")


def _create_returns() -> None:
    op.create_table(
        "returns",
        sa.Column("id", ULID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sale_id", ULID),
        sa.Column("series", sa.String(8)),
        sa.Column("year", sa.Integer()),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(255)),
        sa.Column("user_id", ULID),
        sa.Column("shop_name", sa.String(120)),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("approved_at", INSTANT),
        sa.Column("received_at", INSTANT),
        sa.Column("refunded_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("close_reason", sa.String(255)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_returns_sale_id"),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_returns_location_id"),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_returns_number"),
        *_rules_of_returns(),
    )
    for columns in (("created_at", "id"), ("status", "created_at", "id"),
                    ("sale_id", "created_at", "id")):  # fmt: skip
        op.create_index(f"ix_returns_{'_'.join(columns)}", "returns", list(columns))


def _rules_of_returns() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'received', 'refunded', 'rejected', 'cancelled')",
            name=op.f("ck_returns_status"),
        ),
        sa.CheckConstraint(
            "(series IS NOT NULL) = (status = 'refunded') AND (series IS NULL) = (year IS NULL)"
            " AND (series IS NULL) = (sequence IS NULL)"
            " AND (series IS NULL) = (refunded_at IS NULL)"
            " AND (series IS NULL) = (shop_name IS NULL)"
            " AND (series IS NULL) = (time_zone IS NULL)",
            name=op.f("ck_returns_number"),
        ),
        sa.CheckConstraint(
            "(received_at IS NOT NULL) = (status IN ('received', 'refunded'))",
            name=op.f("ck_returns_received_at"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status IN ('rejected', 'cancelled'))",
            name=op.f("ck_returns_closed_at"),
        ),
        sa.CheckConstraint(
            "sale_id IS NOT NULL OR reason IS NOT NULL", name=op.f("ck_returns_reason")
        ),
        sa.CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
            name=op.f("ck_returns_totals"),
        ),
    ]


def _create_lines() -> None:
    op.create_table(
        "return_lines",
        sa.Column("id", ULID, nullable=False),
        sa.Column("return_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sale_line_id", ULID),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        sa.Column("tax_code", sa.String(32), nullable=False),
        sa.Column("tax_rate_ppm", sa.Integer(), nullable=False),
        sa.Column("tracks_stock", sa.Boolean(), nullable=False),
        sa.Column("item_price_micros", sa.BigInteger(), nullable=False),
        sa.Column("item_cost_micros", sa.BigInteger()),
        sa.Column("unit_price_micros", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("refundable_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_return_lines"),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name="fk_return_lines_return_id"),
        sa.ForeignKeyConstraint(
            ["sale_line_id"], ["sale_lines.id"], name="fk_return_lines_sale_line_id"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_return_lines_product_id"),
        sa.UniqueConstraint("return_id", "position", name="uq_return_lines_return_id_position"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_return_lines_{name}"))
            for name, rule in {
                "quantity": "quantity > 0",
                "unit_price_micros": "unit_price_micros >= 0",
                "tax_rate_ppm": "tax_rate_ppm BETWEEN 0 AND 1000000",
                "disposition": "disposition IN ('restock', 'quarantine', 'scrap', 'none')",
                "totals": "net_minor >= 0 AND tax_minor >= 0"
                " AND total_minor = net_minor + tax_minor AND total_minor <= refundable_minor",
                "cost_minor": "cost_minor >= 0",
            }.items()
        ),
    )
    op.create_index("ix_return_lines_sale_line_id", "return_lines", ["sale_line_id"])
    op.create_index(
        "ix_return_lines_product_id_return_id", "return_lines", ["product_id", "return_id"]
    )


def _create_refunds() -> None:
    op.create_table(
        "return_refunds",
        sa.Column("return_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.PrimaryKeyConstraint("return_id", "position", name="pk_return_refunds"),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name="fk_return_refunds_return_id"),
        sa.CheckConstraint(
            "kind IN ('cash', 'card', 'voucher', 'other')", name=op.f("ck_return_refunds_kind")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_return_refunds_amount_minor")),
    )


def _guard_sqlite() -> None:
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgres() -> None:
    # What belongs to a return can only be told by a query, which WHEN does not allow there: the
    # function asks, for the table that has the column.
    op.execute(
        """
        CREATE FUNCTION keep_return() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'return_lines' AND TG_LEVEL = 'ROW' THEN
                IF (SELECT status FROM returns WHERE id = OLD.return_id)
                    IN ('requested', 'approved') THEN
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN ({condition})" if condition and condition != OF_ARRIVED else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION keep_return('{message}')"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER trg_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_return('{table} are never emptied')"
        )


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
    named = sa.select(locations.c.code).where(locations.c.code.like("quarantine%"))
    taken = set(op.get_bind().scalars(named))
    # The shop may have a place of its own by that code.
    codes = ("quarantine", *(f"quarantine-{number}" for number in range(2, len(taken) + 3)))
    op.bulk_insert(
        locations,
        [
            {
                "id": _key(QUARANTINE),
                "code": next(code for code in codes if code not in taken),
                "name": "Quarantine",
                "kind": "stock",
                "active": True,
                "counts_as_available": False,
                "version": 1,
            }
        ],
    )
