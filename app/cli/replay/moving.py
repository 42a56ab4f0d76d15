"""Make the shop, its products and customers, and post its past in parts; then compare."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.common.retry import retrying
from app.application.imports.use_cases.bulk import Item, WriteProducts
from app.application.parties.queries import PartyFilter, PartyItem, PartySort
from app.application.replay.documents import Documents, PastDocument, openings
from app.application.replay.figures import Figures, Month
from app.application.replay.invoices import ZONE, Invoice
from app.application.replay.matching import Outcome
from app.application.replay.survey import CURRENCY, Article, Survey
from app.application.replay.use_cases.enrol import EnrolCustomers
from app.application.replay.use_cases.post import PostPast
from app.application.services import Services
from app.application.shop.use_cases.shop import UpdateShop
from app.cli.terminal import Steps
from app.domain.auth.roles import Role
from app.domain.common.errors import Conflict
from app.domain.common.identifiers import CustomerId, DocumentId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.text import key
from app.domain.imports.items import ItemValues
from app.domain.imports.plan import Mode, OnError
from app.domain.shop.shop import ShopValues

SHOP = ShopValues(name="Online retail", currency=CURRENCY, time_zone=ZONE, prices_include_tax=True)
PRODUCTS_AT_ONCE = 500
CUSTOMERS_AT_ONCE = 200
DOCUMENTS_AT_ONCE = 50
LINES_AT_ONCE = 1500


class NotThisShop(Conflict):
    """A replay is made into a shop of its own: what happened cannot be deleted later."""

    code = "not_this_shop"
    title = "The database holds documents that are not of this file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many documents of each kind there are, and were posted now; what the books come to."""

    counts: Counter[str]
    outcomes: Mapping[Outcome, int]
    figures: Figures


class Moving:
    """Each part of the past is one transaction; what is there already is passed over."""

    def __init__(self, services: Services, found: Survey, *, steps: Steps) -> None:
        self._services = services
        self._found = found
        self._steps = steps
        self._actor = Actor(
            role=Role.ADMIN, trace_id=secrets.token_hex(16), route="cli replay online-retail"
        )
        self._there: set[DocumentId] = set()

    async def move(self, invoices: Iterable[Invoice]) -> Moved:
        """Bring it all in and tell what the books come to then."""
        self._there = await self._services.replay.posted()
        await self._settings()
        products = await self._products()
        opening = openings(self._found, products)
        if self._there and not self._there.issuperset(document.id for document in opening):
            raise NotThisShop(
                "A replay is made into a shop of its own; this one holds documents of others."
            )
        documents = Documents(self._found, products=products, customers=await self._customers())

        counts: Counter[str] = Counter()
        self._steps.begin("Invoices", total=self._found.invoices.total())
        await self._post(opening, counts)
        for part in parts(invoices, documents):
            await self._post(part.documents, counts)
            for _ in range(part.invoices):
                self._steps.advance()
        figures = await self._figures(products)
        return Moved(counts=counts, outcomes=documents.outcomes, figures=figures)

    async def _settings(self) -> None:
        services = self._services
        now = await services.shop.shop()
        rate = await services.shop.tax_rate(now.default_tax_rate_id)
        if rate.rate_ppm:
            raise NotThisShop("The prices of the file are without tax; the shop's rate is not 0.")
        await UpdateShop(services.work(None))(SHOP, expected=now.version, actor=self._actor)

    async def _products(self) -> dict[str, ProductId]:
        """Make what is not there yet; return all by key."""
        articles = list(self._found.articles.items())
        made: dict[str, ProductId] = {}
        self._steps.begin("Products", total=len(articles))
        for start in range(0, len(articles), PRODUCTS_AT_ONCE):
            some = articles[start : start + PRODUCTS_AT_ONCE]
            write = WriteProducts(self._services.work(None), ids=self._services.ids)
            items = [Item(values=_values(article), currencies={}) for _, article in some]
            results = await write(
                items, mode=Mode.UPSERT, on_error=OnError.ABORT, actor=self._actor
            )
            for (article, _), result in zip(some, results, strict=True):
                if result.product_id is not None:
                    made[article] = result.product_id
                self._steps.advance()
        return made

    async def _customers(self) -> dict[str, CustomerId]:
        """Make those who are not there yet; return all by number."""
        services = self._services
        there = {key(party.code): CustomerId(int=party.id.int) async for party in self._parties()}
        new = [number for number in self._found.customers if number not in there]
        self._steps.begin("Customers", total=len(new))
        for start in range(0, len(new), CUSTOMERS_AT_ONCE):
            some = new[start : start + CUSTOMERS_AT_ONCE]
            enrol = EnrolCustomers(services.work(None), ids=services.ids)
            there |= await enrol(some, actor=self._actor)
            for _ in some:
                self._steps.advance()
        return there

    async def _parties(self) -> AsyncIterator[PartyItem]:
        after = None
        while True:
            page = await self._services.customers.parties(
                PartyFilter(),
                sort=PartySort.NAME,
                page=PageRequest(limit=CUSTOMERS_AT_ONCE, after=after),
            )
            for party in page.items:
                yield party
            after = page.next_after
            if after is None:
                return

    async def _post(self, documents: Sequence[PastDocument], counts: Counter[str]) -> None:
        new = [document for document in documents if document.id not in self._there]
        counts.update(document.kind for document in documents)
        counts["present"] += len(documents) - len(new)
        if not new:
            return
        await retrying(lambda: PostPast(self._services.work(None))(new, actor=self._actor))
        counts["posted"] += len(new)
        counts["lines"] += sum(document.lines for document in new)

    async def _figures(self, products: Mapping[str, ProductId]) -> Figures:
        """Read what the books come to in each month of the file."""
        articles = {product: article for article, product in products.items()}
        figures = Figures()
        for month in self._found.figures.by_month():
            since, until = bounds(month)
            traded = await self._services.replay.traded(since, until)
            for product, amounts in traded.items():
                figures.add(month, articles.get(product, str(product)), amounts)
        return figures


@dataclass(frozen=True, slots=True)
class Part:
    """What is posted in one transaction."""

    invoices: int
    documents: list[PastDocument]


def parts(invoices: Iterable[Invoice], documents: Documents) -> Iterator[Part]:
    """Yield the documents in parts of some fifty, fewer where they have many lines."""
    count, gathered = 0, list[PastDocument]()
    for invoice in invoices:
        count += 1
        gathered += documents.of(invoice)
        lines = sum(document.lines for document in gathered)
        if len(gathered) >= DOCUMENTS_AT_ONCE or lines >= LINES_AT_ONCE:
            yield Part(count, gathered)
            count, gathered = 0, []
    yield Part(count, gathered)


def bounds(month: Month) -> tuple[datetime, datetime]:
    """Return the instants at which a month of the shop's calendar begins and is over."""
    year, number = month
    following = (year + number // 12, number % 12 + 1)
    first, last = (
        datetime(*each, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC) for each in (month, following)
    )
    return first, last


def _values(article: Article) -> ItemValues:
    return ItemValues(
        sku=article.sku,
        name=article.name or article.sku,
        price=UnitPrice(article.price_micros),
        cost=article.cost,
        tracks_stock=article.stocked,
    )
