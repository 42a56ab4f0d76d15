"""`stockbook migrate`: bring the database up to the schema of this program."""

from __future__ import annotations

import typer

from app.bootstrap import DatabaseFault, migrate_database, schema_of
from app.cli import terminal


def migrate() -> None:
    """Bring the database up to the newest schema; safe to run at any time and twice."""
    settings = terminal.settings()
    try:
        before = schema_of(settings)
        after = before if before.is_current else migrate_database(settings)
    except DatabaseFault as fault:
        terminal.fail(str(fault))
    if before.is_current:
        typer.echo(f"The database is at schema {after.current}; nothing to do.")
    else:
        typer.echo(f"Migrated from {before.current or 'nothing'} to {after.current}.")
