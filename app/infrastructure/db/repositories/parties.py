"""Write side of suppliers with their items, and of customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic

from sqlalchemy import (
    Column,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.parties.ports import BoughtProduct, P
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import (
    CustomerId,
    PartyId,
    ProductId,
    SupplierId,
    SupplierItemId,
)
from app.domain.parties.customer import Customer
from app.domain.parties.item import SupplierItem
from app.domain.parties.supplier import Supplier
from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.goods import held_products
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import stock_documents
from app.infrastructure.db.tables.parties import (
    customer_match_keys,
    customers,
    supplier_items,
    supplier_match_keys,
    suppliers,
)
from app.infrastructure.db.tables.purchases import purchases
from app.infrastructure.db.tables.sales import sales
from app.infrastructure.db.tables.shop import shop, units

_OWNED = {"code": "code_key", "email": "email_key", "external_id": "external_id"}


class _SqlPartyRepository(Generic[P]):
    """`uses` are the columns by which documents and other parties name one, by what they are."""

    entity: ClassVar[Any]
    identifier: ClassVar[type[PartyId]]
    table: ClassVar[Table]
    keys: ClassVar[Table]
    naming: ClassVar[Mapping[str, Column[Any]]]

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: PartyId) -> P:
        found: P | None = await self._session.get(self.entity, identifier)
        if found is None:
            raise NotFound.of(self.identifier.kind, identifier)
        return found

    async def hold(self, identifier: PartyId) -> P:
        # A document's foreign key shares the row: those under way end first, later ones wait.
        found = await self._session.scalars(
            select(self.entity)
            .where(self.table.c.id == identifier)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        party: P | None = found.one_or_none()
        if party is None:
            raise NotFound.of(self.identifier.kind, identifier)
        return party

    async def hold_all(self, identifiers: Collection[PartyId]) -> Mapping[PartyId, P]:
        found = await self._session.scalars(
            select(self.entity)
            .where(self.table.c.id.in_(identifiers))
            .order_by(self.table.c.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {party.id: party for party in found}

    async def carry_on(self, target: P, merged: Collection[P], *, at: datetime) -> None:
        columns = self.table.c
        await self._session.execute(
            update(self.table)
            .where(columns.merged_into_id.in_([party.id for party in merged]))
            .values(merged_into_id=target.id, version=columns.version + 1, updated_at=at)
        )

    async def add(self, party: P) -> None:
        self._session.add(party)
        await self._session.flush()
        await self._insert_keys(party)

    async def replace_keys(self, party: P) -> None:
        await self._session.execute(delete(self.keys).where(self.keys.c.party_id == party.id))
        await self._insert_keys(party)

    async def _insert_keys(self, party: P) -> None:
        rows = [
            {"kind": key.kind.value, "value": key.value, "party_id": party.id}
            for key in sorted(party.match_keys())
        ]
        if rows:
            await self._session.execute(insert(self.keys), rows)

    async def remove(self, party: P) -> None:
        await self._session.execute(delete(self.keys).where(self.keys.c.party_id == party.id))
        await self._remove_own(party.id)
        await self._session.delete(party)

    async def _remove_own(self, identifier: PartyId) -> None:
        """Delete what belongs to it beside its row."""

    async def owners(self, party: P) -> Mapping[str, PartyId]:
        columns = self.table.c
        wanted = {name: getattr(party, key) for name, key in _OWNED.items()}
        same = [columns[_OWNED[name]] == value for name, value in wanted.items() if value]
        found = await self._session.execute(
            select(columns.id, *(columns[key].label(name) for name, key in _OWNED.items())).where(
                or_(*same), columns.id != party.id
            )
        )
        owners: dict[str, PartyId] = {}
        for row in found.mappings():
            owners |= {name: row["id"] for name, value in wanted.items() if row[name] == value}
        return {name: owner for name, owner in owners.items() if wanted[name]}

    async def has_code(self, code_key: str) -> bool:
        return bool(
            await self._session.scalar(select(exists().where(self.table.c.code_key == code_key)))
        )

    async def uses(self, identifier: PartyId) -> Mapping[str, int]:
        counts = [
            select(literal(kind).label("kind"), func.count().label("count")).where(
                column == identifier
            )
            for kind, column in self.naming.items()
        ]
        found = await self._session.execute(union_all(*counts))
        return {kind: count for kind, count in found if count}

    async def shop_currency(self) -> str:
        currency: str = (await self._session.execute(select(shop.c.currency))).scalar_one()
        return currency

    async def has_costs(self, identifier: PartyId) -> bool:
        return False


class SqlSupplierRepository(_SqlPartyRepository[Supplier]):
    entity = Supplier
    identifier = SupplierId
    table = suppliers
    keys = supplier_match_keys
    naming: ClassVar[Mapping[str, Column[Any]]] = {
        "purchases": purchases.c.supplier_id,
        "receipts": stock_documents.c.supplier_id,
        "merged": suppliers.c.merged_into_id,
    }

    async def has_costs(self, identifier: PartyId) -> bool:
        # Whoever writes an item holds the supplier's row.
        await self._session.execute(
            select(suppliers.c.id).where(suppliers.c.id == identifier).with_for_update()
        )
        items = supplier_items.c
        costed = exists().where(items.supplier_id == identifier, items.cost_micros.is_not(None))
        return bool(await self._session.scalar(select(costed)))

    async def carry_on(
        self, target: Supplier, merged: Collection[Supplier], *, at: datetime
    ) -> None:
        await super().carry_on(target, merged, at=at)
        items, other = supplier_items.c, supplier_items.alias("other")
        # Costs are in the supplier's currency; and of one SKU the target keeps its own item, else
        # the oldest.
        alike = [party.id for party in merged if party.currency == target.currency]
        first = and_(
            other.c.sku_key == items.sku_key,
            or_(
                other.c.supplier_id == target.id,
                and_(other.c.supplier_id.in_(alike), other.c.id < items.id),
            ),
        )
        taken = select(other.c.id).where(first).correlate(supplier_items)
        raised = {"version": items.version + 1, "updated_at": at}
        await self._session.execute(
            update(supplier_items)
            .where(items.supplier_id.in_(alike), ~exists(taken))
            .values(supplier_id=target.id, **raised)
        )
        # What stays behind is not bought any more: the target's item of its SKU is, instead.
        behind = and_(
            other.c.supplier_id.in_(alike),
            other.c.preferred,
            other.c.product_id == items.product_id,
            other.c.sku_key == items.sku_key,
        )
        heirs = select(items.id).where(items.supplier_id == target.id, exists().where(behind))
        preferred = (await self._session.scalars(heirs)).all()
        await self._session.execute(
            update(supplier_items)
            .where(items.supplier_id.in_([party.id for party in merged]), items.preferred)
            .values(preferred=False, **raised)
        )
        if preferred:
            await self._session.execute(
                update(supplier_items)
                .where(items.id.in_(preferred))
                .values(preferred=True, **raised)
            )

    async def _remove_own(self, identifier: PartyId) -> None:
        await self._session.execute(
            delete(supplier_items).where(supplier_items.c.supplier_id == identifier)
        )


class SqlCustomerRepository(_SqlPartyRepository[Customer]):
    entity = Customer
    identifier = CustomerId
    table = customers
    keys = customer_match_keys
    naming: ClassVar[Mapping[str, Column[Any]]] = {
        "sales": sales.c.customer_id,
        "merged": customers.c.merged_into_id,
    }

    async def hold_merged(self, into: CustomerId) -> Collection[Customer]:
        found = await self._session.scalars(
            select(Customer)
            .where(customers.c.merged_into_id == into)
            .order_by(customers.c.id)
            .with_for_update()
        )
        return found.all()

    async def drafts(self, identifiers: Collection[PartyId]) -> int:
        still_open = sales.c.status.in_([SaleStatus.DRAFT.value, SaleStatus.CONFIRMED.value])
        count = select(func.count()).where(sales.c.customer_id.in_(identifiers), still_open)
        return (await self._session.execute(count)).scalar_one()


class SqlSupplierItemRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: SupplierItemId, *, of: SupplierId) -> SupplierItem:
        item = await self._session.get(SupplierItem, identifier)
        if item is None or item.supplier_id != of:
            raise NotFound.of(SupplierItemId.kind, identifier)
        return item

    async def add(self, item: SupplierItem) -> None:
        self._session.add(item)

    async def remove(self, item: SupplierItem) -> None:
        await self._session.delete(item)

    async def product(self, identifier: ProductId) -> BoughtProduct | None:
        # Held, so that the unit which the pack size is in stays.
        held = held_products(products.c.id == identifier)
        found = await self._session.execute(
            select(held.c.sku, held.c.name, units.c.decimals.label("unit_decimals")).join_from(
                held, units, units.c.id == held.c.unit_id
            )
        )
        row = found.mappings().one_or_none()
        return None if row is None else BoughtProduct(**row)

    async def sku_owner(self, item: SupplierItem) -> SupplierItemId | None:
        columns = supplier_items.c
        owner: SupplierItemId | None = await self._session.scalar(
            select(columns.id).where(
                columns.supplier_id == item.supplier_id,
                columns.sku_key == item.sku_key,
                columns.id != item.id,
            )
        )
        return owner

    async def preferred(self, product_id: ProductId) -> SupplierItem | None:
        columns = supplier_items.c
        # Bare, not compared with true: only so the partial index answers.
        found = await self._session.scalars(
            select(SupplierItem).where(columns.product_id == product_id, columns.preferred)
        )
        return found.one_or_none()
