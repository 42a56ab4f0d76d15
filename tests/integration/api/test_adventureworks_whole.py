"""A buyer's years are received: all that AdventureWorks ordered, as it came.

Goods, vendors and what these sell are imported. Each order is drafted, ordered, received and, where
it is complete for its buyer although something never came, closed, all by the use cases of
purchases. What the books say then is held against the files, worked out without the program. On
Postgres only every fifth vendor is bought from, which is a quarter of the orders: each statement is
a trip to the server.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby

import pytest
from sqlalchemy import BigInteger, func, select, type_coerce

from app.application.common.actor import Actor
from app.application.purchases.commands import (
    AskedArrival,
    AskedDelivery,
    AskedPurchase,
    AskedPurchaseLine,
)
from app.application.purchases.use_cases.drafts import ClosePurchase, CreatePurchase, OrderPurchase
from app.application.purchases.use_cases.receive import ReceivePurchase
from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId, SupplierId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import MAIN_ID, QUARANTINE_ID
from app.domain.purchases.order import Purchase
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import (
    product_valuations,
    stock_document_lines,
    stock_levels,
)
from app.infrastructure.db.tables.parties import suppliers
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
)
from tests.fixtures.databases import Database
from tests.fixtures.importing import DATA, Importer, Json, counts

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the folder of real files is not there: {DATA}"
)
ITEMS = '{"1": "sku", "2": "supplier", "3": "lead_time_days", "5": "cost", "7": "minimum_order"}'
COMPLETE = 4
PIECE = 1000


@dataclass(frozen=True)
class Line:
    """A line of an order as the file has it; `moment` is when it was written down."""

    ordered: int
    product: str
    price: str
    received: int
    rejected: int
    stocked: int
    moment: datetime

    @property
    def values(self) -> tuple[int, int]:
        """Return what the good and the faulty pieces are worth in cents.

        Faulty ones are worth what all that came comes to, less the good ones: ADR 25.
        """
        good, whole = (cents(Fraction(self.price) * n) for n in (self.stocked, self.received))
        return good, whole - good


@dataclass(frozen=True)
class Order:
    number: str
    status: int
    vendor: str
    lines: Sequence[Line]

    @property
    def short(self) -> bool:
        return any(line.received < line.ordered for line in self.lines)

    @property
    def ends_as(self) -> str:
        if not self.short:
            return "received"
        return "closed" if self.status == COMPLETE else "partly_received"


@dataclass
class Sums:
    """Of one product; `cents` is the value of all that came."""

    received: int = 0
    rejected: int = 0
    stocked: int = 0
    expected: int = 0
    cents: int = 0


def cents(amount: Fraction) -> int:
    """Round to the cent, half of one up."""
    return int((amount * 200 + 1) // 2)


def whole(cell: str) -> int:
    number = Fraction(cell)
    assert number.denominator == 1
    return int(number)


def records(name: str) -> Iterator[list[str]]:
    with (DATA / f"aw-{name}.csv").open(encoding="ascii", newline="") as file:
        yield from csv.reader(file, delimiter="\t")


def orders_of_the_files() -> list[Order]:
    """Return the orders by the day they were made."""
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for row in records("PurchaseOrderDetail"):
        moment = datetime.fromisoformat(row[10][:26]).replace(tzinfo=UTC)
        lines[row[0]].append(
            Line(int(row[3]), row[4], row[5], whole(row[7]), whole(row[8]), whole(row[9]), moment)
        )
    headers = sorted(records("PurchaseOrderHeader"), key=lambda row: (row[6], int(row[0])))
    return [Order(row[0], int(row[2]), row[4], lines[row[0]]) for row in headers]


def sums_of(orders: Sequence[Order]) -> dict[str, Sums]:
    sums: defaultdict[str, Sums] = defaultdict(Sums)
    for order in orders:
        for line in order.lines:
            of = sums[line.product]
            of.received += line.received
            of.rejected += line.rejected
            of.stocked += line.stocked
            of.cents += sum(line.values)
            if order.ends_as == "partly_received":
                of.expected += line.ordered - line.received
    return dict(sums)


@dataclass
class Trader:
    """Trades an order after the other through the use cases of purchases."""

    services: Services
    goods: Mapping[str, ProductId]
    vendors: Mapping[str, SupplierId]
    actor: Actor = field(
        default_factory=lambda: Actor(role=Role.MANAGER, trace_id="trace", route="POST /test")
    )

    async def trade(self, order: Order) -> None:
        drafted = await self.drafted(order)
        await OrderPurchase(self.services.work(None))(drafted.id, expected=1, actor=self.actor)
        parts = list(zip(drafted.lines, order.lines, strict=True))
        parts.sort(key=lambda part: part[1].moment)
        for moment, came in groupby(parts, key=lambda part: part[1].moment):
            asked = AskedDelivery(
                lines=tuple(
                    AskedArrival(
                        line_id=line.id,
                        accepted=Quantity.of(one.stocked),
                        rejected=Quantity.of(one.rejected),
                    )
                    for line, one in came
                ),
                reference=f"{order.number} of {moment.isoformat()}",
                occurred_at=moment,
            )
            receive = ReceivePurchase(self.services.work(None), ids=self.services.ids)
            await receive(drafted.id, asked, actor=self.actor)
        if order.ends_as == "closed":
            close = ClosePurchase(self.services.work(None))
            await close(drafted.id, reason="Complete", expected=None, actor=self.actor)

    async def drafted(self, order: Order) -> Purchase:
        create = CreatePurchase(self.services.work(None), ids=self.services.ids)
        asked = AskedPurchase(
            supplier_id=self.vendors[order.vendor],
            reference=order.number,
            lines=tuple(
                AskedPurchaseLine(
                    product_id=self.goods[line.product],
                    quantity=Quantity.of(line.ordered),
                    cost=UnitPrice.parse(line.price),
                )
                for line in order.lines
            ),
        )
        return await create(asked, at_once=False, actor=self.actor)


async def send(importer: Importer, content: str | bytes, kind: str, **form: str) -> Json:
    sent = await importer.upload(content, kind=kind, autostart="true", role=Role.MANAGER, **form)
    assert sent.status_code == 201, sent.text
    await importer.work()
    done: Json = (await importer.shown(sent.json()["id"]))["counts"]
    return done


async def trader(importer: Importer) -> Trader:
    """Bring in goods, vendors and what these sell; the files know products by number."""
    names = {row[0]: row[1] for row in records("Product")}
    vendors = {row[1] for row in records("ProductVendor")}
    goods = "".join(f'{number},"{name}",1\n' for number, name in names.items())
    named = "".join(f"{number},Vendor {number}\n" for number in sorted(vendors))
    items = (DATA / "aw-ProductVendor.csv").read_bytes()
    form = {"has_header": "false", "mapping": ITEMS}

    assert await send(importer, f"sku,name,price\n{goods}", "products") == counts(created=504)
    assert await send(importer, f"external id,name\n{named}", "suppliers") == counts(created=86)
    assert await send(importer, items, "supplier_items", **form) == counts(created=460)

    kept = await importer.store.rows(select(products.c.sku, products.c.id))
    sellers = await importer.store.rows(select(suppliers.c.external_id, suppliers.c.id))
    return Trader(
        importer.services,
        goods={row["sku"]: row["id"] for row in kept},
        vendors={row["external_id"]: row["id"] for row in sellers},
    )


async def test_adventureworks_whole(importer: Importer, database: Database) -> None:
    orders = orders_of_the_files()
    assert (len(orders), sum(len(order.lines) for order in orders)) == (4012, 8845)
    if database.dialect == "postgres":
        some = sorted({int(order.vendor) for order in orders})[::5]
        orders = [order for order in orders if int(order.vendor) in some]
        assert len(orders) == 913
    buyer = await trader(importer)

    for order in orders:
        await buyer.trade(order)

    assert await sums_of_the_books(importer) == sums_of(orders)
    await check_averages(importer, orders)
    await check_receipts(importer, orders)
    await check_ends(importer, orders)
    verified = await importer.services.verifier.verify()
    assert {check.name: check.findings for check in verified.checks if check.findings} == {}


async def sums_of_the_books(importer: Importer) -> dict[str, Sums]:
    """Return what levels, values and lines of orders say of each product that was bought."""
    sums: defaultdict[str, Sums] = defaultdict(Sums)
    names = ("received", "rejected", "outstanding")
    lines = await importer.store.rows(
        select(
            purchase_lines.c.sku,
            *(func.sum(type_coerce(purchase_lines.c[name], BigInteger)).label(name)
              for name in names),
        ).group_by(purchase_lines.c.sku)
    )  # fmt: skip
    for row in lines:
        of = sums[row["sku"]]
        of.received, of.rejected, of.expected = (pieces(int(row[name])) for name in names)
    levels = await importer.store.rows(
        select(products.c.sku, stock_levels.c.location_id, stock_levels.c.on_hand).join(
            products, products.c.id == stock_levels.c.product_id
        )
    )
    faulty = dict.fromkeys(sums, 0)
    for row in levels:
        held = pieces(row["on_hand"].thousandths)
        if row["location_id"] == MAIN_ID:
            sums[row["sku"]].stocked = held
        else:
            assert row["location_id"] == QUARANTINE_ID
            faulty[row["sku"]] = held
    assert faulty == {sku: of.rejected for sku, of in sums.items()}
    valuations = await importer.store.rows(
        select(products.c.sku, product_valuations.c.quantity, product_valuations.c.value_minor)
        .join(products, products.c.id == product_valuations.c.product_id)
    )  # fmt: skip
    for row in valuations:
        assert pieces(row["quantity"].thousandths) == sums[row["sku"]].received
        sums[row["sku"]].cents = row["value_minor"]
    return dict(sums)


def pieces(thousandths: int) -> int:
    number, rest = divmod(thousandths, PIECE)
    assert rest == 0
    return number


async def check_averages(importer: Importer, orders: Sequence[Order]) -> None:
    """Compare what the list of stock answers, page by page."""
    shown: dict[str, tuple[str, ...]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = (
            await importer.http.get(
                "/api/v1/inventory/stock",
                params={"limit": "200"} | cursor,
                headers=importer.sign_in(Role.MANAGER),
            )
        ).json()
        for item in page["items"]:
            if item["on_hand"] != "0.000":
                amounts = (item["value"]["amount"], item["average_cost"]["amount"])
                shown[item["sku"]] = (
                    item["on_hand"],
                    item["available"],
                    item["incoming"],
                    *amounts,
                )
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert shown == {
        sku: (
            f"{of.received}.000",
            f"{of.stocked}.000",
            f"{of.expected}.000",
            f"{of.cents // 100}.{of.cents % 100:02}",
            average(of),
        )
        for sku, of in sums_of(orders).items()
    }


def average(of: Sums) -> str:
    """Return the cost of a piece with two to six decimal places."""
    micros = int((Fraction(of.cents * 10_000, of.received) * 2 + 1) // 2)
    whole_part, rest = f"{micros // 10**6}", f"{micros % 10**6:06}"
    return f"{whole_part}.{rest[:2]}{rest[2:].rstrip('0')}"


async def check_receipts(importer: Importer, orders: Sequence[Order]) -> None:
    """Compare every line of every goods receipt: what came good and faulty, and its value."""
    expected = Counter(
        (order.number, line.product, faulty, number, value)
        for order in orders
        for line in order.lines
        for faulty, number, value in zip(
            (False, True), (line.stocked, line.rejected), line.values, strict=True
        )
        if number
    )
    part, line = purchase_receipt_lines.c, purchase_lines.c
    found = await importer.store.rows(
        select(
            purchases.c.reference,
            line.sku,
            part.rejected,
            part.quantity,
            stock_document_lines.c.value_minor,
        )
        .join_from(purchase_receipt_lines, purchase_lines, line.id == part.purchase_line_id)
        .join(purchases, purchases.c.id == line.purchase_id)
        .join(stock_document_lines, stock_document_lines.c.id == part.id)
    )
    written = Counter(
        (
            row["reference"],
            row["sku"],
            row["rejected"],
            pieces(row["quantity"].thousandths),
            row["value_minor"],
        )
        for row in found
    )
    assert written == expected


async def check_ends(importer: Importer, orders: Sequence[Order]) -> None:
    """Compare how each order ended, and that numbers were given without a gap."""
    found = await importer.store.rows(
        select(purchases.c.reference, purchases.c.status, purchases.c.sequence).order_by(
            purchases.c.sequence
        )
    )
    assert [tuple(row.values()) for row in found] == [
        (order.number, order.ends_as, sequence) for sequence, order in enumerate(orders, start=1)
    ]
