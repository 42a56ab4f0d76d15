"""Alembic's entry: the program's own way of migrating, on the database that is named."""

from __future__ import annotations

import os

from alembic import context

from app.infrastructure.db.migrations import run_environment

named = context.get_x_argument(as_dictionary=True).get("url")
run_environment(context, named or os.environ.get("STOCKBOOK_DATABASE_URL"))
