"""Write side of sales: set-based, the same number of statements for 1 line and for 500."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.sales.ports import KnownSale, Offer, OfferedCustomer, OfferedItem
from app.domain.common.errors import NotFound, VersionConflict
from app.domain.common.identifiers import CustomerId, LocationId, ProductId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import LocationKind
from app.domain.inventory.movement import DocumentKind, Movement
from app.domain.returns.sales_return import LIVE, ReturnStatus
from app.domain.sales.line import SoldItem
from app.domain.sales.sale import Sale, SaleStatus
from app.domain.sales.tender import TenderKind
from app.domain.sales.till import TillRecord
from app.domain.sales.undoing import GivenBack, PartBack
from app.domain.shop.books import Books
from app.infrastructure.db.goods import held_products
from app.infrastructure.db.movement_rows import movements_of, read_movement
from app.infrastructure.db.return_rows import refunded_of, sums_by_sale_line
from app.infrastructure.db.sale_rows import (
    line_rows,
    lines_of,
    read_number,
    read_sale,
    refund_rows,
    refunds_of,
    sale_of,
    sale_row,
    tender_rows,
    tenders_of,
    was_paid_back,
)
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import locations
from app.infrastructure.db.tables.parties import customers
from app.infrastructure.db.tables.returns import returns
from app.infrastructure.db.tables.sales import sale_lines, sale_refunds, sale_tenders, sales
from app.infrastructure.db.tables.shop import shop, tax_rates, units

_GOODS = held_products(
    products.c.id.in_(bindparam("products", type_=products.c.id.type, expanding=True))
)
# Whoever deletes or anonymises a customer waits for this, or is waited for.
_BUYER = (
    select(customers)
    .where(customers.c.id == bindparam("customer_id", type_=customers.c.id.type))
    .with_for_update(read=True, key_share=True)
    .cte("buyer")
)
# Whoever closes a period waits for this, or is waited for: then its day counts.
_SHOP = select(shop).with_for_update(read=True).cte("settings")
# One statement for the shop, the place, the customer and the goods: each product's row repeats
# the rest.
_OFFER = select(
    _SHOP.c.name.label("shop_name"),
    _SHOP.c.time_zone,
    _SHOP.c.closed_through,
    _SHOP.c.currency,
    _SHOP.c.prices_include_tax,
    locations.c.kind.label("location_kind"),
    _BUYER.c.name.label("customer_name"),
    _BUYER.c.active.label("customer_active"),
    _BUYER.c.merged_into_id,
    locations.c.counts_as_available,
    _GOODS.c.id.label("product_id"),
    _GOODS.c.sku,
    _GOODS.c.name,
    _GOODS.c.price_micros,
    _GOODS.c.cost_micros,
    _GOODS.c.tracks_stock,
    _GOODS.c.active,
    units.c.code.label("unit_code"),
    units.c.decimals.label("unit_decimals"),
    tax_rates.c.code.label("tax_code"),
    tax_rates.c.rate_ppm,
).select_from(
    _SHOP.outerjoin(
        locations, locations.c.id == bindparam("location_id", type_=locations.c.id.type)
    )
    .outerjoin(_BUYER, true())
    .outerjoin(_GOODS, true())
    .outerjoin(units, units.c.id == _GOODS.c.unit_id)
    .outerjoin(tax_rates, tax_rates.c.id == _GOODS.c.tax_rate_id)
)

_SET_COST = (
    update(sale_lines)
    .where(sale_lines.c.id == bindparam("line_id"))
    .values(cost_minor=bindparam("cost"))
)


class SqlSaleRepository:
    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def offer(
        self,
        location_id: LocationId,
        products: Collection[ProductId],
        *,
        customer_id: CustomerId | None = None,
    ) -> Offer:
        asked = {
            "location_id": location_id,
            "customer_id": customer_id,
            "products": sorted(products),
        }
        rows = (await self._session.execute(_OFFER, asked)).mappings().all()
        first = rows[0]
        return Offer(
            shop_name=first["shop_name"],
            books=Books(time_zone=first["time_zone"], closed_through=first["closed_through"]),
            currency=first["currency"],
            prices_include_tax=first["prices_include_tax"],
            location_exists=first["location_kind"] is not None,
            sells_from=(
                first["location_kind"] == LocationKind.STOCK and first["counts_as_available"]
            ),
            items={
                row["product_id"]: _offered(row) for row in rows if row["product_id"] is not None
            },
            customer=_offered_customer(first),
        )

    async def get(self, identifier: SaleId) -> Sale:
        # The header is locked first: whoever waits here sees the status that the other one left.
        found = await self._session.execute(
            sale_of(identifier).with_for_update(key_share=True, of=sales)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(SaleId.kind, identifier)
        lines = await self._session.execute(lines_of(identifier, now=self._now))
        tenders = await self._session.execute(tenders_of(identifier))
        refunds: Sequence[RowMapping] = ()
        if was_paid_back(row):
            refunds = (await self._session.execute(refunds_of(identifier))).mappings().all()
        return read_sale(row, lines=lines.mappings(), tenders=tenders.mappings(), refunds=refunds)

    async def add(self, sale: Sale) -> None:
        await self._session.execute(insert(sales), sale_row(sale))
        await self._session.execute(insert(sale_lines), line_rows(sale))
        await self._add_tenders(sale)
        await self._add_refunds(sale)

    async def save_draft(self, sale: Sale) -> None:
        await self._session.execute(delete(sale_lines).where(sale_lines.c.sale_id == sale.id))
        await self._session.execute(insert(sale_lines), line_rows(sale))
        await self._update(sale)

    async def save_completed(self, sale: Sale) -> None:
        # Lines first: once the header says completed, the database keeps them as they are.
        await self._session.execute(
            _SET_COST, [{"line_id": line.id, "cost": line.cost_minor} for line in sale.lines]
        )
        await self._update(sale)
        await self._add_tenders(sale)

    async def save_voided(self, sale: Sale) -> None:
        written = ("status", "needs_attention", "voided_at", "goods_back", "void_reason")
        row = sale_row(sale)
        await self._update(sale, {name: row[name] for name in written})
        await self._add_refunds(sale)

    async def told(self, till: TillRecord) -> KnownSale | None:
        found = await self._session.execute(
            select(sales).where(
                sales.c.register == till.register, sales.c.client_id == till.client_id
            )
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        return KnownSale(
            id=row["id"],
            number=read_number(row),
            status=SaleStatus(row["status"]),
            needs_attention=row["needs_attention"],
            digest=row["client_digest"],
        )

    async def books(self) -> Books:
        settings = await self._session.execute(
            select(shop.c.time_zone, shop.c.closed_through).with_for_update(read=True)
        )
        return Books(**settings.mappings().one())

    async def given_back(self, identifier: SaleId) -> GivenBack:
        live = select(returns.c.status).where(
            returns.c.sale_id == identifier,
            returns.c.status.in_([status.value for status in LIVE]),
        )
        statuses = set(await self._session.scalars(live.distinct()))
        if statuses != {ReturnStatus.REFUNDED.value}:
            return GivenBack(waits=bool(statuses))
        lines = await self._session.execute(sums_by_sale_line(identifier, LIVE))
        refunds = await self._session.execute(refunded_of(identifier))
        return GivenBack(
            lines={
                row["sale_line_id"]: PartBack(
                    quantity=Quantity(int(row["quantity"])), cost_minor=int(row["cost_minor"] or 0)
                )
                for row in lines.mappings()
            },
            refunded={TenderKind(kind): int(amount) for kind, amount in refunds},
        )

    async def moved(self, identifier: SaleId) -> Sequence[Movement]:
        found = await self._session.execute(movements_of(DocumentKind.SALE, identifier))
        return [read_movement(row) for row in found.mappings()]

    async def _add_tenders(self, sale: Sale) -> None:
        if sale.tenders:
            await self._session.execute(insert(sale_tenders), tender_rows(sale))

    async def _add_refunds(self, sale: Sale) -> None:
        if sale.refunds:
            await self._session.execute(insert(sale_refunds), refund_rows(sale))

    async def _update(self, sale: Sale, values: Mapping[str, Any] | None = None) -> None:
        before = sale.version
        sale.version += 1
        row = dict(sale_row(sale) if values is None else values) | {"version": sale.version}
        row.pop("id", None)
        written = await self._session.scalar(
            update(sales)
            .where(sales.c.id == sale.id, sales.c.version == before)
            .values(row)
            .returning(sales.c.version)
        )
        if written is None:
            raise VersionConflict


def _offered_customer(row: RowMapping) -> OfferedCustomer | None:
    if row["customer_name"] is None:
        return None
    return OfferedCustomer(
        name=row["customer_name"],
        active=row["customer_active"],
        merged_into_id=row["merged_into_id"],
    )


def _offered(row: RowMapping) -> OfferedItem:
    return OfferedItem(
        item=SoldItem(
            product_id=row["product_id"],
            sku=row["sku"],
            name=row["name"],
            unit_code=row["unit_code"],
            unit_decimals=row["unit_decimals"],
            price=row["price_micros"],
            cost=row["cost_micros"],
            tax_code=row["tax_code"],
            tax_rate_ppm=row["rate_ppm"],
            tracks_stock=row["tracks_stock"],
        ),
        active=row["active"],
    )
