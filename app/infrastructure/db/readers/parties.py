"""Read side of suppliers and customers: one of them, and the lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, RowMapping, Select, Table, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.audit.queries import AuditView
from app.application.common.paging import Page, PageRequest
from app.application.parties.queries import (
    CustomerFile,
    DuplicateGroup,
    PartyFilter,
    PartyItem,
    PartySort,
    PartyView,
    SaleOfCustomer,
)
from app.domain.auth.email import email_key
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CustomerId, PartyId, SupplierId
from app.domain.common.money import Money
from app.domain.parties.customer import Customer
from app.domain.parties.party import MatchKind
from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.pages import read_page, read_wide_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.sale_rows import read_number, shown_customer, with_customer
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.parties import (
    customer_match_keys,
    customers,
    supplier_match_keys,
    suppliers,
)
from app.infrastructure.db.tables.sales import sales
from app.infrastructure.db.tables.shop import shop
from app.infrastructure.db.text_search import TextSearch

Columns = Sequence[ColumnElement[Any]]

MOST_SHOWN = 50
_ITEM = (
    "id",
    "code",
    "name",
    "legal_name",
    "email",
    "phone",
    "website",
    "tax_id",
    "language",
    "net_days",
    "discount_ppm",
    "discount_days",
    "external_id",
    "active",
    "merged_into_id",
    "version",
    "created_at",
    "updated_at",
)
_SHOP_CURRENCY = select(shop.c.currency).scalar_subquery().label("currency")


class _SqlPartyReader:
    """`special` are the columns that only one kind has."""

    identifier: ClassVar[type[PartyId]]
    table: ClassVar[Table]
    keys: ClassVar[Table]
    special: ClassVar[Columns]
    search: ClassVar[TextSearch]

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        columns = self.table.c
        self._item = (*(columns[name] for name in _ITEM), *self.special)
        # Each order has an index of just these columns.
        self._orders: Mapping[str, Columns] = {
            "name": (columns.name_folded, columns.id),
            "created_at": (columns.created_at, columns.id),
            "updated_at": (columns.updated_at, columns.id),
        }

    async def party(self, identifier: PartyId) -> PartyView:
        async with self._reads.connection() as connection:
            found = await self._views(connection, self.table.c.id == identifier)
        if not found:
            raise NotFound.of(self.identifier.kind, identifier)
        return found[0]

    async def _views(
        self, connection: AsyncConnection, condition: ColumnElement[bool]
    ) -> Sequence[PartyView]:
        columns = self.table.c
        parts = (columns.notes, columns.contacts, columns.addresses)
        found = await connection.execute(
            select(*self._item, *parts).where(condition).order_by(columns.id)
        )
        return [PartyView(**row) for row in found.mappings()]

    async def parties(
        self, where: PartyFilter, *, sort: PartySort, page: PageRequest
    ) -> Page[PartyItem]:
        async with self._reads.connection() as connection:
            phrases = await self.search.use_phrases(where.q, connection)
            return await read_wide_page(
                connection,
                self._keys(where, phrases=phrases),
                self._orders[sort.field],
                page,
                columns=self._item,
                source=self.table,
                make=lambda row: PartyItem(**row),
                descending=sort.descending,
            )

    async def duplicates(self, page: PageRequest) -> Page[DuplicateGroup]:
        keys = self.keys.c
        shared = (
            select(keys.kind, keys.value, func.count().label("count"))
            .group_by(keys.kind, keys.value)
            .having(func.count() > 1)
        )
        async with self._reads.snapshot() as connection:
            found = await read_page(connection, shared, (keys.kind, keys.value), page, make=dict)
            members = await self._members(connection, found.items)
        groups = [
            DuplicateGroup(
                kind=MatchKind(group["kind"]),
                count=group["count"],
                parties=tuple(members[group["kind"], group["value"]]),
            )
            for group in found.items
        ]
        return Page(groups, found.next_after)

    async def _members(
        self, connection: AsyncConnection, groups: Sequence[Mapping[str, Any]]
    ) -> Mapping[tuple[str, str], Sequence[PartyItem]]:
        """Return the oldest parties of each group."""
        if not groups:
            return {}
        keys = self.keys.c
        place = func.row_number().over(partition_by=(keys.kind, keys.value), order_by=keys.party_id)
        ranked = (
            select(keys.kind, keys.value, keys.party_id, place.label("place"))
            .where(tuple_(keys.kind, keys.value).in_([(g["kind"], g["value"]) for g in groups]))
            .subquery("ranked")
        )
        found = await connection.execute(
            select(ranked.c.kind.label("by_kind"), ranked.c.value.label("by_value"), *self._item)
            .join_from(ranked, self.table, self.table.c.id == ranked.c.party_id)
            .where(ranked.c.place <= MOST_SHOWN)
            .order_by(ranked.c.kind, ranked.c.value, ranked.c.place)
        )
        members: dict[tuple[str, str], list[PartyItem]] = defaultdict(list)
        for row in found.mappings():
            item = dict(row)
            members[item.pop("by_kind"), item.pop("by_value")].append(PartyItem(**item))
        return members

    def _keys(self, where: PartyFilter, *, phrases: bool) -> Select[Any]:
        """Find the ids of the parties that meet the conditions."""
        return select(self.table.c.id).where(*self._conditions(where, phrases=phrases))

    def _conditions(self, where: PartyFilter, *, phrases: bool) -> Iterator[ColumnElement[bool]]:
        columns = self.table.c
        yield from self.search.conditions(where.q, phrases=phrases)
        if where.email is not None:
            yield columns.email_key == email_key(where.email)
        if where.active is not None:
            yield columns.active == where.active
        if where.updated_since is not None:
            yield columns.updated_at >= where.updated_since


class SqlSupplierReader(_SqlPartyReader):
    identifier = SupplierId
    table = suppliers
    keys = supplier_match_keys
    special: ClassVar[Columns] = (suppliers.c.currency, suppliers.c.over_receipt_ppm)
    search = TextSearch(suppliers, word="supplier")


class SqlCustomerReader(_SqlPartyReader):
    identifier = CustomerId
    table = customers
    keys = customer_match_keys
    special: ClassVar[Columns] = (
        _SHOP_CURRENCY,
        customers.c.credit_limit_minor,
        customers.c.anonymized_at,
    )
    search = TextSearch(customers, word="customer")

    async def customer_file(self, identifier: CustomerId) -> CustomerFile:
        columns = customers.c
        theirs = or_(columns.id == identifier, columns.merged_into_id == identifier)
        async with self._reads.snapshot() as connection:
            found = await self._views(connection, theirs)
            customer = next((view for view in found if view.id == identifier), None)
            if customer is None:
                raise NotFound.of(CustomerId.kind, identifier)
            identifiers = [view.id for view in found]
            sold = await connection.execute(
                select(sales, shown_customer)
                .select_from(with_customer)
                .where(sales.c.customer_id.in_(identifiers))
                .order_by(sales.c.occurred_at, sales.c.id)
            )
            audited = await connection.execute(
                select(audit_log)
                .where(
                    audit_log.c.object_kind == Customer.word, audit_log.c.object_id.in_(identifiers)
                )
                .order_by(audit_log.c.id)
            )
        return CustomerFile(
            customer=customer,
            merged=tuple(view for view in found if view is not customer),
            sales=tuple(_sale(row) for row in sold.mappings()),
            audit=tuple(AuditView(**row) for row in audited.mappings()),
        )


def _sale(row: RowMapping) -> SaleOfCustomer:
    return SaleOfCustomer(
        id=row["id"],
        number=read_number(row),
        status=SaleStatus(row["status"]),
        customer_name=row["shown_customer"],
        total=Money(row["total_minor"], row["currency"]),
        occurred_at=row["occurred_at"],
    )
