"""Checks of purchases: what came and went back against movements, tolerance, status, numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
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
from app.domain.purchases.order import OPEN, PURCHASES_SERIES, PurchaseStatus
from app.domain.purchases.supplier_return import SUPPLIER_RETURNS_SERIES
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import (
    stock_document_lines,
    stock_documents,
    stock_movements,
)
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
    supplier_return_lines,
    supplier_returns,
)

_order, _line, _came = purchases.c, purchase_lines.c, purchase_receipt_lines.c
_back, _moved = supplier_return_lines.c, stock_movements.c
_IS_OPEN = _order.status.in_([status.value for status in OPEN])


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


_RECEIVED, _ORDERED = _plain(_line.received), _plain(_line.ordered)


def _came_of_lines(part: ColumnElement[int], written: ColumnElement[int]) -> Select[Any]:
    """Set a figure of each line of an order beside the sum over what came of it."""
    total = func.coalesce(func.sum(part), 0)
    return (
        select(
            _line.purchase_id,
            _line.id.label("line_id"),
            total.label("expected"),
            written.label("found"),
        )
        .join_from(
            purchase_lines,
            purchase_receipt_lines,
            _came.purchase_line_id == _line.id,
            isouter=True,
        )
        .group_by(_line.purchase_id, _line.id, written)
        .having(total != written)
    )


def _moved_of_receipts() -> Select[Any]:
    """Set what came of a line to a place beside what moved there for it."""
    total = func.coalesce(func.sum(_plain(_moved.quantity)), 0)
    came = _plain(_came.quantity)
    return (
        select(
            stock_document_lines.c.document_id,
            _came.id.label("line_id"),
            came.label("expected"),
            total.label("found"),
        )
        .join_from(
            purchase_receipt_lines,
            stock_document_lines,
            stock_document_lines.c.id == _came.id,
        )
        .join(
            stock_movements,
            and_(
                _moved.document_kind == DocumentKind.GOODS_RECEIPT.value,
                _moved.document_id == stock_document_lines.c.document_id,
                _moved.line_id == _came.id,
                _moved.target_id == _came.location_id,
            ),
            isouter=True,
        )
        .group_by(stock_document_lines.c.document_id, _came.id, came)
        .having(total != came)
    )


def _receipts_without_lines() -> Select[Any]:
    """Find lines of goods receipts of an order that name no line of it, or none of its lines."""
    of_order = exists().where(
        _came.id == stock_document_lines.c.id,
        _line.id == _came.purchase_line_id,
        _line.purchase_id == stock_documents.c.purchase_id,
        _order.id == stock_documents.c.purchase_id,
        _order.supplier_id == stock_documents.c.supplier_id,
    )
    return (
        select(
            stock_documents.c.id.label("document_id"),
            literal("a line of the order, from its supplier").label("expected"),
            literal(None).label("found"),
        )
        .join_from(
            stock_documents,
            stock_document_lines,
            stock_document_lines.c.document_id == stock_documents.c.id,
        )
        .where(stock_documents.c.purchase_id.is_not(None), ~of_order)
    )


def _returned(of_receipts: bool) -> Select[Any]:
    """Set what went back, as the line of a receipt or of an order counts it, beside the returns."""
    total = func.coalesce(func.sum(_plain(_back.quantity)), 0)
    counted = _came if of_receipts else _line
    written = _plain(counted.returned)
    query = select(counted.id.label("line_id"), total.label("expected"), written.label("found"))
    if of_receipts:
        query = query.select_from(purchase_receipt_lines)
    else:
        query = query.join_from(
            purchase_lines,
            purchase_receipt_lines,
            _came.purchase_line_id == _line.id,
            isouter=True,
        )
    return (
        query.join(supplier_return_lines, _back.receipt_line_id == _came.id, isouter=True)
        .group_by(counted.id, written)
        .having(total != written)
    )


def _credited(credit: ColumnElement[int], paid: ColumnElement[int]) -> Select[Any]:
    """What is back whole is credited whole, a part with no more than that."""
    total, pieces = func.sum(credit), func.sum(_plain(_back.quantity))
    return (
        select(_came.id.label("line_id"), paid.label("expected"), total.label("found"))
        .join_from(purchase_receipt_lines, supplier_return_lines, _back.receipt_line_id == _came.id)
        .join(stock_document_lines, stock_document_lines.c.id == _came.id)
        .group_by(_came.id, paid, _came.quantity)
        .having(or_(total > paid, and_(pieces == _plain(_came.quantity), total != paid)))
    )


def _moved_of_returns(written: ColumnElement[int], moved: ColumnElement[int]) -> Select[Any]:
    """Set each line of a supplier return beside what moved for it."""
    total = func.coalesce(func.sum(moved), 0)
    return (
        select(
            _back.return_id,
            _back.id.label("line_id"),
            written.label("expected"),
            total.label("found"),
        )
        .join_from(
            supplier_return_lines,
            stock_movements,
            and_(
                _moved.document_kind == DocumentKind.SUPPLIER_RETURN.value,
                _moved.document_id == _back.return_id,
                _moved.line_id == _back.id,
                _moved.product_id == _back.product_id,
            ),
            isouter=True,
        )
        .group_by(_back.return_id, _back.id, written)
        .having(total != written)
    )


def _statuses() -> Select[Any]:
    """Judge every order by its lines: nothing came, something, or of each line all of it."""
    came = func.sum(case((_RECEIVED > 0, 1), else_=0))
    lacking = func.sum(case((_RECEIVED < _ORDERED, 1), else_=0))
    open_ = case(
        (lacking == 0, PurchaseStatus.RECEIVED.value),
        (came > 0, PurchaseStatus.PARTLY_RECEIVED.value),
        else_=PurchaseStatus.ORDERED.value,
    )
    due = case(
        (_IS_OPEN, open_),
        (and_(_order.status == PurchaseStatus.CLOSED.value, came == 0), "cancelled"),
        (and_(_order.status.in_(("draft", "cancelled")), came > 0), "closed"),
        else_=_order.status,
    )
    return (
        select(_order.id.label("purchase_id"), due.label("expected"), _order.status.label("found"))
        .join_from(purchases, purchase_lines, _line.purchase_id == _order.id)
        .group_by(_order.id, _order.status)
        .having(due != _order.status)
    )


def _outstanding() -> Select[Any]:
    missing = case((_IS_OPEN, case((_ORDERED > _RECEIVED, _ORDERED - _RECEIVED), else_=0)), else_=0)
    written = _plain(_line.outstanding)
    return (
        select(
            _line.purchase_id,
            _line.id.label("line_id"),
            missing.label("expected"),
            written.label("found"),
        )
        .join_from(purchase_lines, purchases, _order.id == _line.purchase_id)
        .where(written != missing)
    )


def _totals() -> Select[Any]:
    """Set the total of each order beside the sum of its lines, where all their costs are known."""
    unknown = func.sum(case((_line.value_minor.is_(None), 1), else_=0))
    summed = case((unknown == 0, func.sum(_line.value_minor)), else_=None)
    return (
        select(
            _order.id.label("purchase_id"),
            summed.label("expected"),
            _order.total_minor.label("found"),
        )
        .join_from(purchases, purchase_lines, _line.purchase_id == _order.id)
        .group_by(_order.id, _order.total_minor)
        .having(func.coalesce(summed, -1) != func.coalesce(_order.total_minor, -1))
    )


def _unaudited(table: Table, action: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    audited = exists().where(
        audit_log.c.object_id == table.c.id,
        audit_log.c.object_kind == action.partition(".")[0],
        audit_log.c.action == action,
    )
    return select(
        table.c.id.label("document_id"),
        literal("an audit row").label("expected"),
        literal(None).label("found"),
    ).where(~audited, *conditions)


PURCHASE_CHECKS = (
    Check(
        "purchase_received",
        "What arrived of a line is the sum of its receipts.",
        _came_of_lines(_plain(_came.quantity), _RECEIVED),
        quantity,
    ),
    Check(
        "purchase_rejected",
        "What was rejected of a line is the sum of its receipts of faulty goods.",
        _came_of_lines(
            case((_came.rejected, _plain(_came.quantity)), else_=0), _plain(_line.rejected)
        ),
        quantity,
    ),
    Check(
        "purchase_movements",
        "What came of a line to a place moved there.",
        _moved_of_receipts(),
        quantity,
    ),
    Check(
        "purchase_receipts",
        "Every line of a receipt of an order is for a line of it, from its supplier.",
        _receipts_without_lines(),
    ),
    Check(
        "purchase_tolerance",
        "Of no line more arrives than was ordered and its tolerance allows.",
        select(
            _line.purchase_id,
            _line.id.label("line_id"),
            (_ORDERED + _ORDERED * _line.tolerance_ppm / 1_000_000).label("expected"),
            _RECEIVED.label("found"),
        ).where(
            (_RECEIVED - _ORDERED) * literal(1_000_000, BigInteger) > _ORDERED * _line.tolerance_ppm
        ),
        quantity,
    ),
    Check("purchase_status", "The status of an order agrees with its lines.", _statuses()),
    Check(
        "purchase_outstanding",
        "What is expected of a line is what was ordered and has not arrived, of open orders.",
        _outstanding(),
        quantity,
    ),
    Check("purchase_totals", "The total of an order is the sum of its lines'.", _totals()),
    Check(
        "purchase_numbers",
        "Purchase orders are numbered without gaps.",
        gaps(purchases, [PURCHASES_SERIES]),
    ),
    Check(
        "purchase_audit",
        "Every order that was sent has an audit row.",
        _unaudited(purchases, "purchase.ordered", _order.series.is_not(None)),
    ),
    *(
        Check(
            f"supplier_return_{name}",
            f"What went back of a line of {what} is the sum of its returns.",
            _returned(of_receipts),
            quantity,
        )
        for name, what, of_receipts in (
            ("of_receipt", "a receipt", True),
            ("of_purchase", "an order", False),
        )
    ),
    Check(
        "supplier_return_credit",
        "What goes back is credited with what it cost, no more before all is back.",
        _credited(_back.credit_minor, _came.value_minor),
    ),
    Check(
        "supplier_return_shop_credit",
        "In the shop's currency it is credited with the value that it came in with.",
        _credited(_back.shop_credit_minor, stock_document_lines.c.value_minor),
    ),
    Check(
        "supplier_return_quantities",
        "Every line of a supplier return moved what it says.",
        _moved_of_returns(_plain(_back.quantity), _plain(_moved.quantity)),
        quantity,
    ),
    Check(
        "supplier_return_values",
        "Every line of a supplier return carries the value of its movement.",
        _moved_of_returns(_back.value_minor, _moved.value_minor),
    ),
    Check(
        "orphan_movements_supplier_return",
        "Every movement of the kind supplier_return has its return and line.",
        orphans(
            DocumentKind.SUPPLIER_RETURN,
            select(_back.id).where(
                _back.id == _moved.line_id, _back.return_id == _moved.document_id
            ),
        ),
    ),
    Check(
        "supplier_return_numbers",
        "Supplier returns are numbered without gaps.",
        gaps(supplier_returns, [SUPPLIER_RETURNS_SERIES]),
    ),
    Check(
        "supplier_return_audit",
        "Every supplier return has an audit row.",
        _unaudited(supplier_returns, "supplier_return.posted"),
    ),
)
