"""Reports on sales against the same figures reckoned in plain Python, to the minor unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.application.common.paging import PageRequest
from app.application.reports.queries import Entry, Figures, Sums, Within
from app.application.services import Services
from app.domain.common.identifiers import CategoryId, ProductId, UserId
from app.domain.shop.days import Days, Span, start_of_day
from app.infrastructure.db.readers.posted_lines import PARTS
from tests.fixtures.goods import Goods
from tests.fixtures.plans import seen_statements
from tests.fixtures.posted import Journal, Json, Line, Posted, documents
from tests.fixtures.till import Till

# Summer time begins in it in Europe; some of it is outside of most periods.
SINCE, UNTIL = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
PRODUCTS = [ProductId(int=number) for number in range(1, 5)]
USERS: list[UserId | None] = [None, UserId(int=0x1001), UserId(int=0x1002)]
NOTHING = Figures(sold=Sums(), voided=Sums(), returned=Sums())

periods = st.builds(
    lambda start, length, zone: Days.of(
        date(2026, 3, 20) + timedelta(days=start),
        date(2026, 3, 20) + timedelta(days=start + length),
        time_zone=zone,
        most=100,
    ),
    st.integers(0, 20),
    st.integers(0, 12),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)


@dataclass
class Shelf:
    """Products, each with its category and those above it."""

    branches: dict[ProductId, list[str | None]]

    def categories(self, line: Line, *, whole_branch: bool) -> list[str | None]:
        branch = self.branches[line.product]
        return branch if whole_branch else branch[:1]


@pytest.fixture
async def shelf(till: Till, goods: Goods) -> Shelf:
    food = await goods.category("Food")
    tea = await goods.category("Tea", food)
    green = await goods.category("Green", tea)
    branches: list[list[str | None]] = [
        [None],
        [food["id"]],
        [green["id"], tea["id"], food["id"]],
        [green["id"], tea["id"], food["id"]],
    ]
    for product, branch in zip(PRODUCTS, branches, strict=True):
        category = None if branch[0] is None else CategoryId.parse(branch[0])
        await till.product(f"P{product.int}", id=product, category_id=category)
    return Shelf(dict(zip(PRODUCTS, branches, strict=True)))


@dataclass
class Reckoned:
    """What the journal makes of a period."""

    journal: Journal
    whole: Span

    def by(
        self, key: Callable[[datetime, Posted, Line], Iterable[Hashable]]
    ) -> dict[Hashable, Json]:
        return self.journal.expected(self.whole.since, self.whole.until, key)

    @property
    def total(self) -> Json:
        return self.by(lambda at, document, line: [None]).get(None, told(NOTHING))

    def paid(self) -> dict[str, tuple[int, int, int]]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for part, _, document in self.journal.entries(self.whole.since, self.whole.until):
            for kind, amount in document.paid:
                found[kind][part] += amount
        return {
            kind: (sums["sold"], sums["voided"], sums["returned"]) for kind, sums in found.items()
        }


def told(figures: Figures) -> Json:
    return {part.name: asdict(getattr(figures, part.name)) for part in PARTS}


def by_key(entries: Sequence[Entry[Any]], key: Callable[[Any], Hashable]) -> dict[Hashable, Json]:
    found = {key(entry.by): told(entry.figures) for entry in entries}
    assert len(found) == len(entries)
    return found


def filled(entries: Sequence[Entry[Span]]) -> dict[Hashable, Json]:
    """Return the spans in which something was posted, by where they begin."""
    found = by_key(entries, lambda span: span.since)
    return {since: figures for since, figures in found.items() if figures != told(NOTHING)}


def identifier(by: Any) -> str | None:
    return None if by is None else str(by.id)


@settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    added=st.lists(
        documents(products=PRODUCTS, users=USERS, since=SINCE, until=UNTIL), max_size=12
    ),
    days=periods,
)
async def test_every_report_comes_to_what_its_documents_do(
    shelf: Shelf, journal: Journal, services: Services, added: list[Posted], days: Days
) -> None:
    # Posted documents are never removed, so each example finds those of all before it.
    await journal.post(added)
    reckoned, reports = Reckoned(journal, days.whole), services.sales_reports
    within = Within(span=days.whole, currency="EUR")

    by_day = await reports.by_span(within, days.days())
    assert len(by_day.entries) == days.count
    starts = {day: start_of_day(day, days.zone) for day in days.each()}
    assert filled(by_day.entries) == reckoned.by(
        lambda at, document, line: [starts[at.astimezone(days.zone).date()]]
    )
    by_hour = await reports.by_span(within, days.hours())
    assert filled(by_hour.entries) == reckoned.by(lambda at, document, line: [hour_of(at, days)])

    by_product = await reports.by_product(within, page=PageRequest(limit=100))
    assert by_key(by_product.entries, lambda by: by.id) == reckoned.by(
        lambda at, document, line: [line.product]
    )
    order = [(entry.figures.total, entry.by.id) for entry in by_product.entries]
    assert order == sorted(order, reverse=True)
    streamed = [entry async for part in reports.every_product(within) for entry in part]
    assert streamed == list(by_product.entries)

    for whole in (True, False):
        by_category = await reports.by_category(within, whole_branch=whole)
        assert by_key(by_category.entries, identifier) == reckoned.by(
            partial(_categories, shelf, whole)
        )
    by_cashier = await reports.by_cashier(within)
    assert by_key(by_cashier.entries, lambda by: by and by.id) == reckoned.by(
        lambda at, document, line: [document.user]
    )
    by_rate = await reports.by_rate(within)
    assert by_key(by_rate.entries, lambda by: by.code) == reckoned.by(
        lambda at, document, line: [line.code]
    )
    for report in (by_day, by_hour, by_product, by_category, by_cashier, by_rate):
        assert told(report.totals) == reckoned.total

    tenders = await reports.by_tender(within)
    assert {t.kind.value: (t.taken, t.voided, t.refunded) for t in tenders} == reckoned.paid()
    assert sum(taken.kept for taken in tenders) == by_rate.totals.total


def _categories(
    shelf: Shelf, whole_branch: bool, at: datetime, document: Posted, line: Line
) -> Iterable[Hashable]:
    return shelf.categories(line, whole_branch=whole_branch)


def hour_of(at: datetime, days: Days) -> datetime:
    begin = start_of_day(at.astimezone(days.zone).date(), days.zone)
    return begin + (at - begin) // timedelta(hours=1) * timedelta(hours=1)


async def test_a_report_looks_at_its_period_alone(
    shelf: Shelf, goods: Goods, journal: Journal, services: Services
) -> None:
    await journal.post(many(6_000))
    await goods.analyze()
    days = Days.of(date(2026, 3, 22), date(2026, 3, 22), time_zone="UTC", most=9)
    within = Within(span=days.whole, currency="EUR")
    reports = services.sales_reports
    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: reports.by_tender(within),
        lambda: reports.by_span(within, days.days()),
        lambda: reports.by_product(within, page=PageRequest(limit=50)),
        lambda: reports.by_category(within, whole_branch=True),
        lambda: reports.by_cashier(within),
        lambda: reports.by_rate(within),
    ]

    for number, ask in enumerate(asked):
        with seen_statements("FROM") as statements:
            await ask()

        assert len(statements) == (2 if number else 1)
        for statement in statements:
            plan = await statement.plan(goods.engine)
            for table in ("sales", "sale_lines", "returns", "return_lines"):
                assert f"Seq Scan on {table} " not in plan, plan
                assert f"SCAN {table}\n" not in plan + "\n", plan


def many(count: int) -> Iterator[Posted]:
    """Documents an hour apart, every tenth a return, some of the sales voided."""
    for number in range(count):
        at = SINCE + timedelta(hours=number)
        line = Line(product=PRODUCTS[number % 4], units=1000, gross=100, discount=0, net=84, tax=16,
                    cost=50, code="full")  # fmt: skip
        yield Posted(
            at=at, user=USERS[number % 3], lines=(line,), paid=(("card", 100),),
            is_return=number % 10 == 0, voided_at=at if number % 10 == 5 else None,
        )  # fmt: skip
