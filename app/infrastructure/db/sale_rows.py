"""A sale as rows and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, select, type_coerce

from app.domain.common.identifiers import SaleId
from app.domain.common.numbers import DocumentNumber
from app.domain.sales.discount import AmountOff, Discount, PercentOff
from app.domain.sales.line import SaleLine, SoldItem
from app.domain.sales.pricing import LineAmounts, Totals
from app.domain.sales.sale import Buyer, Conditions, Letterhead, Sale, SaleStatus
from app.domain.sales.tender import Tender, TenderKind
from app.domain.sales.till import TillRecord
from app.domain.sales.undoing import PaidBack
from app.infrastructure.db.reservation_rows import NOW, kept
from app.infrastructure.db.tables.parties import customers
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.tables.sales import sale_lines, sale_refunds, sale_tenders, sales
from app.infrastructure.db.types import QuantityType

Row = dict[str, Any]


# A draft calls its customer as they are called now, a posted sale as they were called then.
shown_customer = func.coalesce(sales.c.customer_name, customers.c.name).label("shown_customer")
with_customer = sales.outerjoin(customers, customers.c.id == sales.c.customer_id)


def sale_of(identifier: SaleId) -> Select[Any]:
    return select(sales, shown_customer).select_from(with_customer).where(sales.c.id == identifier)


# What is kept for a line now: what is past its time is not.
kept_for_line = kept(
    stock_reservations.c.line_id == sale_lines.c.id, stock_reservations.c.line_id.is_not(None)
)
_reserved = type_coerce(kept_for_line, QuantityType).label("reserved")


def lines_of(identifier: SaleId, *, now: datetime) -> Select[Any]:
    return (
        select(sale_lines, _reserved)
        .where(sale_lines.c.sale_id == identifier)
        .order_by(sale_lines.c.position)
        .params({NOW: now})
    )


def tenders_of(identifier: SaleId) -> Select[Any]:
    return (
        select(sale_tenders)
        .where(sale_tenders.c.sale_id == identifier)
        .order_by(sale_tenders.c.position)
    )


def refunds_of(identifier: SaleId) -> Select[Any]:
    return (
        select(sale_refunds)
        .where(sale_refunds.c.sale_id == identifier)
        .order_by(sale_refunds.c.position)
    )


def was_paid_back(row: RowMapping) -> bool:
    """Tell whether a sale has refunds of its own: only what was posted and then voided."""
    return row["series"] is not None and row["voided_at"] is not None


def sale_row(sale: Sale) -> Row:
    number, head, buyer = sale.number, sale.letterhead, sale.customer
    return {
        "id": sale.id,
        "status": sale.status.value,
        "series": None if number is None else number.series,
        "year": None if number is None else number.year,
        "sequence": None if number is None else number.sequence,
        "currency": sale.conditions.currency,
        "prices_include_tax": sale.conditions.prices_include_tax,
        "location_id": sale.conditions.location_id,
        "customer_id": sale.customer_id,
        "customer_name": None if number is None or buyer is None else buyer.name,
        **_till_columns(sale.till),
        **_discount_columns(sale.discount),
        "discount_minor": sale.totals.discount_minor,
        "net_minor": sale.totals.net_minor,
        "tax_minor": sale.totals.tax_minor,
        "total_minor": sale.totals.total_minor,
        "needs_attention": sale.needs_attention,
        "user_id": sale.user_id,
        "shop_name": None if head is None else head.shop_name,
        "time_zone": None if head is None else head.time_zone,
        "occurred_at": sale.occurred_at,
        "posted_at": sale.posted_at,
        "created_at": sale.created_at,
        "confirmed_at": sale.confirmed_at,
        "reserved_until": sale.reserved_until,
        "completed_at": sale.completed_at,
        "voided_at": sale.voided_at,
        "goods_back": sale.goods_back,
        "void_reason": sale.void_reason,
        "version": sale.version,
    }


def line_rows(sale: Sale) -> list[Row]:
    return [_line_row(sale.id, position, line) for position, line in enumerate(sale.lines)]


def tender_rows(sale: Sale) -> list[Row]:
    return [
        {
            "sale_id": sale.id,
            "position": position,
            "kind": tender.kind.value,
            "amount_minor": tender.amount_minor,
            "change_minor": tender.change_minor,
            "reference": tender.reference,
        }
        for position, tender in enumerate(sale.tenders)
    ]


def refund_rows(sale: Sale) -> list[Row]:
    return [
        {
            "sale_id": sale.id,
            "kind": refund.kind.value,
            "position": position,
            "amount_minor": refund.amount_minor,
        }
        for position, refund in enumerate(sale.refunds)
    ]


def read_sale(
    row: RowMapping,
    *,
    lines: Iterable[RowMapping],
    tenders: Iterable[RowMapping],
    refunds: Iterable[RowMapping] = (),
) -> Sale:
    """Put a sale together; its parts come in the order of their positions."""
    return Sale(
        id=row["id"],
        status=SaleStatus(row["status"]),
        number=read_number(row),
        letterhead=_read_letterhead(row),
        conditions=Conditions(
            currency=row["currency"],
            prices_include_tax=row["prices_include_tax"],
            location_id=row["location_id"],
        ),
        lines=tuple(_read_line(line) for line in lines),
        discount=_read_discount(row),
        totals=Totals(
            discount_minor=row["discount_minor"],
            net_minor=row["net_minor"],
            tax_minor=row["tax_minor"],
            total_minor=row["total_minor"],
        ),
        tenders=tuple(_read_tender(tender) for tender in tenders),
        needs_attention=row["needs_attention"],
        user_id=row["user_id"],
        occurred_at=row["occurred_at"],
        posted_at=row["posted_at"],
        created_at=row["created_at"],
        customer=_read_buyer(row),
        till=_read_till(row),
        completed_at=row["completed_at"],
        voided_at=row["voided_at"],
        goods_back=row["goods_back"],
        void_reason=row["void_reason"],
        refunds=tuple(
            PaidBack(kind=TenderKind(refund["kind"]), amount_minor=refund["amount_minor"])
            for refund in refunds
        ),
        version=row["version"],
        confirmed_at=row["confirmed_at"],
        reserved_until=row["reserved_until"],
    )


def read_number(row: Mapping[Any, Any]) -> DocumentNumber | None:
    if row["series"] is None:
        return None
    return DocumentNumber(row["series"], row["year"], row["sequence"])


def _read_letterhead(row: RowMapping) -> Letterhead | None:
    if row["shop_name"] is None:
        return None
    return Letterhead(shop_name=row["shop_name"], time_zone=row["time_zone"])


def _read_buyer(row: RowMapping) -> Buyer | None:
    if row["customer_id"] is None:
        return None
    return Buyer(id=row["customer_id"], name=row["shown_customer"])


def _till_columns(till: TillRecord | None) -> Row:
    return {
        "register": None if till is None else till.register,
        "client_id": None if till is None else till.client_id,
        "client_number": None if till is None else till.client_number,
        "client_digest": None if till is None else till.digest,
    }


def _read_till(row: RowMapping) -> TillRecord | None:
    if row["register"] is None:
        return None
    return TillRecord(
        register=row["register"],
        client_id=row["client_id"],
        client_number=row["client_number"],
        digest=row["client_digest"],
    )


def _line_row(sale_id: SaleId, position: int, line: SaleLine) -> Row:
    return {
        "id": line.id,
        "sale_id": sale_id,
        "position": position,
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
        "quantity": line.quantity,
        "fulfilled": line.fulfilled,
        **_discount_columns(line.discount),
        "full_minor": line.amounts.full_minor,
        "discount_minor": line.amounts.discount_minor,
        "allotted_minor": line.amounts.allotted_minor,
        "net_minor": line.amounts.net_minor,
        "tax_minor": line.amounts.tax_minor,
        "total_minor": line.amounts.total_minor,
        "cost_minor": line.cost_minor,
    }


def _read_line(row: RowMapping) -> SaleLine:
    return SaleLine(
        id=row["id"],
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
        quantity=row["quantity"],
        discount=_read_discount(row),
        amounts=LineAmounts(
            full_minor=row["full_minor"],
            discount_minor=row["discount_minor"],
            allotted_minor=row["allotted_minor"],
            net_minor=row["net_minor"],
            tax_minor=row["tax_minor"],
            total_minor=row["total_minor"],
        ),
        cost_minor=row["cost_minor"],
        fulfilled=row["fulfilled"],
        reserved=row["reserved"],
    )


def _read_tender(row: RowMapping) -> Tender:
    return Tender(
        kind=TenderKind(row["kind"]),
        amount_minor=row["amount_minor"],
        change_minor=row["change_minor"],
        reference=row["reference"],
    )


def _discount_columns(discount: Discount | None) -> Row:
    return {
        "discount_ppm": discount.ppm if isinstance(discount, PercentOff) else None,
        "discount_amount_minor": discount.minor if isinstance(discount, AmountOff) else None,
    }


def _read_discount(row: RowMapping) -> Discount | None:
    if row["discount_ppm"] is not None:
        return PercentOff(row["discount_ppm"])
    if row["discount_amount_minor"] is not None:
        return AmountOff(row["discount_amount_minor"])
    return None
