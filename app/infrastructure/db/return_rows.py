"""A return as rows and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, RowMapping, Select, func, select, type_coerce

from app.domain.common.identifiers import ReturnId, SaleId
from app.domain.common.numbers import DocumentNumber
from app.domain.returns.line import Disposition, ReturnLine
from app.domain.returns.proration import Part
from app.domain.returns.refund import Refund
from app.domain.returns.sales_return import Original, ReturnStatus, SalesReturn
from app.domain.sales.line import SoldItem
from app.domain.sales.sale import Conditions, Letterhead
from app.domain.sales.tender import TenderKind
from app.infrastructure.db.sale_rows import read_number
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns
from app.infrastructure.db.tables.sales import sales

Row = dict[str, Any]

ORIGINAL = (
    sales.c.series.label("sale_series"),
    sales.c.year.label("sale_year"),
    sales.c.sequence.label("sale_sequence"),
)


def return_of(identifier: ReturnId) -> Select[Any]:
    return (
        select(returns, *ORIGINAL)
        .outerjoin(sales, sales.c.id == returns.c.sale_id)
        .where(returns.c.id == identifier)
    )


def lines_of(identifier: ReturnId) -> Select[Any]:
    columns = return_lines.c
    return select(return_lines).where(columns.return_id == identifier).order_by(columns.position)


def refunds_of(identifier: ReturnId) -> Select[Any]:
    columns = return_refunds.c
    return select(return_refunds).where(columns.return_id == identifier).order_by(columns.position)


def sums_by_sale_line(identifier: SaleId, statuses: Iterable[ReturnStatus]) -> Select[Any]:
    """Sum up what returns of these statuses hold of each line of a sale."""
    columns = return_lines.c
    figures = {
        name: func.sum(type_coerce(columns[name], BigInteger)).label(name)
        for name in ("quantity", "refundable_minor", "net_minor", "tax_minor", "cost_minor")
    }
    return (
        select(columns.sale_line_id, *figures.values())
        .join_from(returns, return_lines, columns.return_id == returns.c.id)
        .where(
            returns.c.sale_id == identifier,
            returns.c.status.in_([status.value for status in statuses]),
        )
        .group_by(columns.sale_line_id)
    )


def refunded_of(identifier: SaleId) -> Select[Any]:
    """Sum up what returns paid back of a sale by each means."""
    columns = return_refunds.c
    return (
        select(columns.kind, func.sum(columns.amount_minor))
        .join_from(returns, return_refunds, columns.return_id == returns.c.id)
        .where(returns.c.sale_id == identifier)
        .group_by(columns.kind)
    )


def return_row(document: SalesReturn) -> Row:
    number, head, original = document.number, document.letterhead, document.original
    return {
        "id": document.id,
        "status": document.status.value,
        "sale_id": None if original is None else original.id,
        "series": None if number is None else number.series,
        "year": None if number is None else number.year,
        "sequence": None if number is None else number.sequence,
        "currency": document.conditions.currency,
        "prices_include_tax": document.conditions.prices_include_tax,
        "location_id": document.conditions.location_id,
        "net_minor": document.net_minor,
        "tax_minor": document.tax_minor,
        "total_minor": document.total_minor,
        "reason": document.reason,
        "user_id": document.user_id,
        "shop_name": None if head is None else head.shop_name,
        "time_zone": None if head is None else head.time_zone,
        "created_at": document.created_at,
        "approved_at": document.approved_at,
        "received_at": document.received_at,
        "refunded_at": document.refunded_at,
        "occurred_at": document.occurred_at,
        "posted_at": document.posted_at,
        "closed_at": document.closed_at,
        "close_reason": document.close_reason,
        "version": document.version,
    }


def line_rows(document: SalesReturn) -> list[Row]:
    return [
        {
            "id": line.id,
            "return_id": document.id,
            "position": position,
            "sale_line_id": line.sale_line_id,
            "product_id": line.item.product_id,
            "sku": line.item.sku,
            "name": line.item.name,
            "unit_code": line.item.unit_code,
            "unit_decimals": line.item.unit_decimals,
            "tax_code": line.item.tax_code,
            "tax_rate_ppm": line.item.tax_rate_ppm,
            "tracks_stock": line.item.tracks_stock,
            "item_price_micros": line.item.price,
            "item_cost_micros": line.item.cost,
            "unit_price_micros": line.unit_price,
            "quantity": line.amounts.quantity,
            "disposition": line.disposition.value,
            "refundable_minor": line.amounts.refundable_minor,
            "net_minor": line.amounts.net_minor,
            "tax_minor": line.amounts.tax_minor,
            "total_minor": line.amounts.total_minor,
            "cost_minor": line.amounts.cost_minor,
        }
        for position, line in enumerate(document.lines)
    ]


def refund_rows(document: SalesReturn) -> list[Row]:
    return [
        {
            "return_id": document.id,
            "position": position,
            "kind": refund.kind.value,
            "amount_minor": refund.amount_minor,
            "reference": refund.reference,
        }
        for position, refund in enumerate(document.refunds)
    ]


def read_return(
    row: RowMapping, *, lines: Iterable[RowMapping], refunds: Iterable[RowMapping]
) -> SalesReturn:
    """Put a return together; lines and refunds come in the order of their positions."""
    return SalesReturn(
        id=row["id"],
        status=ReturnStatus(row["status"]),
        original=_read_original(row),
        number=read_number(row),
        letterhead=_read_letterhead(row),
        conditions=Conditions(
            currency=row["currency"],
            prices_include_tax=row["prices_include_tax"],
            location_id=row["location_id"],
        ),
        lines=tuple(_read_line(line) for line in lines),
        refunds=tuple(_read_refund(refund) for refund in refunds),
        reason=row["reason"],
        user_id=row["user_id"],
        created_at=row["created_at"],
        approved_at=row["approved_at"],
        received_at=row["received_at"],
        refunded_at=row["refunded_at"],
        occurred_at=row["occurred_at"],
        posted_at=row["posted_at"],
        closed_at=row["closed_at"],
        close_reason=row["close_reason"],
        version=row["version"],
    )


def read_sale_number(row: Mapping[str, Any] | RowMapping) -> DocumentNumber | None:
    if row["sale_series"] is None:
        return None
    return DocumentNumber(row["sale_series"], row["sale_year"], row["sale_sequence"])


def _read_original(row: RowMapping) -> Original | None:
    number = read_sale_number(row)
    return None if number is None else Original(id=row["sale_id"], number=number)


def _read_letterhead(row: RowMapping) -> Letterhead | None:
    if row["shop_name"] is None:
        return None
    return Letterhead(shop_name=row["shop_name"], time_zone=row["time_zone"])


def _read_line(row: RowMapping) -> ReturnLine:
    return ReturnLine(
        id=row["id"],
        sale_line_id=row["sale_line_id"],
        item=SoldItem(
            product_id=row["product_id"],
            sku=row["sku"],
            name=row["name"],
            unit_code=row["unit_code"],
            unit_decimals=row["unit_decimals"],
            price=row["item_price_micros"],
            cost=row["item_cost_micros"],
            tax_code=row["tax_code"],
            tax_rate_ppm=row["tax_rate_ppm"],
            tracks_stock=row["tracks_stock"],
        ),
        unit_price=row["unit_price_micros"],
        disposition=Disposition(row["disposition"]),
        amounts=Part(
            quantity=row["quantity"],
            refundable_minor=row["refundable_minor"],
            net_minor=row["net_minor"],
            tax_minor=row["tax_minor"],
            cost_minor=row["cost_minor"],
        ),
    )


def _read_refund(row: RowMapping) -> Refund:
    return Refund(
        kind=TenderKind(row["kind"]), amount_minor=row["amount_minor"], reference=row["reference"]
    )
