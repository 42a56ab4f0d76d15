"""`stockbook demo`: fill an empty database with a shop to look at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.application.audit.queries import AuditFilter
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.services import Services
from app.bootstrap import DatabaseFault, migrate_database, open_services
from app.cli import terminal
from app.cli.demo.clock import StoryClock
from app.cli.demo.goods import articles
from app.cli.demo.stocking import SHOP, Stocking
from app.cli.demo.trading import VOIDED_SALE, Trading
from app.core.settings import Settings
from app.domain.auth.roles import Role
from app.domain.common.errors import Conflict

# Any fixed number: the same shop each time.
SEED = 20
DAYS = 3
DELIVERY_TIME = time(6)
ACTOR = Actor(role=Role.ADMIN, trace_id="demo", route="cli demo")


class NotEmpty(Conflict):
    """A demo shop is only made where nothing is: what happened cannot be deleted later."""

    code = "not_empty"
    title = "The database already holds something"


def demo(
    database: Annotated[
        Path | None,
        typer.Option(help="A SQLite file to make and migrate, instead of the configured database."),
    ] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The last of the three days; yesterday if not given."
        ),
    ] = None,
) -> None:
    """Fill an empty database with a general store and three days of sales; it has no users."""
    settings = _settings(database)
    with terminal.progress() as steps:
        terminal.run(_fill(settings, last_day=last_day.date() if last_day else None, steps=steps))
    typer.echo("The demo shop is ready.")


def _settings(database: Path | None) -> Settings:
    if database is None:
        settings = terminal.settings()
        terminal.require_schema(settings)
        return settings
    settings = terminal.settings(
        database_url=f"sqlite+aiosqlite:///{database.resolve().as_posix()}"
    )
    try:
        migrate_database(settings)
    except DatabaseFault as fault:
        terminal.fail(str(fault))
    return settings


async def _fill(settings: Settings, *, last_day: date | None, steps: terminal.Steps) -> None:
    async with open_services(settings) as services:
        await _require_empty(services)
        today = services.clock.now().astimezone(ZoneInfo(SHOP["time_zone"])).date()
    last_day = last_day or today - timedelta(days=1)
    days = [last_day - timedelta(days=back) for back in reversed(range(DAYS))]
    clock = StoryClock(datetime.combine(days[0], DELIVERY_TIME, UTC) - timedelta(days=1))
    async with open_services(settings, clock=clock) as services:
        await _tell(services, clock=clock, days=days, steps=steps)


async def _tell(
    services: Services, *, clock: StoryClock, days: list[date], steps: terminal.Steps
) -> None:
    """Set up and receive the day before; then three days, each with something of its own."""
    chance = Random(SEED)  # a story, no secret # nosec B311
    zone = ZoneInfo(SHOP["time_zone"])
    stocking = Stocking(services, actor=ACTOR, chance=chance, steps=steps)
    trading = Trading(services, clock=clock, actor=ACTOR, chance=chance, steps=steps)

    stocked = await stocking.catalog(list(articles()), reduced=await stocking.settings())
    await stocking.deliveries(stocked)

    await trading.day(days[0], stocked, zone=zone)
    await trading.breakage(stocked[16])
    sales = await trading.day(days[1], stocked, zone=zone)
    await trading.void(sales[VOIDED_SALE])
    fresh = [item for item in stocked if item.article.shelf == "Fresh"]
    await stocking.delivery(fresh, reference="Fresh goods", least=10, most=40)
    await trading.day(days[2], stocked, zone=zone)


async def _require_empty(services: Services) -> None:
    # Every change leaves an audit row, so that where there is none nothing was ever done.
    page = await services.audit.entries(PageRequest(limit=1), where=AuditFilter())
    if page.items:
        raise NotEmpty("A demo shop is only made in an empty database; this one holds something.")
