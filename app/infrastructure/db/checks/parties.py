"""What must hold between suppliers and between customers, recomputed from the rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, literal, select

from app.infrastructure.db.checks.check import Check
from app.infrastructure.db.tables.parties import customers, suppliers


def _chains(parties: Table) -> Select[Any]:
    """Select those that were merged into one that was merged itself."""
    into = parties.alias("into")
    return select(
        parties.c.id.label("party_id"),
        literal("a party of its own").label("expected"),
        literal("a merged one").label("found"),
    ).where(into.c.id == parties.c.merged_into_id, into.c.merged_into_id.is_not(None))


PARTY_CHECKS = tuple(
    Check(
        f"merged_{table.name}",
        f"What {table.name} were merged into was not merged itself.",
        _chains(table),
    )
    for table in (suppliers, customers)
)
