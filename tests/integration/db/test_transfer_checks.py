"""The checks of transfers find nothing in a healthy shop, and each kind of damage by its name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.application.services import Services
from app.domain.common.identifiers import MovementId, ProductId
from app.domain.inventory.locations import MAIN_ID, TRANSIT_ID
from app.domain.inventory.transfer import ExceedsTransit, Part
from app.infrastructure.db.checks.transfers import TRANSFER_CHECKS
from app.infrastructure.db.tables.foundation import audit_log, document_counters
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from app.infrastructure.db.tables.transfers import transfer_lines, transfers
from tests.fixtures.till import Json, Till
from tests.fixtures.transferring import Van, of

GUARDED = ("transfers", "transfer_lines", "stock_movements", "audit_log")
WALLS = (
    ("transfer_lines", "ck_transfer_lines_settled"),
    ("transfers", "ck_transfers_finished_at"),
)
STRAY = MovementId(int=1)


async def busy_day(till: Till, van: Van) -> tuple[ProductId, Json]:
    """Transfers of every kind; the last one is under way, with some of everything."""
    tea = await till.product("TEA", on_hand="40", value_minor=133_33)
    await van.sent(of(tea, "4"), through_transit=False)
    for verb, body in (("receive", {}), ("close", {"reason": "theft"}), ("cancel", {})):
        sent = await van.sent(of(tea, "2"), of(tea, "3"))
        await van.receive(sent, {"received": "1"}, {"rejected": "1"})
        assert (await van.step(sent, verb, body)).status_code == 200
    last = await van.sent(of(tea, "9"))
    some = {"received": "2", "rejected": "1", "lost": "1"}
    assert (await van.receive(last, some, reason="damage")).status_code == 200
    return tea, last


async def damaged(till: Till, *statements: Any) -> None:
    """Do what the guards of the tables would refuse."""
    async with till.stock.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.run_sync(_drop_guards)
        for statement in statements:
            await connection.execute(statement)
        await connection.commit()


def _drop_guards(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for table, name in WALLS:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"))
        return
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in triggers.all():
        if any(table in name for table in GUARDED):
            connection.execute(text(f"DROP TRIGGER {name}"))


async def findings(services: Services) -> set[str]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    names = {check.name for check in found.checks if check.findings}
    return names - {"orphan_movements_adjustment"}


def shift(where: Any, column: str, by: int) -> tuple[Any, Any]:
    """Add to a column of the lines, and take it away again."""
    there, back = (
        update(transfer_lines).where(where).values({column: text(f"{column} + {change}")})
        for change in (by, -by)
    )
    return there, back


async def test_each_damage_is_found(till: Till, van: Van, services: Services) -> None:
    tea, last = await busy_day(till, van)
    assert await findings(services) == set()
    (document,) = [row for row in await till.rows(transfers) if str(row["id"]) == last["id"]]
    line = transfer_lines.c.transfer_id == document["id"]
    header = transfers.c.id == document["id"]
    of_last = [
        row
        for row in await till.rows(stock_movements)
        if row["document_id"] == document["id"] and row["source_id"] == MAIN_ID
    ]
    stray = dict(of_last[0]) | {"id": STRAY, "document_id": STRAY, "line_id": STRAY,
                                "source_id": van.there, "target_id": MAIN_ID}  # fmt: skip
    under_way = (stock_levels.c.product_id == tea) & (stock_levels.c.location_id == TRANSIT_ID)
    audited = (audit_log.c.object_id == document["id"]) & (
        audit_log.c.action == "transfer.received"
    )
    of_series = document_counters.c.series == "TR"
    rest = {"transfer_in_transit"}
    damages: list[tuple[Any, Any, set[str]]] = [
        (*shift(line, "quantity", 1000), {"transfer_sent"} | rest),
        (*shift(line, "received", 1000), {"transfer_received"} | rest),
        (*shift(line, "rejected", 1000), {"transfer_set_aside"} | rest),
        (*shift(line, "returned", 1000), {"transfer_set_aside"} | rest),
        (*shift(line, "lost", 1000), {"transfer_lost"} | rest),
        (
            *shift(line, "lost", 6000),
            {"transfer_lost", "transfer_beyond", "transfer_statuses"} | rest,
        ),
        (
            update(stock_levels).where(under_way).values(on_hand=text("on_hand + 1000")),
            update(stock_levels).where(under_way).values(on_hand=text("on_hand - 1000")),
            {"stock_levels"} | rest,
        ),
        (
            update(transfers).where(header).values(status="received"),
            update(transfers).where(header).values(status="in_transit"),
            {"transfer_statuses"},
        ),
        (
            update(document_counters).where(of_series).values(last=text("last + 1")),
            update(document_counters).where(of_series).values(last=text("last - 1")),
            {"transfer_numbers"},
        ),
        (
            update(audit_log).where(audited).values(object_kind="x"),
            update(audit_log).where(audit_log.c.object_kind == "x").values(object_kind="transfer"),
            {"transfer_audit"},
        ),
        (
            insert(stock_movements).values(stray),
            delete(stock_movements).where(stock_movements.c.id == STRAY),
            {"orphan_movements_transfer", "stock_levels"},
        ),
    ]

    for damage, repair, names in damages:
        await damaged(till, damage)
        assert await findings(services) == names, str(damage)
        await damaged(till, repair)
        assert await findings(services) == set(), str(repair)
    assert {check.name for check in TRANSFER_CHECKS} <= {
        n for _, _, names in damages for n in names
    }


async def test_transfers_that_are_over_are_kept_as_they_are(till: Till, van: Van) -> None:
    await busy_day(till, van)
    rows = [await till.rows(table) for table in (transfers, transfer_lines)]
    over, under_way = transfers.c.status != "in_transit", transfers.c.status == "in_transit"
    of_over = transfer_lines.c.transfer_id.in_(select(transfers.c.id).where(over))
    of_under_way = transfer_lines.c.transfer_id.in_(select(transfers.c.id).where(under_way))
    forbidden = [
        *(
            update(transfers).where(over).values({name: transfers.c[name]})
            for name in ("status", "finished_at", "version")
        ),
        *(
            update(transfers).where(under_way).values({name: transfers.c[name]})
            for name in ("series", "sequence", "source_id", "target_id", "note", "occurred_at")
        ),
        *(
            update(transfer_lines).where(of_under_way).values({name: transfer_lines.c[name]})
            for name in ("transfer_id", "product_id", "sku", "quantity")
        ),
        update(transfer_lines).where(of_under_way).values(received=text("received - 1")),
        update(transfer_lines).where(of_over).values(lost=transfer_lines.c.lost),
        delete(transfers),
        delete(transfer_lines),
    ]

    for statement in forbidden:
        with pytest.raises(DBAPIError, match="never"):
            async with till.stock.engine.begin() as connection:
                await connection.execute(statement)
    assert [await till.rows(table) for table in (transfers, transfer_lines)] == rows


async def test_lines_take_no_more_than_was_sent_whoever_asks(till: Till, van: Van) -> None:
    """The guard of the update itself, behind the lock that keeps two from coming that far."""
    tea = await till.product("TEA", on_hand="9", value_minor=9_00)
    await van.sent(of(tea, "4"))
    (row,) = await till.rows(transfers)

    async with till.stock.work() as work:
        transfer = await work.transfers.get(row["id"])
        (line,) = transfer.lines
        with pytest.raises(ExceedsTransit):
            await work.transfers.save_step(
                transfer, {line.id: Part(received=line.quantity, lost=line.quantity)}
            )

    (kept,) = await till.rows(transfer_lines)
    assert (str(kept["received"]), str(kept["lost"])) == ("0.000", "0.000")
