"""Three days of trade: baskets, tenders, discounts, a void, what breaks, what is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.application.common.actor import Actor
from app.application.inventory.commands import AskedDocument
from app.application.inventory.commands import AskedLine as AskedStock
from app.application.inventory.use_cases.documents import AdjustStock
from app.application.sales.commands import (
    AskedAmountOff,
    AskedDiscount,
    AskedLine,
    AskedSale,
    AskedTender,
    Completion,
)
from app.application.sales.use_cases.create import CreateSale
from app.application.sales.use_cases.drafts import CompleteSale
from app.application.sales.use_cases.void import VoidSale
from app.application.services import Services
from app.cli.demo.clock import StoryClock
from app.cli.demo.stocking import Stocked
from app.cli.terminal import Steps
from app.domain.common.money import Money
from app.domain.common.quantity import Delta, Quantity
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.reasons import AdjustmentReason
from app.domain.sales.discount import PercentOff
from app.domain.sales.sale import Sale
from app.domain.sales.tender import TenderKind

OPENS = time(9)
OPEN_MINUTES = 9 * 60
SALES_A_DAY = 40
VOIDED_SALE = 17  # of the second day, counted from nought
WEIGHED_UNITS = ("kg", "m")
_NOTE_MINOR = 500


class Trading:
    """Rings up the baskets of one day after another."""

    def __init__(
        self, services: Services, *, clock: StoryClock, actor: Actor, chance: Random, steps: Steps
    ) -> None:
        self._services = services
        self._clock = clock
        self._actor = actor
        self._chance = chance
        self._steps = steps

    async def day(self, day: date, stocked: Sequence[Stocked], *, zone: ZoneInfo) -> list[Sale]:
        """Sell all day; the shop's clock ends up at closing time."""
        opening = datetime.combine(day, OPENS, zone)
        minutes = sorted(self._chance.sample(range(OPEN_MINUTES), SALES_A_DAY))
        self._steps.begin(f"Sales of {day.isoformat()}", total=SALES_A_DAY)
        sales = []
        for minute in minutes:
            self._clock.go_to(_utc(opening + timedelta(minutes=minute)))
            sales.append(await self._sale(stocked))
            self._steps.advance()
        self._clock.go_to(_utc(opening + timedelta(minutes=OPEN_MINUTES)))
        return sales

    async def void(self, sale: Sale) -> None:
        """Take a sale back an hour after closing, goods and money."""
        self._clock.go_to(self._clock.now() + timedelta(hours=1))
        void = VoidSale(self._services.work(None))
        await void(
            sale.id,
            goods_back=True,
            reason="Rung up twice",
            expected=sale.version,
            actor=self._actor,
        )

    async def breakage(self, item: Stocked) -> None:
        """Write off two of an article."""
        adjust = AdjustStock(self._services.work(None), ids=self._services.ids)
        lost = AskedStock(product_id=item.product_id, change=Delta(-2000))
        asked = AskedDocument(
            lines=(lost,), reason=AdjustmentReason.DAMAGE, note="Fell off the shelf"
        )
        await adjust(asked, actor=self._actor)

    async def _sale(self, stocked: Sequence[Stocked]) -> Sale:
        """Draft the basket to learn its total, then take exactly that, or a note with change."""
        services = self._services
        asked = AskedSale(lines=self._lines(stocked), location_id=MAIN_ID, discount=self._off())
        create = CreateSale(services.work(None), ids=services.ids)
        draft = await create(asked, completion=None, actor=self._actor)
        completion = Completion(tenders=self._tenders(draft.money(draft.totals.total_minor)))
        complete = CompleteSale(services.work(None))
        return await complete(draft.id, completion, expected=draft.version, actor=self._actor)

    def _lines(self, stocked: Sequence[Stocked]) -> tuple[AskedLine, ...]:
        basket = self._chance.sample(stocked, self._chance.choice((1, 1, 2, 2, 3, 4, 6)))
        return tuple(
            AskedLine(
                product_id=item.product_id,
                quantity=self._quantity(item.article.unit),
                discount=PercentOff(100_000) if self._chance.random() < 0.08 else None,
            )
            for item in basket
        )

    def _quantity(self, unit: str) -> Quantity:
        if unit in WEIGHED_UNITS:
            return Quantity(self._chance.randrange(250, 2500, 5))
        return Quantity.of(self._chance.choice((1, 1, 1, 2, 3)))

    def _off(self) -> AskedDiscount | None:
        return self._chance.choice(
            (PercentOff(50_000), AskedAmountOff(amount="0.50"), *[None] * 10)
        )

    def _tenders(self, total: Money) -> tuple[AskedTender, ...]:
        way = self._chance.choice(("cash", "cash", "card", "card", "both", "voucher"))
        if way == "cash":
            note = Money(-(-total.minor // _NOTE_MINOR) * _NOTE_MINOR, total.currency)
            return (AskedTender(kind=TenderKind.CASH, amount=note.amount),)
        if way == "both" and total.minor > _NOTE_MINOR:
            rest = Money(total.minor - _NOTE_MINOR, total.currency)
            return (
                AskedTender(kind=TenderKind.CASH, amount=Money(_NOTE_MINOR, total.currency).amount),
                AskedTender(kind=TenderKind.CARD, amount=rest.amount),
            )
        kind = TenderKind.VOUCHER if way == "voucher" else TenderKind.CARD
        return (AskedTender(kind=kind, amount=total.amount),)


def _utc(local: datetime) -> datetime:
    return local.astimezone(ZoneInfo("UTC"))
