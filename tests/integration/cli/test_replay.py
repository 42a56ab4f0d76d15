"""`stockbook replay`: every class of lines, figures to the penny, resumed, and refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.application.replay.documents import PastDocument
from app.application.replay.use_cases.post import PostPast
from app.cli.main import app
from app.cli.replay import moving
from app.infrastructure.db.session import read_engine
from tests.fixtures import replaying
from tests.fixtures.commands import variables
from tests.fixtures.databases import Database
from tests.fixtures.import_files import DATA, needs_data
from tests.independent import online_retail

SUMMARY = """\
19 lines of 14 invoices, 2011-03-26 to 2011-04-03, 4 products, 2 customers.
  invoices, bookkeeping: 1
  invoices, cancellation: 5
  invoices, correction: 3
  invoices, sale: 5
  lines bookkeeping: 1
  lines cancelled: 6
  lines corrected down: 1
  lines corrected up: 1
  lines corrected without goods: 1
  lines given away: 2
  lines sold: 7
  no sale, no goods: A507 B 'Adjust bad debt': 1 at -11.00
  lines cancelled that undo sales: 2
  lines cancelled that undo sales in part: 1
  lines cancelled that find no sale: 2
  lines cancelled that have no customer: 1
  openings: 1
  sales: 5
  returns of sales: 3
  returns without a sale: 4
  adjustments: 2
Posted 15 documents with 23 lines; 0 were there already.
month            revenue           units         refunds        returned
2011-03            43.02              15            9.00               3
2011-04            10.90               5           55.50              16
file               53.92              20           64.50              19
books              53.92              20           64.50              19
File and books agree in every month and in each of 4 products.
"""


@pytest.fixture
def shop(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A migrated, empty database that the settings name."""
    monkeypatch.chdir(tmp_path)
    for name, value in variables(database.url, tmp_path).items():
        monkeypatch.setenv(name, value)
    return database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return replaying.write(tmp_path / "invoices.csv")


def replay(file: Path) -> Result:
    return CliRunner().invoke(app, ["replay", "online-retail", str(file)])


def test_each_class_of_lines_becomes_what_it_is(shop: Database, file: Path) -> None:
    ended = replay(file)

    assert (ended.exit_code, ended.stderr) == (0, "Products: 4\nCustomers: 2\nInvoices: 14\n")
    told, speed = ended.stdout[: len(SUMMARY)], ended.stdout[len(SUMMARY) :]
    assert told == SUMMARY
    assert re.fullmatch(
        r"[\d,]+ lines/s: \d+ s, \d+ s of processor time(, \d+ MiB at most)?\.\n", speed
    )
    assert online_retail.of_books(shop.url) == online_retail.of_file(file)
    assert rows(shop, "SELECT name, currency, time_zone FROM shop") == [
        ("Online retail", "GBP", "Europe/London")
    ]
    assert rows(
        shop,
        "SELECT sku, name, tracks_stock, price_micros, cost_micros FROM products ORDER BY sku",
    ) == [
        ("MUG1A", "ENAMEL MUG", True, 2_500_000, 1_250_000),
        ("PADS", "PADS", True, 5_000, 2_500),
        ("POST", "POSTAGE", False, 18_000_000, 9_000_000),
        ("TOWEL", "TEA TOWEL", True, 4_000_000, 2_000_000),
    ]
    # In time, as the shop's clock stood; summer begins on the 27th.
    assert rows(
        shop,
        "SELECT sales.occurred_at, register, client_number, sales.customer_name, total_minor,"
        " sale_tenders.kind, reference"
        " FROM sales LEFT JOIN sale_tenders ON sale_tenders.sale_id = sales.id"
        " ORDER BY sales.occurred_at",
    ) == [
        ("2011-03-26 09:00", "online-retail", "501", "Customer 17850", 4300, "other", "501"),
        ("2011-03-31 22:59", "online-retail", "505", "Customer 12346", 2, "other", "505"),
        ("2011-03-31 23:30", "online-retail", "506", None, 590, "other", "506"),
        ("2011-04-02 09:00", "online-retail", "509", "Customer 17850", 500, "other", "509"),
        ("2011-04-03 10:00", "online-retail", "512", "Customer 17850", 0, None, None),
    ]
    verified = CliRunner().invoke(app, ["verify"])
    assert (verified.exit_code, verified.stdout.splitlines()[-1][:18]) == (0, "The books add up: ")


