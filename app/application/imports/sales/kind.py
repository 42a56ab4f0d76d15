"""Sales of the past as a kind of import: each invoice becomes a completed sale of its moment.

The goods left before the books were opened, with what was left then; so they come from where
openings come from, and the stock that is there stays as it is. A number stands for one sale of its
register: told again it changes nothing, with other content it is refused.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from app.application.imports.deciding import RowRefused, Taken, faults_of
from app.application.imports.goods import Goods
from app.application.imports.kinds import Applied, Task
from app.application.imports.naming import Names
from app.application.imports.openings.ports import KnownLocation
from app.application.imports.sales.ports import KnownCustomer, Numbered, SaleImportsWork
from app.application.imports.sales.posting import post_sales
from app.application.sales.ports import Offer
from app.domain.auth.roles import Permission
from app.domain.common.errors import DomainError
from app.domain.common.identifiers import IdSource, LineId, LocationId, SaleId
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.moments import settled
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.sales import SALES_HISTORY
from app.domain.imports.records import Chunk
from app.domain.imports.sales_history import SoldRow, incomplete, invoices, parse_sales
from app.domain.inventory.locations import MAIN_ID
from app.domain.sales.discount import AmountOff
from app.domain.sales.line import LineDraft, SoldItem
from app.domain.sales.sale import Buyer, Conditions, Sale
from app.domain.sales.tender import Tender, TenderKind
from app.domain.sales.till import TillRecord

REGISTER = "history"
"""What numbers stand under whose register is not told."""
_MAIN = "main"
_FIELDS = {"occurred_at": "date"}
_SHARED = ("moment", "register", "customer", "tender", "location")
_COLUMNS = {"moment": "date"}


@dataclass(slots=True)
class _Shelf:
    """What the shop has of all that a chunk speaks of."""

    offer: Offer
    goods: Goods
    customers: Names[KnownCustomer]
    locations: Mapping[str, KnownLocation]
    tax_rates: Mapping[str, int]
    told: Mapping[Numbered, bytes | None]
    taken: Taken


@dataclass(frozen=True, slots=True)
class _Head:
    """What the lines of an invoice tell of it as a whole."""

    number: Numbered
    moment: datetime
    customer: str | None
    tender: TenderKind
    location: str


@dataclass(slots=True)
class _Decisions:
    made: list[tuple[list[SoldRow], Sale]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


class _LineRefused(Exception):
    """A line of an invoice is at fault, and so all of it fails."""

    def __init__(self, row: SoldRow, refused: RowRefused) -> None:
        super().__init__(refused.expected)
        self.row = row
        self.refused = refused


class SaleImports:
    """Invoices of the past, a record for each of their lines."""

    name = SALES_HISTORY
    needs = (Permission.SALES_WRITE,)
    together = "invoice"

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: SaleImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_sales(chunk, plan, carry)

    async def apply(self, work: SaleImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [SoldRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await _shelf(work, rows, task)
        # Thousands of rows would hold up every other request of this process.
        decisions = await asyncio.to_thread(self._decide, work, rows, shelf, task)
        sales = [sale for _, sale in decisions.made]
        await post_sales(work, sales, offer=shelf.offer, actor=task.actor)
        return Applied(
            created=sum(len(lines) for lines, _ in decisions.made),
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            keys=shelf.taken.new,
            differences=(
                [one for lines, sale in decisions.made for one in _differences(lines, sale)]
                if task.told
                else ()
            ),
        )

    def _decide(
        self, work: SaleImportsWork, rows: list[SoldRow], shelf: _Shelf, task: Task
    ) -> _Decisions:
        decisions, plan = _Decisions(), task.plan
        for lines in invoices(rows):
            try:
                sale = self._sale(lines, shelf, task, at=work.started_at)
            except _LineRefused as at_fault:
                faults = [at_fault.refused.fault(at_fault.row, plan)]
            except RowRefused as refused:
                faults = [refused.fault(line, plan) for line in lines]
            except DomainError as fault:
                faults = list(_faults_of_lines(lines, plan, fault))
            else:
                if sale is None:
                    decisions.unchanged += len(lines)
                else:
                    decisions.made.append((lines, sale))
                continue
            told = {fault.row for fault in faults}
            decisions.faults.extend(faults)
            decisions.faults.extend(incomplete(row, plan) for row in lines if row.row not in told)
        return decisions

    def _sale(
        self, lines: list[SoldRow], shelf: _Shelf, task: Task, *, at: datetime
    ) -> Sale | None:
        """Return the paid sale of an invoice, None if the shop has it already."""
        head = _head(lines)
        register, number = head.number
        key = f"{register}:{number}"
        shelf.taken.refuse(key, row=lines[0].row, field="invoice", value=number)
        digest = _digest(lines, head)
        exists = head.number in shelf.told
        _check_mode(task.plan.options.mode, head.number, exists=exists)
        if exists and shelf.told[head.number] != digest:
            expected = f"another number: {number} of {register} stands for another sale"
            raise RowRefused("invoice", "other_sale", number, expected)
        sale = None
        if not exists:
            sale = self._paid(lines, head, shelf, task, digest=digest, at=at)
        shelf.taken.take([key], lines[0].row)
        return sale

    def _paid(
        self,
        lines: list[SoldRow],
        head: _Head,
        shelf: _Shelf,
        task: Task,
        *,
        digest: bytes,
        at: datetime,
    ) -> Sale:
        offer = shelf.offer
        register, number = head.number
        sale = Sale.draft(
            self._ids.new(SaleId),
            conditions=Conditions(
                currency=offer.currency,
                prices_include_tax=offer.prices_include_tax,
                location_id=_location(head, shelf),
            ),
            lines=[self._line(row, shelf) for row in lines],
            discount=None,
            user_id=task.actor.user_id,
            at=at,
            customer=_buyer(head, shelf),
            till=TillRecord(
                register=register, client_id=number, client_number=number, digest=digest
            ),
        )
        sale.happen(settled(head.moment, time_zone=offer.books.time_zone), at=at)
        total = sale.totals.total_minor
        sale.pay([Tender(kind=head.tender, amount_minor=total)] if total else [])
        return sale

    def _line(self, row: SoldRow, shelf: _Shelf) -> LineDraft:
        try:
            product = shelf.goods.named(row)
            item = _taxed(shelf.offer.items[product.id].item, row, shelf)
        except RowRefused as refused:
            raise _LineRefused(row, refused) from None
        return LineDraft(
            id=self._ids.new(LineId),
            item=item,
            quantity=row.quantity,
            unit_price=row.unit_price,
            discount=row.discount,
        )


def _head(lines: list[SoldRow]) -> _Head:
    """Return what the lines agree on; one that says otherwise is refused."""
    agreed: dict[str, object] = {}
    for name in _SHARED:
        for row in lines:
            told = getattr(row, name)
            if told is None:
                continue
            if agreed.setdefault(name, told) != told:
                expected = f"what other lines of the invoice say: {agreed[name]}"
                refused = RowRefused(_COLUMNS.get(name, name), "lines_differ", told, expected)
                raise _LineRefused(row, refused)
    moment = agreed.get("moment")
    if not isinstance(moment, datetime):
        raise _LineRefused(lines[0], RowRefused("date", "missing", "", "when it took place"))
    tender = agreed.get("tender")
    return _Head(
        number=(str(agreed.get("register", REGISTER)), lines[0].invoice),
        moment=moment,
        customer=_text(agreed.get("customer")),
        tender=tender if isinstance(tender, TenderKind) else TenderKind.OTHER,
        location=_text(agreed.get("location")) or _MAIN,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _location(head: _Head, shelf: _Shelf) -> LocationId:
    location = shelf.locations.get(head.location)
    if location is None or not location.sells:
        expected = "the code of a location that goods are sold from"
        raise RowRefused("location", "not_found", head.location, expected)
    return location.id


def _buyer(head: _Head, shelf: _Shelf) -> Buyer | None:
    """Return the customer; one who is not sold to any more bought all the same."""
    if head.customer is None:
        return None
    customer = shelf.customers.one(head.customer)
    return Buyer(id=customer.id, name=customer.name)


def _taxed(item: SoldItem, row: SoldRow, shelf: _Shelf) -> SoldItem:
    """Return the item with the tax rate that the line names."""
    if row.tax_rate is None:
        return item
    rate = shelf.tax_rates.get(row.tax_rate)
    if rate is None:
        raise RowRefused("tax_rate", "not_found", row.tax_rate, "the code of a tax rate")
    return replace(item, tax_code=row.tax_rate, tax_rate_ppm=rate)


def _check_mode(mode: Mode, number: Numbered, *, exists: bool) -> None:
    if exists and mode is Mode.CREATE:
        expected = "a sale that the shop does not have, for mode create"
        raise RowRefused("invoice", "already_exists", number[1], expected)
    if not exists and mode is Mode.UPDATE:
        expected = "a sale of the shop, for mode update"
        raise RowRefused("invoice", "not_found", number[1], expected)


def _digest(lines: Iterable[SoldRow], head: _Head) -> bytes:
    """Return the hash of what was told, by which the same invoice is known again."""
    told = [
        [
            row.sku,
            row.barcode_key,
            row.quantity.thousandths,
            row.unit_price.micros,
            row.discount and str(row.discount),
            row.tax_rate,
        ]
        for row in lines
    ]
    whole = [head.moment.isoformat(), head.customer, head.tender.value, head.location, told]
    return sha256(json.dumps(whole).encode()).digest()


def _faults_of_lines(lines: list[SoldRow], plan: Plan, error: DomainError) -> Iterable[Fault]:
    """Return what the rules say of an invoice, by the line and column that they speak of."""
    told: set[int] = set()
    for one in error.errors:
        part, _, rest = one.pointer.lstrip("/").partition("/")
        index, _, name = rest.partition("/")
        if part == "lines" and index.isdigit():
            row = lines[int(index)]
            column = plan.header_of(_line_field(name, row))
            told.add(row.row)
            yield Fault(row.row, row.line, column, one.code, "", one.detail)
    if not told:
        for row in lines:
            yield from faults_of(row, plan, error, _FIELDS)


def _line_field(name: str, row: SoldRow) -> str:
    if name.startswith("discount"):
        return "discount_amount" if isinstance(row.discount, AmountOff) else "discount_percent"
    return name or "unit_price"


async def _shelf(work: SaleImportsWork, rows: Collection[SoldRow], task: Task) -> _Shelf:
    store = work.sale_imports
    goods = await Goods.of(work.goods, list(rows))
    texts = {row.customer for row in rows if row.customer}
    numbers = {(row.register or REGISTER, row.invoice) for row in rows}
    # A line that does not name its register may stand on an invoice that does.
    registers = {register for register, _ in numbers}
    numbers = {(register, row.invoice) for register in registers for row in rows}
    keys = {f"{register}:{number}" for register, number in numbers}
    return _Shelf(
        offer=await work.sales.offer(MAIN_ID, {product.id for product in goods}),
        goods=goods,
        customers=Names(texts, await store.customers(texts) if texts else (), word="customer"),
        locations=await work.opening_imports.locations(
            {_MAIN} | {row.location for row in rows if row.location}
        ),
        tax_rates=await store.tax_rates(),
        told=await store.told(numbers),
        taken=Taken(await work.imports.first_rows(task.identifier, keys)),
    )


def _differences(lines: list[SoldRow], sale: Sale) -> list[Difference]:
    return [
        Difference(
            row=row.row,
            line=row.line,
            label=f"{row.invoice} {line.item.sku}",
            created=True,
            changes={
                "total": {"before": None, "after": sale.money(line.amounts.total_minor).amount}
            },
        )
        for row, line in zip(lines, sale.lines, strict=True)
    ]
