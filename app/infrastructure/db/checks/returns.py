"""Checks of returns: against what was sold and paid, their sums, numbers, and what moved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from app.domain.inventory.movement import DocumentKind
from app.domain.returns.line import Disposition
from app.domain.returns.sales_return import BROUGHT, LIVE, RETURNS_SERIES, ReturnStatus
from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns
from app.infrastructure.db.tables.sales import sale_lines, sale_tenders, sales

_return, _line, _refund = returns.c, return_lines.c, return_refunds.c
_sold, _tender, _moved = sale_lines.c, sale_tenders.c, stock_movements.c
_IS_LIVE = _return.status.in_([status.value for status in LIVE])
_IS_BROUGHT = _return.status.in_([status.value for status in BROUGHT])
_MOVES = and_(_IS_BROUGHT, _line.tracks_stock, _line.disposition != Disposition.NONE.value)


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _beyond_sale(back: ColumnElement[int], sold: ColumnElement[int]) -> Select[Any]:
    """Sum up what returns hold of each line of a sale, beside what the line has of it.

    What is back whole comes to the whole figure; a part to no more than that.
    """
    total = func.sum(back)
    pieces = func.sum(_plain(_line.quantity))
    return (
        select(
            _sold.sale_id,
            _sold.id.label("line_id"),
            sold.label("expected"),
            total.label("found"),
        )
        .join_from(sale_lines, return_lines, _line.sale_line_id == _sold.id)
        .join(returns, and_(_return.id == _line.return_id, _IS_LIVE))
        .group_by(_sold.sale_id, _sold.id, sold, _sold.quantity)
        .having(or_(total > sold, and_(pieces == _plain(_sold.quantity), total != sold)))
    )


def _beyond_paid(back: ColumnElement[int], sold: ColumnElement[int]) -> Select[Any]:
    """Find lines of sales for which more is paid back than was paid: less may be, for a fee."""
    total = func.sum(back)
    return (
        select(
            _sold.sale_id,
            _sold.id.label("line_id"),
            sold.label("expected"),
            total.label("found"),
        )
        .join_from(sale_lines, return_lines, _line.sale_line_id == _sold.id)
        .join(returns, and_(_return.id == _line.return_id, _IS_LIVE))
        .group_by(_sold.sale_id, _sold.id, sold)
        .having(total > sold)
    )


def _totals(name: str) -> Select[Any]:
    """Set a figure of the return beside the sum of its lines'."""
    summed, written = func.coalesce(func.sum(_line[name]), 0), _return[name]
    return (
        select(
            _return.id.label("return_id"),
            literal(name).label("figure"),
            summed.label("expected"),
            written.label("found"),
        )
        .join_from(returns, return_lines, _line.return_id == _return.id, isouter=True)
        .group_by(_return.id, written)
        .having(summed != written)
    )


def _refunds() -> Select[Any]:
    """Set what was paid back beside the total; nothing is for what has no number."""
    paid = func.coalesce(func.sum(_refund.amount_minor), 0)
    due = case((_return.series.is_not(None), _return.total_minor), else_=0)
    return (
        select(_return.id.label("return_id"), due.label("expected"), paid.label("found"))
        .join_from(returns, return_refunds, _refund.return_id == _return.id, isouter=True)
        .group_by(_return.id, due)
        .having(paid != due)
    )


def _tenders() -> Select[Any]:
    """Set what was paid back of a sale by each means beside what it brought."""
    back = (
        select(_return.sale_id, _refund.kind, func.sum(_refund.amount_minor).label("refunded"))
        .join_from(returns, return_refunds, _refund.return_id == _return.id)
        .where(_return.sale_id.is_not(None))
        .group_by(_return.sale_id, _refund.kind)
        .subquery("back")
    )
    kept = func.coalesce(func.sum(_tender.amount_minor - _tender.change_minor), 0)
    return (
        select(back.c.sale_id, back.c.kind, kept.label("expected"), back.c.refunded.label("found"))
        .join_from(
            back,
            sale_tenders,
            and_(_tender.sale_id == back.c.sale_id, _tender.kind == back.c.kind),
            isouter=True,
        )
        .group_by(back.c.sale_id, back.c.kind, back.c.refunded)
        .having(back.c.refunded > kept)
    )