def test_cancellations_undo_the_newest_sales_with_something_left(
    shop: Database, file: Path
) -> None:
    replay(file)

    assert rows(
        shop,
        "SELECT returns.occurred_at, returns.reason, sale_tenders.reference, sku,"
        " quantity / 1000, disposition, return_lines.total_minor"
        " FROM returns JOIN return_lines ON return_lines.return_id = returns.id"
        " LEFT JOIN sale_tenders ON sale_tenders.sale_id = returns.sale_id"
        " ORDER BY returns.occurred_at, sale_tenders.reference DESC, return_lines.position",
        nulls_last=2,
    ) == [
        ("2011-03-26 08:00", "Invoice C500", None, "MUG1A", 2, "restock", 500),
        ("2011-03-26 09:01", "Invoice C499", None, "TOWEL", 1, "restock", 400),
        ("2011-04-01 09:00", "Invoice C508", "501", "MUG1A", 4, "restock", 1000),
        ("2011-04-01 09:00", "Invoice C508", "501", "MUG1A", 5, "restock", 1250),
        ("2011-04-01 09:00", "Invoice C508", "501", "POST", 1, "none", 1800),
        ("2011-04-03 09:00", "Invoice C510", "509", "MUG1A", 2, "restock", 500),
        ("2011-04-03 09:00", "Invoice C510", "501", "MUG1A", 1, "restock", 250),
        ("2011-04-03 09:00", "Invoice C510", None, "MUG1A", 2, "restock", 500),
        ("2011-04-03 09:01", "Invoice C511", None, "MUG1A", 1, "restock", 250),
    ]


def test_corrections_adjust_and_what_must_have_been_there_was_there(
    shop: Database, file: Path
) -> None:
    replay(file)

    assert rows(
        shop,
        "SELECT occurred_at, stock_documents.kind, reference, reason, note, sku, change / 1000,"
        " value_minor FROM stock_documents"
        " JOIN stock_document_lines AS line ON line.document_id = stock_documents.id"
        " ORDER BY occurred_at, line.position",
    ) == [
        *(
            (
                "2011-03-25 08:00",
                "opening",
                None,
                None,
                "Derived so that nothing goes negative",
                sku,
                pieces,
                value,
            )
            # Mugs: 2 came, 10 and 2 went. A towel came, 1 and 3 went. Three pads at 0.0025.
            for sku, pieces, value in (("MUG1A", 10, 1250), ("TOWEL", 3, 600), ("PADS", 3, 1))
        ),
        ("2011-03-28 09:00", "adjustment", "502", "damage", "wet & damaged", "TOWEL", -3, 600),
        ("2011-03-28 09:01", "adjustment", "503", "found", "Found", "TOWEL", 1, 200),
    ]


def test_a_second_run_changes_nothing(shop: Database, file: Path) -> None:
    replay(file)
    before = everything(shop)

    again = replay(file)

    assert again.exit_code == 0
    assert "Posted 0 documents with 0 lines; 15 were there already.\n" in again.stdout
    assert everything(shop) == before


def test_a_run_that_was_killed_goes_on_where_it_stopped(
    shop: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "DOCUMENTS_AT_ONCE", 2)
    whole = PostPast.__call__
    parts = 0

    async def dies(self: PostPast, documents: Sequence[PastDocument], **named: Any) -> None:
        nonlocal parts
        parts += 1
        if parts == 5:
            raise KeyboardInterrupt
        await whole(self, documents, **named)

    monkeypatch.setattr(PostPast, "__call__", dies)
    first = replay(file)
    monkeypatch.setattr(PostPast, "__call__", whole)
    second = replay(file)

    # The opening and three parts of two documents or three were posted.
    assert (first.exit_code, second.exit_code) == (130, 0)
    assert "Posted 8 documents with 11 lines; 7 were there already.\n" in second.stdout
    assert online_retail.of_books(shop.url) == online_retail.of_file(file)


