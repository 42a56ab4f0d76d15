"""Write side of locations and stock documents; stock itself changes only in the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import (
    Integer,
    RowMapping,
    bindparam,
    exists,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.inventory.ports import Seller, StockRoom
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import LocationId, ProductId, SupplierId
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.common.text import key
from app.domain.inventory.document import StockDocument, StockedItem
from app.domain.inventory.locations import Location
from app.domain.shop.books import Books
from app.infrastructure.db.goods import held_products
from app.infrastructure.db.stock_document_rows import document_row, line_rows, read_number
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import (
    locations,
    stock_document_lines,
    stock_documents,
    stock_levels,
)
from app.infrastructure.db.tables.parties import suppliers
from app.infrastructure.db.tables.shop import shop, units

# Put together once: every document asks for these, and building _ITEMS takes half a millisecond.

# Whoever closes a period waits for this, or is waited for: then its day counts.
_SETTINGS = select(shop.c.currency, shop.c.time_zone, shop.c.closed_through).with_for_update(
    read=True
)
# Whoever closes a location first locks it against this, so that it stays as it is read.
_PLACE = (
    select(locations.c.code, locations.c.kind, locations.c.active)
    .where(locations.c.id == bindparam("location_id", type_=locations.c.id.type))
    .with_for_update(read=True, key_share=True)
)
_HELD = held_products(
    products.c.id.in_(bindparam("products", type_=products.c.id.type, expanding=True))
)
_ITEMS = select(
    _HELD.c.id,
    _HELD.c.sku,
    _HELD.c.name,
    _HELD.c.tracks_stock,
    units.c.code.label("unit_code"),
    units.c.decimals.label("unit_decimals"),
).join(units, units.c.id == _HELD.c.unit_id)
# Whoever deletes or merges a supplier waits for this, or is waited for.
_SELLER = (
    select(
        suppliers.c.id,
        suppliers.c.name,
        suppliers.c.currency,
        suppliers.c.active,
        suppliers.c.merged_into_id,
        suppliers.c.over_receipt_ppm,
    )
    .where(suppliers.c.id == bindparam("supplier_id", type_=suppliers.c.id.type))
    .with_for_update(read=True, key_share=True)
)


class SqlStockDocumentRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def room(self, location_id: LocationId) -> StockRoom:
        currency, time_zone, closed_through = (await self._session.execute(_SETTINGS)).one()
        found = await self._session.execute(_PLACE, {"location_id": location_id})
        code, kind, active = found.one_or_none() or (None, None, None)
        return StockRoom(
            currency=currency,
            books=Books(time_zone=time_zone, closed_through=closed_through),
            code=code,
            kind=kind,
            active=active,
        )

    async def items(self, products_: Collection[ProductId]) -> Mapping[ProductId, StockedItem]:
        if not products_:
            return {}
        found = (await self._session.execute(_ITEMS, {"products": sorted(products_)})).mappings()
        return {row["id"]: _item(row) for row in found}

    async def seller(self, identifier: SupplierId) -> Seller | None:
        found = await self._session.execute(_SELLER, {"supplier_id": identifier})
        row = found.mappings().one_or_none()
        return None if row is None else Seller(**row)

    async def delivery(self, supplier_id: SupplierId, reference: str) -> DocumentNumber | None:
        columns = stock_documents.c
        found = await self._session.execute(
            select(columns.series, columns.year, columns.sequence).where(
                columns.supplier_id == supplier_id, columns.delivery_key == key(reference)
            )
        )
        row = found.mappings().one_or_none()
        return None if row is None else read_number(row)

    async def add(self, document: StockDocument) -> None:
        await self._session.execute(insert(stock_documents), document_row(document))
        await self._session.execute(insert(stock_document_lines), line_rows(document))


class SqlLocationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: LocationId) -> Location:
        location = await self._session.get(Location, identifier)
        if location is None:
            raise NotFound.of(LocationId.kind, identifier)
        return location

    def add(self, location: Location) -> None:
        self._session.add(location)

    async def lock_tree(self) -> None:
        if self._session.get_bind().dialect.name == "postgresql":
            # Readers, foreign keys and postings pass; other writers of locations wait.
            await self._session.execute(text("LOCK TABLE locations IN SHARE ROW EXCLUSIVE MODE"))

    async def above(self, identifier: LocationId | None) -> Sequence[Location]:
        columns = locations.c
        chain = (
            select(columns.id, columns.parent_id, literal(0, Integer).label("distance"))
            .where(columns.id == identifier)
            .cte("chain", recursive=True)
        )
        chain = chain.union_all(
            select(columns.id, columns.parent_id, chain.c.distance + 1).where(
                columns.id == chain.c.parent_id
            )
        )
        found = await self._session.scalars(
            select(Location).join(chain, chain.c.id == columns.id).order_by(chain.c.distance)
        )
        return found.all()

    async def has_open_places(self, identifier: LocationId) -> bool:
        below = select(locations.c.id).where(
            locations.c.parent_id == identifier, locations.c.active
        )
        return bool(await self._session.scalar(select(exists(below))))

    async def holds_stock(self, identifier: LocationId) -> bool:
        # Waits for postings under way and holds back new ones: they share the row's key.
        await self._session.execute(
            select(locations.c.id).where(locations.c.id == identifier).with_for_update()
        )
        lying = select(stock_levels.c.product_id).where(
            stock_levels.c.location_id == identifier, stock_levels.c.on_hand > Quantity(0)
        )
        return bool(await self._session.scalar(select(exists(lying))))


def _item(row: RowMapping) -> StockedItem:
    return StockedItem(
        product_id=row["id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        unit_decimals=row["unit_decimals"],
        tracks_stock=row["tracks_stock"],
    )
