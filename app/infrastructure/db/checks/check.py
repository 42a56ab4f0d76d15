"""What a check is, and the verifier that runs them all at one instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.inventory.verification import CheckResult, Finding, Verification
from app.domain.common.decimals import decimal_text
from app.infrastructure.db.reads import Reads

MOST_FINDINGS = 100
_TIMEOUT_MS = 600_000


def number(value: Any) -> str:
    """Show a count, an amount in minor units, or a word; sums come as decimals from Postgres."""
    return "nothing" if value is None else str(value)


def quantity(value: Any) -> str:
    """Show thousandths as the quantity they are."""
    return "nothing" if value is None else decimal_text(int(value), places=3, at_least=3)


@dataclass(frozen=True, slots=True)
class Check:
    """A query that finds nothing in a healthy shop.

    It selects `expected` and `found`; whatever else it selects says what the finding is about.
    """

    name: str
    description: str
    query: Select[Any]
    show: Callable[[Any], str] = number

    async def run(self, connection: AsyncConnection) -> CheckResult:
        rows = (await connection.execute(self.query.limit(MOST_FINDINGS + 1))).mappings().all()
        return CheckResult(
            name=self.name,
            description=self.description,
            findings=tuple(self._finding(row) for row in rows[:MOST_FINDINGS]),
            more=len(rows) > MOST_FINDINGS,
        )

    def _finding(self, row: RowMapping) -> Finding:
        subject = {
            str(name): number(value)
            for name, value in row.items()
            if name not in ("expected", "found")
        }
        return Finding(
            subject=subject, expected=self.show(row["expected"]), found=self.show(row["found"])
        )


class SqlVerifier:
    def __init__(self, reads: Reads, *, checks: Sequence[Check]) -> None:
        self._reads = reads
        self._checks = tuple(checks)

    @property
    def size(self) -> int:
        return len(self._checks)

    async def verify(self, *, after_each: Callable[[], None] | None = None) -> Verification:
        results: list[CheckResult] = []
        # One snapshot: a sale that is posted meanwhile is in all of the sums or in none.
        async with self._reads.snapshot() as connection:
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_TIMEOUT_MS}")
                # All is read, so tables are joined whole. Left to itself the planner looks each
                # line of half a million up by a part of its key: minutes instead of a second.
                await connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
            for check in self._checks:
                results.append(await check.run(connection))
                if after_each is not None:
                    after_each()
        return Verification(tuple(results))
