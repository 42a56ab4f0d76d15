"""What a database holds, as texts that can be compared: one line for each thing, sorted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.fixtures.databases import Database

T = TypeVar("T")

# An extension's own objects, and the table that counts the migrations, are not ours.
POSTGRES = """
    WITH ours AS (
        SELECT c.oid, c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    )
    SELECT 'column ' || o.relname || '.' || a.attname || ' '
        || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN l.collname <> 'default' THEN ' collate ' || l.collname ELSE '' END
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE o.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT 'constraint ' || o.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid WHERE k.contype NOT IN ('n', 't')
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(i.indexrelid)
    FROM ours o JOIN pg_index i ON i.indrelid = o.oid
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(g.oid)
    FROM ours o JOIN pg_trigger g ON g.tgrelid = o.oid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'sequence ' || o.relname FROM ours o WHERE o.relkind = 'S'
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
SQLITE = """
    SELECT type, name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'alembic_version%' AND name NOT LIKE 'sqlite_%'
"""
# A rule that is written with its column is one of the table all the same.
COLUMN_RULE = re.compile(
    r"(?P<column>(?P<name>\w+) \w+) (?P<rule>CONSTRAINT \w+) (?P<to>(REFERENCES|CHECK) .+)"
)
TABLE = re.compile(r"CREATE TABLE \S+ \((?P<body>.*)\)", re.DOTALL)


def schema_of(database: Database) -> list[str]:
    """Return every column, constraint, index, trigger, view and function."""
    return on(database, _lines)


def seeds_of(database: Database) -> dict[str, int]:
    """Return how many rows each table holds that holds any."""
    return on(database, _counts)


def on(database: Database, step: Callable[[Connection], T]) -> T:
    """Run a step on a connection and a loop of its own, and commit."""

    async def connected() -> T:
        engine = create_async_engine(database.url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(step)
        finally:
            await engine.dispose()

    return asyncio.run(connected())


def _lines(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        return sorted(connection.execute(text(POSTGRES)).scalars())
    lines: list[str] = []
    for kind, name, sql in connection.execute(text(SQLITE)):
        lines += [f"{kind} {name} {part}" for part in _parts(sql)]
    return sorted(lines)


def _parts(sql: str) -> list[str]:
    """Take a table apart into columns and constraints, whose order says nothing."""
    table = TABLE.fullmatch(sql.strip())
    parts = [sql] if table is None else _split(table["body"])
    return [line for part in parts for line in _apart(" ".join(part.split()))]


def _apart(part: str) -> list[str]:
    found = COLUMN_RULE.fullmatch(part)
    if found is None:
        return [part]
    if found["to"].startswith("CHECK"):
        return [found["column"], f"{found['rule']} {found['to']}"]
    return [found["column"], f"{found['rule']} FOREIGN KEY({found['name']}) {found['to']}"]


def _split(body: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth = [""], 0
    for sign in body:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _counts(connection: Connection) -> dict[str, int]:
    tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    counts = {
        table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        for table in tables
    }
    return {table: count for table, count in counts.items() if count}
