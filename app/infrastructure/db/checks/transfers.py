"""Checks of transfers: what moved against what the lines say, what is in transit, numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.domain.inventory.locations import SCRAP_ID, TRANSIT_ID
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.transfer import TRANSFER_SERIES, TransferStatus
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from app.infrastructure.db.tables.transfers import transfer_lines, transfers

_transfer, _line = transfers.c, transfer_lines.c
_moved, _level = stock_movements.c, stock_levels.c


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


_SETTLED = (
    _plain(_line.received) + _plain(_line.rejected) + _plain(_line.lost) + _plain(_line.returned)
)
_LEFT = _plain(_line.quantity) - _SETTLED
_LEAVES = _moved.source_id == _transfer.source_id
_LEAVES_TRANSIT = _moved.source_id == TRANSIT_ID
_SET_ASIDE = and_(
    _LEAVES_TRANSIT, _moved.target_id != _transfer.target_id, _moved.target_id != SCRAP_ID
)


def _lines(written: ColumnElement[int], which: ColumnElement[bool]) -> Select[Any]:
    """Set a figure of each line beside what moved for it in these ways."""
    total = func.coalesce(func.sum(case((which, _plain(_moved.quantity)), else_=0)), 0)
    return (
        select(
            _line.transfer_id,
            _line.id.label("line_id"),
            written.label("expected"),
            total.label("found"),
        )
        .join_from(transfer_lines, transfers, _transfer.id == _line.transfer_id)
        .join(
            stock_movements,
            and_(
                _moved.document_kind == DocumentKind.TRANSFER.value,
                _moved.document_id == _line.transfer_id,
                _moved.line_id == _line.id,
                _moved.product_id == _line.product_id,
            ),
            isouter=True,
        )
        .group_by(_line.transfer_id, _line.id, written)
        .having(total != written)
    )


def _in_transit() -> Select[Any]:
    """Set what lies in transit beside what transfers have there."""
    none = literal(0, BigInteger)
    parts = union_all(
        select(_line.product_id, _LEFT.label("under_way"), none.label("held")),
        select(_level.product_id, none, _plain(_level.on_hand)).where(
            _level.location_id == TRANSIT_ID
        ),
    ).subquery("parts")
    under_way, held = func.sum(parts.c.under_way), func.sum(parts.c.held)
    return (
        select(parts.c.product_id, under_way.label("expected"), held.label("found"))
        .group_by(parts.c.product_id)
        .having(under_way != held)
    )


def _statuses() -> Select[Any]:
    """Set the status of each transfer beside the one that its lines come to."""
    expected = case(
        (func.sum(_LEFT) > 0, TransferStatus.IN_TRANSIT.value),
        (func.sum(_plain(_line.returned)) > 0, TransferStatus.CANCELLED.value),
        (func.sum(_plain(_line.lost)) > 0, TransferStatus.CLOSED.value),
        else_=TransferStatus.RECEIVED.value,
    )
    return (
        select(
            _transfer.id.label("transfer_id"),
            expected.label("expected"),
            _transfer.status.label("found"),
        )
        .join_from(transfers, transfer_lines, _line.transfer_id == _transfer.id, isouter=True)
        .group_by(_transfer.id, _transfer.status)
        .having(or_(expected != _transfer.status, func.count(_line.id) == 0))
    )


def _audited() -> Select[Any]:
    """Set the audit rows of each transfer beside its steps, of which each raises the version."""
    rows = func.count(audit_log.c.id)
    return (
        select(
            _transfer.id.label("transfer_id"),
            _transfer.version.label("expected"),
            rows.label("found"),
        )
        .join_from(
            transfers,
            audit_log,
            and_(
                audit_log.c.object_id == _transfer.id,
                audit_log.c.object_kind == DocumentKind.TRANSFER.value,
            ),
            isouter=True,
        )
        .group_by(_transfer.id, _transfer.version)
        .having(rows != _transfer.version)
    )


TRANSFER_CHECKS = (
    Check(
        "transfer_sent",
        "Of every line of a transfer what it says left, once.",
        _lines(_plain(_line.quantity), _LEAVES),
        quantity,
    ),
    Check(
        "transfer_received",
        "Of every line what was received came to where it was sent.",
        _lines(_plain(_line.received), _moved.target_id == _transfer.target_id),
        quantity,
    ),
    Check(
        "transfer_lost",
        "Of every line what was lost was written off.",
        _lines(_plain(_line.lost), _moved.target_id == SCRAP_ID),
        quantity,
    ),
    Check(
        "transfer_set_aside",
        "Of every line what was rejected or returned lies in quarantine or went back.",
        _lines(_plain(_line.rejected) + _plain(_line.returned), _SET_ASIDE),
        quantity,
    ),
    Check(
        "transfer_beyond",
        "Of no line more became something than was sent.",
        select(
            _line.transfer_id,
            _line.id.label("line_id"),
            _plain(_line.quantity).label("expected"),
            _SETTLED.label("found"),
        ).where(_LEFT < 0),
        quantity,
    ),
    Check(
        "transfer_in_transit",
        "What lies in transit is what transfers have there.",
        _in_transit(),
        quantity,
    ),
    Check(
        "transfer_statuses",
        "The status of a transfer is what its lines come to.",
        _statuses(),
    ),
    Check(
        "transfer_numbers",
        "Transfers are numbered without gaps.",
        gaps(transfers, [TRANSFER_SERIES]),
    ),
    Check(
        "orphan_movements_transfer",
        "Every movement of the kind transfer has its transfer and line.",
        orphans(
            DocumentKind.TRANSFER,
            select(_line.id).where(
                _line.id == _moved.line_id, _line.transfer_id == _moved.document_id
            ),
        ),
    ),
    Check("transfer_audit", "Every step of a transfer has an audit row.", _audited()),
)
