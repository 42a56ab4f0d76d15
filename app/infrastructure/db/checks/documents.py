"""Checks of documents as wholes: their parts, what was written down of them, and their steps.

The audit log is the history of a document: a row is written in the transaction of each step and
never changes. Steps are counted, not put in order, since clocks of machines may differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.domain.inventory.document import SERIES
from app.domain.returns.sales_return import ReturnStatus
from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.checks.check import Check
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import (
    stock_document_lines,
    stock_documents,
    stock_movements,
)
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns
from app.infrastructure.db.tables.sales import sale_lines, sale_tenders, sales

# Beyond this the rounding of a line does not fit in 64 bits.
_LARGEST_CHECKED = 10**12
_WHOLE = literal(1_000_000, BigInteger)
_TWO = literal(2, BigInteger)

# Each part of a document, and where it belongs.
_PARTS: Mapping[Table, tuple[ColumnElement[Any], Table]] = {
    sale_lines: (sale_lines.c.sale_id, sales),
    sale_tenders: (sale_tenders.c.sale_id, sales),
    return_lines: (return_lines.c.return_id, returns),
    return_refunds: (return_refunds.c.return_id, returns),
    stock_document_lines: (stock_document_lines.c.document_id, stock_documents),
}
# What was posted, and the lines that it must have.
_POSTED: Mapping[Table, tuple[ColumnElement[bool], ColumnElement[Any]]] = {
    sales: (sales.c.series.is_not(None), sale_lines.c.sale_id),
    returns: (returns.c.series.is_not(None), return_lines.c.return_id),
    stock_documents: (stock_documents.c.series.is_not(None), stock_document_lines.c.document_id),
}
# Each step that is written down, and the document that has taken it.
_STEPS: Mapping[str, ColumnElement[bool]] = {
    "sale.completed": and_(sales.c.id == audit_log.c.object_id, sales.c.series.is_not(None)),
    "sale.voided": and_(
        sales.c.id == audit_log.c.object_id, sales.c.status == SaleStatus.VOIDED.value
    ),
    **{
        f"return.{status.value}": and_(
            returns.c.id == audit_log.c.object_id, returns.c.status == status.value
        )
        for status in (ReturnStatus.REFUNDED, ReturnStatus.REJECTED, ReturnStatus.CANCELLED)
    },
    **{
        f"{kind.value}.posted": and_(
            stock_documents.c.id == audit_log.c.object_id, stock_documents.c.kind == kind.value
        )
        for kind in SERIES
    },
}


def _without_parent() -> Select[Any]:
    """Find lines, tenders and refunds whose document is not there."""
    found = union_all(
        *(
            select(
                literal(part.name).label("part"),
                parent_id.label("document_id"),
                literal("a document").label("expected"),
                literal(None).label("found"),
            ).where(~exists().where(parent.c.id == parent_id))
            for part, (parent_id, parent) in _PARTS.items()
        )
    ).subquery("found")
    return select(found)


def _without_lines() -> Select[Any]:
    found = union_all(
        *(
            select(
                literal(table.name).label("documents"),
                table.c.id.label("document_id"),
                literal("lines").label("expected"),
                literal(None).label("found"),
            ).where(is_posted, ~exists().where(line_of == table.c.id))
            for table, (is_posted, line_of) in _POSTED.items()
        )
    ).subquery("found")
    return select(found)


def _not_taken() -> Select[Any]:
    """Find steps that are written down of a document which did not take them."""
    return select(
        audit_log.c.id.label("audit_id"),
        audit_log.c.action.label("expected"),
        literal(None).label("found"),
    ).where(
        audit_log.c.action.in_(list(_STEPS)),
        not_(
            or_(
                *(
                    and_(audit_log.c.action == action, exists().where(taken))
                    for action, taken in _STEPS.items()
                )
            )
        ),
    )


def _steps(table: Table, kind: str, due: Mapping[str, ColumnElement[bool]]) -> Select[Any]:
    """Count the rows of each step beside whether the document is where the step leads."""
    parts = []
    for action, taken in due.items():
        rows = (
            select(func.count())
            .where(
                audit_log.c.object_kind == kind,
                audit_log.c.object_id == table.c.id,
                audit_log.c.action == action,
            )
            .correlate(table)
            .scalar_subquery()
        )
        expected = case((taken, 1), else_=0)
        parts.append(
            select(
                table.c.id.label(f"{kind}_id"),
                literal(action).label("step"),
                expected.label("expected"),
                cast(rows, Integer).label("found"),
            ).where(expected != rows)
        )
    found = union_all(*parts).subquery("found")
    return select(found)


def _line_taxes() -> Select[Any]:
    """Round the tax of each line anew: half away from nothing, once."""
    line, rate = sale_lines.c, type_coerce(sale_lines.c.tax_rate_ppm, BigInteger)
    added = (_TWO * line.net_minor * rate + _WHOLE) // (_TWO * _WHOLE)
    with_tax = _WHOLE + rate
    net = (_TWO * line.total_minor * _WHOLE + with_tax) // (_TWO * with_tax)
    due = case((sales.c.prices_include_tax, line.total_minor - net), else_=added)
    return (
        select(
            line.sale_id,
            line.id.label("line_id"),
            due.label("expected"),
            line.tax_minor.label("found"),
        )
        .join_from(sale_lines, sales, sales.c.id == line.sale_id)
        .where(line.total_minor < _LARGEST_CHECKED, due != line.tax_minor)
    )


def _reversed_elsewhere() -> Select[Any]:
    original = stock_movements.alias("original")
    moved = stock_movements.c
    return (
        select(
            moved.id.label("movement_id"),
            original.c.document_id.label("expected"),
            moved.document_id.label("found"),
        )
        .join_from(stock_movements, original, original.c.id == moved.reverses_id)
        .where(
            or_(
                original.c.document_kind != moved.document_kind,
                original.c.document_id != moved.document_id,
                original.c.line_id != moved.line_id,
                original.c.reverses_id.is_not(None),
            )
        )
    )


DOCUMENT_CHECKS = (
    Check("orphan_lines", "Lines, tenders and refunds have their document.", _without_parent()),
    Check("empty_documents", "What is posted has lines.", _without_lines()),
    Check("sale_line_taxes", "The tax of a line of a sale is rounded once.", _line_taxes()),
    Check(
        "reversal_documents",
        "A movement is reversed by its own document, and a reversal never.",
        _reversed_elsewhere(),
    ),
    Check(
        "sale_steps",
        "A sale took each step that its status tells of once, and no other.",
        _steps(
            sales,
            "sale",
            {
                "sale.completed": sales.c.series.is_not(None),
                "sale.voided": sales.c.status == SaleStatus.VOIDED.value,
            },
        ),
    ),
    Check(
        "return_steps",
        "A return ended once, in the way that its status tells.",
        _steps(
            returns,
            "return",
            {
                f"return.{status.value}": returns.c.status == status.value
                for status in (
                    ReturnStatus.REFUNDED,
                    ReturnStatus.REJECTED,
                    ReturnStatus.CANCELLED,
                )
            },
        ),
    ),
    Check("audited_steps", "What is written down of a document took place.", _not_taken()),
)