def _lines(due: ColumnElement[Any], moved: ColumnElement[Any]) -> Select[Any]:
    """Set each line beside what moved for it."""
    expected = case((_MOVES, due), else_=0)
    total = func.coalesce(moved, 0)
    return (
        select(
            _line.return_id,
            _line.id.label("line_id"),
            expected.label("expected"),
            total.label("found"),
        )
        .join_from(return_lines, returns, _return.id == _line.return_id)
        .join(
            stock_movements,
            and_(
                _moved.document_kind == DocumentKind.RETURN.value,
                _moved.document_id == _line.return_id,
                _moved.line_id == _line.id,
                _moved.product_id == _line.product_id,
            ),
            isouter=True,
        )
        .group_by(_line.return_id, _line.id, expected)
        .having(or_(total != expected, expected.is_(None)))
    )


def _of_unsold() -> Select[Any]:
    """Find returns of drafts, and open ones of voided sales: a void lets stand what is over."""
    over = and_(
        sales.c.status == SaleStatus.VOIDED.value,
        sales.c.series.is_not(None),
        _return.status == ReturnStatus.REFUNDED.value,
    )
    return (
        select(
            _return.id.label("return_id"),
            literal(SaleStatus.COMPLETED.value).label("expected"),
            sales.c.status.label("found"),
        )
        .join_from(returns, sales, sales.c.id == _return.sale_id)
        .where(_IS_LIVE, sales.c.status != SaleStatus.COMPLETED.value, ~over)
    )


def _unaudited() -> Select[Any]:
    audited = exists().where(
        audit_log.c.object_id == _return.id,
        audit_log.c.object_kind == "return",
        audit_log.c.action == "return.refunded",
    )
    return select(
        _return.id.label("return_id"),
        literal("an audit row").label("expected"),
        literal(None).label("found"),
    ).where(_return.series.is_not(None), ~audited)


def _undated() -> Select[Any]:
    """Find credit notes that count at no time, or earlier than they happened."""
    return select(
        _return.id.label("return_id"),
        _return.occurred_at.label("expected"),
        _return.posted_at.label("found"),
    ).where(
        _return.series.is_not(None),
        or_(_return.posted_at.is_(None), _return.posted_at < _return.occurred_at),
    )


RETURNS_CHECKS = (
    Check(
        "return_of_sale",
        "Of no line of a sale more comes back than was sold.",
        _beyond_sale(_plain(_line.quantity), _plain(_sold.quantity)),
        quantity,
    ),
    Check(
        "return_refundable",
        "Parts of a line of a sale come to what was paid for it, no more before all is back.",
        _beyond_sale(_line.refundable_minor, _sold.total_minor),
    ),
    Check(
        "return_cost_of_sale",
        "Parts of a line of a sale cost what its goods cost, no more before all is back.",
        _beyond_sale(func.coalesce(_line.cost_minor, 0), func.coalesce(_sold.cost_minor, 0)),
    ),
    *(
        Check(
            f"return_paid_{name}",
            f"Of no line of a sale more {name} is paid back than was paid.",
            _beyond_paid(_line[f"{name}_minor"], _sold[f"{name}_minor"]),
        )
        for name in ("net", "tax")
    ),
    *(
        Check(
            f"return_{name}",
            f"The {name} of a return is the sum of its lines'.",
            _totals(f"{name}_minor"),
        )
        for name in ("net", "tax", "total")
    ),
    Check("return_refunds", "What a return paid back is its total.", _refunds()),
    Check(
        "return_tenders",
        "By no means more is paid back of a sale than it brought.",
        _tenders(),
    ),
    Check(
        "return_numbers",
        "Credit notes are numbered without gaps.",
        gaps(returns, [RETURNS_SERIES]),
    ),
    Check(
        "return_movements",
        "For every line whose goods came there is one movement, for others none.",
        _lines(literal(1), func.count(_moved.id)),
    ),
    Check(
        "return_quantities",
        "For every line whose goods came its quantity moved.",
        _lines(_plain(_line.quantity), func.sum(_plain(_moved.quantity))),
        quantity,
    ),
    Check(
        "return_costs",
        "The cost of a line is the value at which its goods came in.",
        _lines(_line.cost_minor, func.sum(_moved.value_minor)),
    ),
    Check(
        "orphan_movements_return",
        "Every movement of the kind return has its return and line.",
        orphans(
            DocumentKind.RETURN,
            select(_line.id).where(
                _line.id == _moved.line_id, _line.return_id == _moved.document_id
            ),
        ),
    ),
    Check(
        "return_sales",
        "Nothing comes back of a draft, and of a voided sale only what did before.",
        _of_unsold(),
    ),
    Check("return_dates", "Every credit note counts when it happened, or later.", _undated()),
    Check("return_audit", "Every credit note has an audit row.", _unaudited()),
)
