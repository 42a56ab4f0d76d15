"""Suppliers and customers by the chunk: each step takes the same statements for any number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic
from uuid import UUID

from sqlalchemy import RowMapping, Table, delete, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.parties.ports import PartyKeys
from app.application.parties.ports import P
from app.domain.auth.email import email_key
from app.domain.common.identifiers import CustomerId, PartyId, SupplierId
from app.domain.common.text import fold, key
from app.domain.parties.customer import Customer
from app.domain.parties.supplier import Supplier
from app.infrastructure.db.bulk import Bulk
from app.infrastructure.db.import_rows import typed
from app.infrastructure.db.rewriting import rewrite
from app.infrastructure.db.tables.parties import (
    customer_match_keys,
    customers,
    supplier_items,
    supplier_match_keys,
    suppliers,
)
from app.infrastructure.db.tables.shop import shop

_FOUND = (
    "SELECT party.id FROM {{texts}} AS asked JOIN {table} AS party ON party.{column} = asked.key"
)
_TAKEN = """
    SELECT party.code_key FROM {{texts}} AS asked
    JOIN {table} AS party ON party.code_key = asked.key
"""
_COUNTED = text(
    "INSERT INTO document_counters (series, year, last) VALUES (:series, 0, :number) "
    "ON CONFLICT (series, year) DO UPDATE SET last = document_counters.last + :number "
    "RETURNING last"
)


async def named(
    session: AsyncSession,
    table: Table,
    texts: Collection[str],
    columns: Collection[str],
    *,
    held: bool,
) -> Sequence[RowMapping]:
    """Return the columns of parties that one of the texts means; `held` ones do not change.

    Of others only the key stays: nobody deletes, merges or anonymises them before this ends.
    """
    party = table.c
    query = (
        select(*(party[name] for name in columns))
        .where(
            or_(
                party.code_key.in_({key(text) for text in texts}),
                party.external_id.in_(set(texts)),
                party.email_key.in_({email_key(text) for text in texts}),
                party.name_folded.in_({fold(text) for text in texts}),
            )
        )
        .order_by(party.id)
    )
    if held:
        query = query.with_for_update()
    else:
        query = query.with_for_update(read=True, key_share=True)
    return (await session.execute(query)).mappings().all()


class _SqlPartyImportStore(Generic[P]):
    entity: ClassVar[Any]
    identifier: ClassVar[type[PartyId]]
    table: ClassVar[Table]
    keys: ClassVar[Table]

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def currency(self) -> str:
        currency: str = (await self._session.execute(select(shop.c.currency))).scalar_one()
        return currency

    async def found(self, keys: PartyKeys) -> Sequence[P]:
        bulk = await self._bulk()
        asked = {
            "code_key": keys.codes,
            "external_id": keys.external_ids,
            "email_key": keys.emails,
            "name_folded": keys.names,
        }
        found: set[UUID | bytes] = set()
        for column, texts in asked.items():
            if texts:
                query = _FOUND.format(table=self.table.name, column=column)
                found |= {identifier for (identifier,) in await bulk.matching(query, texts)}
        if not found:
            return []
        identifiers = sorted(typed(self.identifier, one) for one in found)
        # No entities of the session, which would write them one by one.
        rows = await self._session.execute(
            select(self.table)
            .where(self.table.c.id.in_(identifiers))
            .order_by(self.table.c.id)
            .with_for_update()
        )
        return [self.entity(**row) for row in rows.mappings()]

    async def with_costs(self, identifiers: Collection[PartyId]) -> Collection[PartyId]:
        return ()

    async def next_codes(self, series: str, number: int, *, others: Collection[str]) -> list[str]:
        codes: list[str] = []
        while lacking := number - len(codes):
            values = {"series": series, "number": lacking}
            last = (await self._session.execute(_COUNTED, values)).scalar_one()
            counted = [f"{series}-{n:04d}" for n in range(last - lacking + 1, last + 1)]
            query = _TAKEN.format(table=self.table.name)
            found = await (await self._bulk()).matching(query, map(key, counted))
            taken = {code for (code,) in found} | set(others)
            codes += [code for code in counted if key(code) not in taken]
        return codes

    async def create(self, parties: Sequence[P]) -> None:
        if parties:
            await self._session.execute(insert(self.table), [self._row(one) for one in parties])
            await self._insert_keys(parties)

    async def change(self, parties: Sequence[P]) -> None:
        if not parties:
            return
        for party in parties:
            party.version += 1
        rows = [self._row(party) for party in parties]
        await rewrite(self._session, self.table, rows)
        changed = [party.id for party in parties]
        await self._session.execute(delete(self.keys).where(self.keys.c.party_id.in_(changed)))
        await self._insert_keys(parties)

    async def _insert_keys(self, parties: Sequence[P]) -> None:
        rows = [
            {"kind": one.kind.value, "value": one.value, "party_id": party.id}
            for party in parties
            for one in sorted(party.match_keys())
        ]
        if rows:
            await self._session.execute(insert(self.keys), rows)

    def _row(self, party: P) -> Mapping[str, Any]:
        return {column.name: getattr(party, column.name) for column in self.table.columns}

    async def _bulk(self) -> Bulk:
        return Bulk(await self._session.connection())


class SqlSupplierImportStore(_SqlPartyImportStore[Supplier]):
    entity = Supplier
    identifier = SupplierId
    table = suppliers
    keys = supplier_match_keys

    async def with_costs(self, identifiers: Collection[PartyId]) -> Collection[PartyId]:
        items = supplier_items.c
        found = await self._session.scalars(
            select(items.supplier_id)
            .where(items.supplier_id.in_(identifiers), items.cost_micros.is_not(None))
            .distinct()
        )
        return found.all()


class SqlCustomerImportStore(_SqlPartyImportStore[Customer]):
    entity = Customer
    identifier = CustomerId
    table = customers
    keys = customer_match_keys
