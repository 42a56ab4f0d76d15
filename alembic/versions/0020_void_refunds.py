"""What a void paid back by each means; of earlier ones all that was paid, for none had returns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
VERBS = {"update": "changed", "delete": "deleted"}
PAID = """
    INSERT INTO sale_refunds (sale_id, kind, position, amount_minor)
    SELECT sales.id, tender.kind, MIN(tender.position),
    SUM(tender.amount_minor - tender.change_minor)
    FROM sales JOIN sale_tenders AS tender ON tender.sale_id = sales.id
    WHERE sales.status = 'voided' AND sales.series IS NOT NULL
    GROUP BY sales.id, tender.kind
    HAVING SUM(tender.amount_minor - tender.change_minor) > 0
"""


def upgrade() -> None:
    op.create_table(
        "sale_refunds",
        sa.Column("sale_id", ULID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "kind", name="pk_sale_refunds"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_sale_refunds_sale_id"),
        sa.CheckConstraint(
            "kind IN ('cash', 'card', 'voucher', 'other')", name=op.f("ck_sale_refunds_kind")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sale_refunds_amount_minor")),
    )
    op.execute(PAID)
    postgres = op.get_bind().dialect.name == "postgresql"
    for event, done in VERBS.items():
        message = f"a refund of a void is never {done}"
        keep = (
            f"EXECUTE FUNCTION keep_posted_sale('{message}')"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        op.execute(
            f"CREATE TRIGGER trg_sale_refunds_{event} BEFORE {event.upper()} ON sale_refunds "
            f"FOR EACH ROW {keep}"
        )
    if postgres:
        op.execute(
            "CREATE TRIGGER trg_sale_refunds_truncate BEFORE TRUNCATE ON sale_refunds "
            "FOR EACH STATEMENT "
            "EXECUTE FUNCTION keep_posted_sale('sale_refunds are never emptied')"
        )


def downgrade() -> None:
    op.drop_table("sale_refunds")
