"""What a replay prints at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import process_time

from app.application.replay.figures import Amounts, Figures
from app.application.replay.matching import Outcome
from app.application.replay.survey import CURRENCY, Survey
from app.cli.replay.moving import Moved
from app.domain.common.decimals import decimal_text
from app.domain.common.money import Money
from app.domain.common.quantity import THOUSAND

if sys.platform != "win32":
    import resource

SHOWN_DIFFERENCES = 20
_KINDS = ("openings", "sales", "returns of sales", "returns without a sale", "adjustments")
_COLUMNS = ("revenue", "units", "refunds", "returned")


def summary(found: Survey, moved: Moved, *, seconds: float) -> Iterator[str]:
    """Yield what the file holds, what was posted, and file and books by month."""
    if found.first is None or found.last is None:
        return
    yield (
        f"{found.lines.total():,} lines of {found.invoices.total():,} invoices, "
        f"{found.first.date()} to {found.last.date()}, {len(found.articles):,} products, "
        f"{len(found.customers):,} customers."
    )
    for name, number in sorted(found.invoices.items()):
        yield f"  invoices, {name}: {number:,}"
    for name, number in sorted(found.lines.items()):
        if number:
            yield f"  lines {name}: {number:,}"
    for line in found.set_aside:
        price = decimal_text(line.price_micros, places=6, at_least=2)
        yield (
            f"  no sale, no goods: {line.invoice} {line.code} {line.description!r}: "
            f"{line.quantity} at {price}"
        )
    for outcome in Outcome:
        yield f"  lines cancelled that {outcome}: {moved.outcomes.get(outcome, 0):,}"
    counts = moved.counts
    for name in _KINDS:
        yield f"  {name}: {counts[name]:,}"
    yield (
        f"Posted {counts['posted']:,} documents with {counts['lines']:,} lines; "
        f"{counts['present']:,} were there already."
    )
    yield from _table(found.figures, moved.figures)
    yield (
        f"{found.lines.total() / seconds:,.0f} lines/s: {seconds:,.0f} s, "
        f"{process_time():,.0f} s of processor time{_peak()}."
    )


def _table(file: Figures, books: Figures) -> Iterator[str]:
    yield f"{'month':<8}" + "".join(f"{name:>16}" for name in _COLUMNS)
    for (year, month), amounts in file.by_month().items():
        yield _row(f"{year}-{month:02}", amounts)
    yield _row("file", file.total)
    yield _row("books", books.total)
    differing = file.differences(books)
    for (year, month), article in differing[:SHOWN_DIFFERENCES]:
        yield f"differs: {year}-{month:02} {article}"
    if not differing:
        products = len(file.by_product())
        yield f"File and books agree in every month and in each of {products:,} products."
    elif len(differing) > SHOWN_DIFFERENCES:
        yield f"… and {len(differing) - SHOWN_DIFFERENCES:,} others"


def _row(name: str, amounts: Amounts) -> str:
    cells = (
        Money(amounts.revenue, CURRENCY).amount,
        str(amounts.units // THOUSAND),
        Money(amounts.refunds, CURRENCY).amount,
        str(amounts.returned // THOUSAND),
    )
    return f"{name:<8}" + "".join(f"{cell:>16}" for cell in cells)


def _peak() -> str:
    """Return the most memory that the process ever held, where the system tells it."""
    if sys.platform == "win32":
        return ""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS tells it in bytes.
    mebibytes = used / 1024 if sys.platform == "linux" else used / 1024 / 1024
    return f", {mebibytes:,.0f} MiB at most"
