"""${message}.

Say here what the step brings. A step must hold while the program of the step before still runs:
- add a column as nullable or with a server default; fill it in batches, and set NOT NULL later;
- drop or rename in two releases: first no code uses it, then it goes;
- on a large Postgres table make an index with `postgresql_concurrently=True` inside
  `with op.get_context().autocommit_block():`;
- name every constraint and index, in the table's model as here; SQLite changes a table by
  `with op.batch_alter_table(...)`, which drops its triggers: make them again;
- write the way down; tests walk every step up, down and up on both databases, and compare the
  tables with the models.
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
