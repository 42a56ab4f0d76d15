"""An import as it is shown, with its job; read by the list, by progress and inside transactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.imports.phases import Phase
from app.application.imports.queries import ImportItem, ImportStatus, ImportView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportId
from app.domain.imports.plan import OnError
from app.domain.jobs.job import JobStatus
from app.infrastructure.db.tables.imports import COUNTERS, imports
from app.infrastructure.db.tables.jobs import jobs

_source = imports.outerjoin(jobs, jobs.c.id == imports.c.job_id)
_ITEM: tuple[ColumnElement[Any], ...] = (
    imports.c.id,
    imports.c.file_name,
    imports.c.file_size,
    imports.c.file_hash,
    imports.c.analysis["records"].as_integer().label("records"),
    *(imports.c[name] for name in COUNTERS),
    imports.c.kind,
    imports.c.dry_run,
    imports.c.plan["options"]["on_error"].as_string().label("on_error"),
    imports.c.user_id,
    imports.c.created_at,
    jobs.c.status,
    jobs.c.checkpoint["phase"].as_string().label("phase"),
    jobs.c.checkpoint[("at", 1)].as_integer().label("next_record"),
    jobs.c.cancel_requested,
    jobs.c.error,
    jobs.c.started_at,
    jobs.c.finished_at,
)


def import_items() -> Select[Any]:
    return select(*_ITEM).select_from(_source)


def read_item(row: Mapping[str, Any]) -> ImportItem:
    return ImportItem(**_fields(row))


async def read_one(connection: AsyncConnection, identifier: ImportId) -> ImportItem:
    """Return the import without what its analysis found; `NotFound` when there is none."""
    found = await connection.execute(import_items().where(imports.c.id == identifier))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound.of(ImportId.kind, identifier)
    return read_item(row)


async def read_view(connection: AsyncConnection, identifier: ImportId) -> ImportView:
    """Return the import; `NotFound` when there is none."""
    found = await connection.execute(_view(identifier))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound.of(ImportId.kind, identifier)
    return ImportView(
        **_fields(dict(row)),
        analysis=row["analysis"],
        plan=row["plan"],
        imported_before=row["imported_before"],
    )


def _view(identifier: ImportId) -> Select[Any]:
    twin = imports.alias("twin")
    before = (
        select(twin.c.id)
        .where(
            twin.c.file_hash == imports.c.file_hash,
            twin.c.id < imports.c.id,
            twin.c.job_id.is_not(None),
            twin.c.dry_run.is_(False),
        )
        .order_by(twin.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("imported_before")
    )
    return (
        import_items()
        .add_columns(imports.c.analysis, imports.c.plan, before)
        .where(imports.c.id == identifier)
    )


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    status = _status(row["status"], failed=row["failed"])
    return {
        "id": row["id"],
        "kind": row["kind"],
        "status": status,
        "phase": Phase(row["phase"]) if row["phase"] and not status.is_over else None,
        "dry_run": row["dry_run"],
        "file_name": row["file_name"],
        "file_size": row["file_size"],
        "file_hash": row["file_hash"],
        "records": row["records"],
        # Records count from 1, and the place is that of the next one.
        "records_read": (row["next_record"] or 1) - 1,
        "counts": _counts(row, status),
        "cancel_requested": bool(row["cancel_requested"]),
        "error": row["error"],
        "user_id": row["user_id"],
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
    }


def _counts(row: Mapping[str, Any], status: ImportStatus) -> dict[str, int]:
    """Return the counts; rows that are fine but wait for all others are withheld."""
    counts = {name: row[name] for name in COUNTERS}
    waits = row["on_error"] == OnError.ABORT and not row["dry_run"]
    written = status in {ImportStatus.COMPLETED, ImportStatus.COMPLETED_WITH_ERRORS}
    withheld = counts["created"] + counts["updated"] if waits and not written else 0
    if withheld:
        counts |= {"created": 0, "updated": 0}
    return counts | {"withheld": withheld}


def _status(job: str | None, *, failed: int) -> ImportStatus:
    if job is None:
        return ImportStatus.ANALYSED
    if job == JobStatus.COMPLETED and failed:
        return ImportStatus.COMPLETED_WITH_ERRORS
    return ImportStatus(job)
