"""Read side of suppliers and customers: one of them, and the lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, Table, select

from app.application.common.paging import Page, PageRequest
from app.application.parties.queries import PartyFilter, PartyItem, PartySort, PartyView
from app.domain.auth.email import email_key
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CustomerId, PartyId, SupplierId
from app.infrastructure.db.pages import read_wide_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.parties import customers, suppliers
from app.infrastructure.db.tables.shop import shop
from app.infrastructure.db.text_search import TextSearch

Columns = Sequence[ColumnElement[Any]]

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
        columns = self.table.c
        parts = (columns.notes, columns.contacts, columns.addresses)
        async with self._reads.connection() as connection:
            found = await connection.execute(
                select(*self._item, *parts).where(columns.id == identifier)
            )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(self.identifier.kind, identifier)
        return PartyView(**row)

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
    special: ClassVar[Columns] = (suppliers.c.currency,)
    search = TextSearch(suppliers, word="supplier")


class SqlCustomerReader(_SqlPartyReader):
    identifier = CustomerId
    table = customers
    special: ClassVar[Columns] = (_SHOP_CURRENCY, customers.c.credit_limit_minor)
    search = TextSearch(customers, word="customer")
