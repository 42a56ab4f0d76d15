"""Locations as a tree: a site with its areas and bins.

Every place that there is stands at the top.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("locations") as locations:
        locations.add_column(sa.Column("parent_id", ULID))
        locations.create_foreign_key("fk_locations_parent_id", "locations", ["parent_id"], ["id"])
    op.create_index("ix_locations_parent_id", "locations", ["parent_id"])


def downgrade() -> None:
    op.drop_index("ix_locations_parent_id", "locations")
    with op.batch_alter_table("locations") as locations:
        locations.drop_constraint("fk_locations_parent_id", type_="foreignkey")
        locations.drop_column("parent_id")
