"""Checks of sales: lines, totals, tenders, numbers, and what moved for them."""

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
    union_all,
)

from app.domain.inventory.locations import CUSTOMER_ID
from app.domain.inventory.movement import DocumentKind
from app.domain.returns.sales_return import LIVE
from app.domain.sales.sale import SALES_SERIES, SaleStatus
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns
from app.infrastructure.db.tables.sales import sale_lines, sale_refunds, sale_tenders, sales

_sale, _line, _tender, _moved = sales.c, sale_lines.c, sale_tenders.c, stock_movements.c
_refund, _returned = sale_refunds.c, return_lines.c
_IS_POSTED = _sale.series.is_not(None)
_MOVED_FOR_SALE = _moved.document_kind == DocumentKind.SALE.value


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _line_amounts() -> Select[Any]:
    """Set what discounts leave of a line beside its total, or its net if tax is added."""
    left = _line.full_minor - _line.discount_minor - _line.allotted_minor
    priced = case((_sale.prices_include_tax, _line.total_minor), else_=_line.net_minor)
    return (
        select(
            _line.sale_id,
            _line.id.label("line_id"),
            left.label("expected"),
            priced.label("found"),
        )
        .join_from(sale_lines, sales, _sale.id == _line.sale_id)
        .where(left != priced)
    )


def _totals(name: str, figure: ColumnElement[int]) -> Select[Any]:
    """Set a figure of the sale beside the sum of its lines'."""
    summed = func.coalesce(func.sum(figure), 0)
    written = _sale[name]
    return (
        select(
            _sale.id.label("sale_id"),
            literal(name).label("figure"),
            summed.label("expected"),
            written.label("found"),
        )
        .join_from(sales, sale_lines, _line.sale_id == _sale.id, isouter=True)
        .group_by(_sale.id, written)
        .having(summed != written)
    )


def _tenders() -> Select[Any]:
    """Set what the till kept beside the total; nothing is kept for what was never posted."""
    kept = func.coalesce(func.sum(_tender.amount_minor - _tender.change_minor), 0)
    due = case((_IS_POSTED, _sale.total_minor), else_=0)
    return (
        select(_sale.id.label("sale_id"), due.label("expected"), kept.label("found"))
        .join_from(sales, sale_tenders, _tender.sale_id == _sale.id, isouter=True)
        .group_by(_sale.id, due)
        .having(kept != due)
    )


def _lines(expected: ColumnElement[Any], moved: ColumnElement[int]) -> Select[Any]:
    """Set each line beside what left for it; nothing leaves for lines that keep no stock."""
    due = case((_line.tracks_stock, expected), else_=0)
    total = func.coalesce(func.sum(moved), 0)
    return (
        select(
            _line.sale_id,
            _line.id.label("line_id"),
            due.label("expected"),
            total.label("found"),
        )
        .join_from(sale_lines, sales, _sale.id == _line.sale_id)
        .join(
            stock_movements,
            and_(
                _MOVED_FOR_SALE,
                _moved.document_id == _line.sale_id,
                _moved.line_id == _line.id,
                _moved.product_id == _line.product_id,
                _moved.target_id == CUSTOMER_ID,
            ),
            isouter=True,
        )
        .group_by(_line.sale_id, _line.id, due)
        .having(or_(total != due, due.is_(None)))
    )


def _overfulfilled() -> Select[Any]:
    due = case((_sale.status == SaleStatus.DRAFT.value, 0), else_=_plain(_line.quantity))
    return (
        select(
            _line.sale_id,
            _line.id.label("line_id"),
            due.label("expected"),
            _plain(_line.fulfilled).label("found"),
        )
        .join_from(sale_lines, sales, _sale.id == _line.sale_id)
        .where(_plain(_line.fulfilled) > due)
    )


def _voids(returned: ColumnElement[Any], moved: ColumnElement[Any]) -> Select[Any]:
    """Set what came back of each line by a void beside what left less what returns hold."""
    held = (
        select(func.coalesce(func.sum(returned), 0))
        .join_from(return_lines, returns, returns.c.id == _returned.return_id)
        .where(
            _returned.sale_line_id == _line.id,
            returns.c.status.in_([status.value for status in LIVE]),
        )
        .scalar_subquery()
    )
    left, came_back = (
        select(func.coalesce(func.sum(moved), 0))
        .where(
            _MOVED_FOR_SALE, _moved.document_id == _line.sale_id, _moved.line_id == _line.id, way
        )
        .scalar_subquery()
        for way in (_moved.target_id == CUSTOMER_ID, _moved.source_id == CUSTOMER_ID)
    )
    due = case((and_(_sale.goods_back.is_(True), _line.tracks_stock), left - held), else_=0)
    return (
        select(
            _line.sale_id,
            _line.id.label("line_id"),
            due.label("expected"),
            came_back.label("found"),
        )
        .join_from(sale_lines, sales, _sale.id == _line.sale_id)
        .where(due != came_back)
    )