def test_a_shop_with_documents_of_others_is_refused(
    shop: Database, file: Path, tmp_path: Path
) -> None:
    replay(file)
    before = everything(shop)

    other = replay(replaying.write(tmp_path / "other.csv", *replaying.LINES[:4]))

    assert other.exit_code == 1
    assert other.stderr.splitlines()[-1].endswith("(not_this_shop)")
    assert everything(shop) == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["501,MUG,MUG,1,2011-03-26 08:00:00,1.00"], "Line 2: has 7 cells instead of 8."),
        (["501,MUG,MUG,1.5,2011-03-26 08:00:00,1.00,"], "Line 2: '1.5' is not a whole quantity."),
        (["501,MUG,MUG,1,26/03/2011,1.00,"], "Line 2: Invalid isoformat string: '26/03/2011'."),
        (
            ["501,MUG,MUG,1,2011-03-26 08:00:00,1.00,Ann"],
            "Line 2: 'Ann' is not the number of a customer.",
        ),
        (
            ["501,MUG,MUG,-1,2011-03-26 08:00:00,1.00,"],
            "Line 2: -1 pieces of MUG have no place in 501, a sale.",
        ),
        (
            [
                "501,MUG,MUG,1,2011-03-26 08:00:00,1.00,",
                "502,MUG,MUG,1,2011-03-27 08:00:00,1.00,",
                "501,MUG,MUG,1,2011-03-27 08:00:00,1.00,",
            ],
            "Line 4: invoice 501 has lines on two days.",
        ),
        (
            [
                "501,MUG,MUG,1,2011-03-26 08:00:00,1.00,17850",
                "501,MUG,MUG,1,2011-03-26 08:00:00,1.00,17851",
            ],
            "Line 3: invoice 501 has two customers.",
        ),
    ],
)
def test_a_file_that_is_not_understood_posts_nothing(
    shop: Database, tmp_path: Path, lines: list[str], said: str
) -> None:
    before = everything(shop)

    ended = replay(replaying.write(tmp_path / "invoices.csv", *lines))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == f"{said} (file_not_understood)\n"
    assert everything(shop) == before


@needs_data
@pytest.mark.parametrize("day", ["2010-12-01", "2011-12-09"])
def test_a_real_day_comes_to_the_penny(shop: Database, day: str) -> None:
    file = DATA / f"online-retail-{day}.csv"

    ended = replay(file)

    assert ended.exit_code == 0, ended.output
    assert online_retail.of_books(shop.url) == online_retail.of_file(file)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0


def rows(
    shop: Database, statement: str, *, nulls_last: int | None = None
) -> list[tuple[object, ...]]:
    """Return what a plain statement gives, instants to the minute in UTC, flags as flags."""
    found = [tuple(map(_plain, row)) for row in asyncio.run(_read(shop, statement))]
    if nulls_last is not None:
        # The databases disagree about where nothing stands; sorting is stable.
        found.sort(key=lambda row: (str(row[0]), str(row[1]), row[nulls_last] is None))
    return found


async def _read(shop: Database, statement: str) -> Sequence[Any]:
    engine = read_engine(shop.url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(statement))).all()
    finally:
        await engine.dispose()


def _plain(value: Any) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ")[:16]
    instant = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", value)
    return instant[0] if instant else value


def everything(shop: Database) -> dict[str, int]:
    """Count what documents leave behind."""
    tables = (
        "products",
        "customers",
        "sales",
        "sale_lines",
        "returns",
        "return_lines",
        "stock_documents",
        "stock_movements",
        "audit_log",
        "outbox",
    )
    counted: dict[str, int] = {}
    for table in tables:
        ((number,),) = rows(shop, f"SELECT count(*) FROM {table}")
        assert isinstance(number, int)
        counted[table] = number
    return counted
