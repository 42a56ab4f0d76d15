"""Set the demo shop up: its settings, categories, products and first deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from app.application.catalog.use_cases.categories import CreateCategory
from app.application.catalog.use_cases.products import CreateProduct
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.inventory.commands import AskedDocument, AskedLine
from app.application.inventory.use_cases.documents import ReceiveGoods
from app.application.services import Services
from app.application.shop.use_cases.shop import UpdateShop
from app.application.shop.use_cases.tax_rates import CreateTaxRate, UpdateTaxRate
from app.cli.demo.goods import Article
from app.cli.terminal import Steps
from app.domain.catalog.barcode import parse_barcodes
from app.domain.catalog.fields import ProductValues
from app.domain.common.identifiers import CategoryId, ProductId, TaxRateId, UnitId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Delta, Quantity
from app.domain.shop.shop import ShopValues
from app.domain.shop.tax_rate import STANDARD_ID, TaxRateValues, parse_percent

SHOP = ShopValues(name="Demo general store", time_zone="Europe/Berlin", prices_include_tax=True)
STANDARD_PERCENT = "19"
REDUCED_PERCENT = "7"


@dataclass(frozen=True, slots=True)
class Stocked:
    """An article with the product it became."""

    article: Article
    product_id: ProductId


class Stocking:
    """Makes the shop that the story then trades with."""

    def __init__(self, services: Services, *, actor: Actor, chance: Random, steps: Steps) -> None:
        self._services = services
        self._actor = actor
        self._chance = chance
        self._steps = steps

    async def settings(self) -> TaxRateId:
        """Name the shop and set the tax rates; returns the reduced one."""
        services, actor = self._services, self._actor
        standard = TaxRateValues(rate_ppm=parse_percent(STANDARD_PERCENT))
        await UpdateTaxRate(services.work(None))(STANDARD_ID, standard, expected=1, actor=actor)
        reduced = await CreateTaxRate(services.work(None), ids=services.ids)(
            code="reduced",
            name="Reduced rate",
            rate_ppm=parse_percent(REDUCED_PERCENT),
            actor=actor,
        )
        await UpdateShop(services.work(None))(SHOP, expected=1, actor=actor)
        return reduced.id

    async def catalog(self, articles: Sequence[Article], *, reduced: TaxRateId) -> list[Stocked]:
        """Make the categories and all products."""
        shelves = await self._shelves(articles)
        units = await self._units()
        self._steps.begin("Products", total=len(articles))
        stocked = []
        for article in articles:
            values = self._values(article, shelves=shelves, units=units, reduced=reduced)
            create = CreateProduct(self._services.work(None), ids=self._services.ids)
            product = await create(values, currencies={}, actor=self._actor)
            stocked.append(Stocked(article, product.id))
            self._steps.advance()
        return stocked

    async def deliveries(self, stocked: Sequence[Stocked]) -> None:
        """Receive a first stock of everything that is stocked, a delivery a department."""
        departments = list(dict.fromkeys(item.article.department for item in stocked))
        self._steps.begin("Deliveries", total=len(departments))
        for department in departments:
            await self.delivery(
                [item for item in stocked if item.article.department == department],
                reference=f"First delivery: {department}",
                least=40,
                most=160,
            )
            self._steps.advance()

    async def delivery(
        self, items: Sequence[Stocked], *, reference: str, least: int, most: int
    ) -> None:
        lines = tuple(
            AskedLine(
                product_id=item.product_id,
                change=Delta(self._chance.randint(least, most) * 1000),
                unit_cost=UnitPrice.parse(item.article.cost),
            )
            for item in items
            if item.article.cost is not None
        )
        if not lines:
            return
        receive = ReceiveGoods(self._services.work(None), ids=self._services.ids)
        asked = AskedDocument(lines=lines, supplier="Demo wholesaler", reference=reference)
        await receive(asked, actor=self._actor)

    async def _shelves(self, articles: Sequence[Article]) -> dict[tuple[str, str], CategoryId]:
        """Return the category of each (department, shelf)."""
        departments: dict[str, CategoryId] = {}
        shelves: dict[tuple[str, str], CategoryId] = {}
        for article in articles:
            department, shelf = article.department, article.shelf
            if department not in departments:
                departments[department] = await self._category(department, below=None)
            if (department, shelf) not in shelves:
                parent = departments[department]
                shelves[department, shelf] = await self._category(shelf, below=parent)
        return shelves

    async def _category(self, name: str, *, below: CategoryId | None) -> CategoryId:
        create = CreateCategory(self._services.work(None), ids=self._services.ids)
        category = await create(name=name, parent_id=below, slug=None, actor=self._actor)
        return category.id

    async def _units(self) -> dict[str, UnitId]:
        page = await self._services.shop.units(PageRequest(limit=200))
        return {unit.code: unit.id for unit in page.items}

    def _values(
        self,
        article: Article,
        *,
        shelves: dict[tuple[str, str], CategoryId],
        units: dict[str, UnitId],
        reduced: TaxRateId,
    ) -> ProductValues:
        values = ProductValues(
            sku=article.sku,
            name=article.name,
            category_id=shelves[article.department, article.shelf],
            unit_id=units[article.unit],
            tax_rate_id=reduced if article.reduced else STANDARD_ID,
            price=UnitPrice.parse(article.price),
            barcodes=parse_barcodes([article.barcode]),
            tracks_stock=article.cost is not None,
        )
        if article.cost is not None:
            values["cost"] = UnitPrice.parse(article.cost)
            values["reorder_point"] = Quantity.of(20)
            values["reorder_quantity"] = Quantity.of(60)
        return values