def _paid_back() -> Select[Any]:
    """Set what was paid of each voided sale by each means beside what went back."""
    voided = and_(_sale.status == SaleStatus.VOIDED.value, _IS_POSTED)
    figures = union_all(
        select(
            _tender.sale_id,
            _tender.kind,
            (_tender.amount_minor - _tender.change_minor).label("paid"),
            literal(0).label("back"),
        )
        .join_from(sale_tenders, sales, _sale.id == _tender.sale_id)
        .where(voided),
        select(_refund.sale_id, _refund.kind, literal(0), _refund.amount_minor),
        select(returns.c.sale_id, return_refunds.c.kind, literal(0), return_refunds.c.amount_minor)
        .join_from(return_refunds, returns, returns.c.id == return_refunds.c.return_id)
        .join(sales, _sale.id == returns.c.sale_id)
        .where(voided),
    ).subquery("figures")
    paid, back = func.sum(figures.c.paid), func.sum(figures.c.back)
    return (
        select(figures.c.sale_id, figures.c.kind, paid.label("expected"), back.label("found"))
        .group_by(figures.c.sale_id, figures.c.kind)
        .having(paid != back)
    )


def _unaudited() -> Select[Any]:
    audited = exists().where(
        audit_log.c.object_id == _sale.id,
        audit_log.c.object_kind == "sale",
        audit_log.c.action == "sale.completed",
    )
    return select(
        _sale.id.label("sale_id"),
        literal("an audit row").label("expected"),
        literal(None).label("found"),
    ).where(_IS_POSTED, ~audited)


def _undated() -> Select[Any]:
    """Find posted sales that count at no time, or earlier than they happened."""
    return select(
        _sale.id.label("sale_id"),
        _sale.occurred_at.label("expected"),
        _sale.posted_at.label("found"),
    ).where(_IS_POSTED, or_(_sale.posted_at.is_(None), _sale.posted_at < _sale.occurred_at))


_FIGURES = {
    "discount_minor": _line.discount_minor + _line.allotted_minor,
    "net_minor": _line.net_minor,
    "tax_minor": _line.tax_minor,
    "total_minor": _line.total_minor,
}

SALES_CHECKS = (
    Check(
        "sale_line_amounts",
        "A line of a sale comes to its full amount less its discounts.",
        _line_amounts(),
    ),
    *(
        Check(
            f"sale_{name.removesuffix('_minor')}",
            f"The {name.removesuffix('_minor')} of a sale is the sum of its lines'.",
            _totals(name, figure),
        )
        for name, figure in _FIGURES.items()
    ),
    Check("sale_tenders", "What the till kept for a sale is its total.", _tenders()),
    Check("sale_numbers", "Sales are numbered without gaps.", gaps(sales, [SALES_SERIES])),
    Check(
        "sale_quantities",
        "For every line of a posted sale its quantity left, for others what was fulfilled.",
        _lines(
            case((_IS_POSTED, _plain(_line.quantity)), else_=_plain(_line.fulfilled)),
            _plain(_moved.quantity),
        ),
        quantity,
    ),
    Check(
        "sale_fulfilled",
        "No line got more than was ordered, and lines of drafts nothing.",
        _overfulfilled(),
        quantity,
    ),
    Check(
        "sale_costs",
        "The cost of a line is the value at which its goods left.",
        _lines(
            case((or_(_IS_POSTED, _plain(_line.fulfilled) > 0), _line.cost_minor), else_=0),
            _moved.value_minor,
        ),
    ),
    Check(
        "sale_voids",
        "Of a voided sale all came back that no return holds, or nothing if the goods stayed away.",
        _voids(_plain(_returned.quantity), _plain(_moved.quantity)),
        quantity,
    ),
    Check(
        "sale_void_costs",
        "What comes back by a void and by returns cost what left.",
        _voids(func.coalesce(_returned.cost_minor, 0), _moved.value_minor),
    ),
    Check(
        "sale_refunds",
        "Of a voided sale a void and returns paid back what was paid, by each means.",
        _paid_back(),
    ),
    Check(
        "orphan_movements_sale",
        "Every movement of the kind sale has its sale and line.",
        orphans(
            DocumentKind.SALE,
            select(_line.id).where(_line.id == _moved.line_id, _line.sale_id == _moved.document_id),
        ),
    ),
    Check("sale_dates", "Every posted sale counts when it happened, or later.", _undated()),
    Check("sale_audit", "Every posted sale has an audit row.", _unaudited()),
)
