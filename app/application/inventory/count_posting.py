"""Keep what was counted, look it through, and let the books say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.application.common.actor import Actor
from app.application.inventory.ports import StockRoom
from app.application.inventory.posting import LocationClosed
from app.application.inventory.rooms import check_room
from app.application.inventory.stocktakes import (
    AskedStocktake,
    CountedLine,
    CountedRow,
    Entry,
    StocktakesWork,
)
from app.domain.common.errors import Conflict, FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import IdSource, LocationId, ProductId, StocktakeId
from app.domain.common.numbers import posting_year
from app.domain.common.quantity import Quantity
from app.domain.inventory.counting import Counting, Fact, Settled
from app.domain.inventory.document import StockedItem
from app.domain.inventory.stocktake import (
    MOST_ROWS,
    STOCKTAKE_SERIES,
    ClientIdTaken,
    NothingCounted,
    SaleCleared,
    Stocktake,
    StocktakeLevelsChanged,
)
from app.domain.shop.books import CLOCK_SKEW, Books


class CountOutdated(Conflict):
    """A product is counted in another unit, or keeps no stock any more, since it was counted."""

    code = "count_outdated"
    title = "The count no longer fits the catalog"


async def post_counts(
    work: StocktakesWork,
    location_id: LocationId,
    rows: Sequence[CountedRow],
    *,
    counted_at: datetime,
    note: str | None = None,
    ids: IdSource,
    actor: Actor,
) -> Sequence[Settled]:
    """Post a count of one location at once, as an import does; a product stands in it once.

    Returns what each row came to. `counted_at` holds for rows without an instant of their own.
    Runs in the caller's transaction, which it does not commit and undoes nothing of when it is
    refused, and takes the same few statements for any number of rows. Who calls it has seen that
    the products exist and keep stock; otherwise `UnknownReference`, `InvalidValue`.
    """
    products = tuple(row.product_id for row in rows)
    asked = AskedStocktake(location_id=location_id, products=products, note=note)
    stocktake = await open_stocktake(work, asked, ids=ids, actor=actor)
    await record(work, stocktake, rows, counted_at=counted_at, actor=actor)
    stocktake.review(at=work.started_at)
    return await post(work, stocktake, actor=actor)


async def open_stocktake(
    work: StocktakesWork, asked: AskedStocktake, *, ids: IdSource, actor: Actor
) -> Stocktake:
    """Make the sheet; what is chosen must exist and keep stock."""
    _check_room(await work.stock_documents.room(asked.location_id), asked.location_id)
    if asked.products is not None:
        items = await work.stock_documents.items(set(asked.products))
        _raise(list(_unfit(asked.products, items, "/product_ids/{}")))
    stocktake = Stocktake.open(
        ids.new(StocktakeId),
        location_id=asked.location_id,
        scope=asked.scope,
        category_id=asked.category_id,
        blind=asked.blind,
        note=asked.note,
        user_id=actor.user_id,
        at=work.started_at,
    )
    await work.stocktakes.open(stocktake, asked)
    work.track(stocktake)
    return stocktake


async def record(
    work: StocktakesWork,
    stocktake: Stocktake,
    rows: Sequence[CountedRow],
    *,
    counted_at: datetime | None = None,
    pointer: str = "/lines/{}",
    actor: Actor,
) -> Mapping[str, tuple[Quantity | None, Quantity | None]]:
    """Keep the rows that were not sent before; of each product the latest instant holds.

    Returns by SKU what held before and holds now. `pointer` is where a row stands in the request.
    """
    books = (await work.stock_documents.room(stocktake.location_id)).books
    items = await work.stock_documents.items({row.product_id for row in rows})
    products = [row.product_id for row in rows]
    faults = [
        *_unfit(products, items, pointer + "/product_id"),
        *_faults(rows, items, pointer + "/counted"),
    ]
    entries = []
    for index, row in enumerate(rows):
        try:
            entries.append(_entry(row, counted_at, books=books, at=work.started_at, actor=actor))
        except InvalidValue as fault:
            faults += [
                FieldError(pointer.format(index) + error.pointer, error.code, error.detail)
                for error in fault.errors
            ]
    _raise(faults)
    fresh = await _not_sent_before(work, stocktake, rows, entries)
    if not fresh:
        return {}
    return await work.stocktakes.record(stocktake, fresh, at=work.started_at)


async def review(work: StocktakesWork, stocktake: Stocktake, *, actor: Actor) -> None:
    """Work out what each row would come to, and which are told in two ways."""
    lines = await work.stocktakes.lines(stocktake.id)
    if not lines:
        raise NothingCounted
    stocktake.review(at=work.started_at)
    room = await work.stock_documents.room(stocktake.location_id)
    facts = [line.fact for line in lines]
    counting = _counting(work, stocktake, facts, room=room, actor=actor)
    settled = await work.ledger.appraise(counting)
    told = [entry.fact for entry in await work.stocktakes.told_twice(stocktake.id)]
    twice = _counting(work, stocktake, told, room=room, actor=actor)
    variances: dict[ProductId, set[int]] = defaultdict(set)
    for one in await work.ledger.appraise(twice):
        # Goods may be sold between two counts: it is the variance that has to agree.
        variances[one.fact.product_id].add(one.variance.thousandths)
    disputed = {product for product, found in variances.items() if len(found) > 1}
    await work.stocktakes.save_review(stocktake, settled, disputed)


async def post(
    work: StocktakesWork,
    stocktake: Stocktake,
    *,
    expected: Quantity | None = None,
    actor: Actor,
) -> Sequence[Settled]:
    """Let the books say what was counted, and give the number last of all that locks.

    `expected` is of a count of one row.
    """
    stocktake.require_reviewed()
    room = await work.stock_documents.room(stocktake.location_id)
    _check_room(room, stocktake.location_id)
    lines = await work.stocktakes.lines(stocktake.id)
    if not lines:
        raise NothingCounted
    _check_still_fit(lines)
    # The period may have been closed since it was counted.
    room.books.require_open(min(line.fact.counted_at for line in lines), field="counted_at")
    facts = [line.fact for line in lines]
    if expected is not None:
        facts = [replace(fact, expected=expected) for fact in facts]
    short = await work.stocktakes.hold_short_sales(stocktake.location_id)

    counting = _counting(work, stocktake, facts, room=room, actor=actor)
    settled = await work.ledger.count(counting)

    if short or any(one.drawn for one in settled):
        await _clear_sales(work, stocktake, actor=actor)
    year = posting_year(work.started_at, time_zone=room.books.time_zone)
    number = await work.numbers.next(STOCKTAKE_SERIES, year=year)
    stocktake.post(number, user_id=actor.user_id, at=work.started_at)
    await work.stocktakes.save_posted(stocktake, settled)
    _write_down(work, stocktake, lines, settled, location=room.code, actor=actor)
    return settled


def _counting(
    work: StocktakesWork,
    stocktake: Stocktake,
    facts: Sequence[Fact],
    *,
    room: StockRoom,
    actor: Actor,
) -> Counting:
    return Counting(
        document_id=stocktake.id,
        location_id=stocktake.location_id,
        user_id=actor.user_id,
        recorded_at=work.started_at,
        currency=room.currency,
        facts=tuple(facts),
    )


async def _clear_sales(work: StocktakesWork, stocktake: Stocktake, *, actor: Actor) -> None:
    cleared = await work.stocktakes.clear_short_sales(stocktake.location_id)
    for sale, number in cleared.items():
        work.publish(SaleCleared(subject=sale, stocktake_id=str(stocktake.id)))
        work.audit(
            actor,
            "sale.cleared",
            sale,
            changes={"needs_attention": (True, False)},
            note={"number": str(number), "stocktake_id": str(stocktake.id)},
        )


def _write_down(
    work: StocktakesWork,
    stocktake: Stocktake,
    lines: Sequence[CountedLine],
    settled: Sequence[Settled],
    *,
    location: str | None,
    actor: Actor,
) -> None:
    """Tell what changed: all of it in events, so many rows in each, the first in the audit row."""
    differing = [
        (line.sku, one) for line, one in zip(lines, settled, strict=True) if one.changes_books
    ]
    for start in range(0, len(differing), MOST_ROWS):
        rows = tuple(_told(*each) for each in differing[start : start + MOST_ROWS])
        work.publish(
            StocktakeLevelsChanged(
                subject=stocktake.id, location_id=str(stocktake.location_id), lines=rows
            )
        )
    work.audit(
        actor,
        "stocktake.posted",
        stocktake.id,
        changes={sku: (one.on_hand, one.after) for sku, one in differing[:MOST_ROWS]},
        note={
            "number": str(stocktake.number),
            "location": location,
            "counted": len(lines),
            "differing": len(differing),
            "note": stocktake.note,
        },
    )


def _told(sku: str, one: Settled) -> dict[str, object]:
    return {
        "product_id": str(one.fact.product_id),
        "sku": sku,
        "counted": str(one.fact.counted),
        "counted_at": one.fact.counted_at.isoformat(),
        "variance": str(one.variance),
    }


def _check_room(room: StockRoom, location_id: LocationId) -> None:
    check_room(room, location_id)
    if not room.active:
        raise LocationClosed(f"The location {room.code} is closed: nothing comes in.")


def _check_still_fit(lines: Sequence[CountedLine]) -> None:
    unfit = [line.sku for line in lines if not line.still_fits]
    if unfit:
        named = ", ".join(unfit[:10])
        raise CountOutdated(f"Kept otherwise now: {named}.", extra={"skus": unfit[:MOST_ROWS]})


def _unfit(
    products: Sequence[ProductId], items: Mapping[ProductId, StockedItem], pointer: str
) -> Iterator[FieldError]:
    for index, product in enumerate(products):
        at = pointer.format(index)
        if product not in items:
            detail = f"There is no product {product}."
            yield FieldError(at, UnknownReference.code, detail)
        elif not items[product].tracks_stock:
            yield FieldError(at, "not_stocked", f"{items[product].sku} keeps no stock")


def _faults(
    rows: Sequence[CountedRow], items: Mapping[ProductId, StockedItem], pointer: str
) -> Iterator[FieldError]:
    for index, row in enumerate(rows):
        item = items.get(row.product_id)
        if item is not None and not row.counted.fits(item.unit_decimals):
            yield FieldError(
                pointer.format(index),
                InvalidValue.code,
                f"{item.sku} is counted in {item.unit_code} with {item.unit_decimals} "
                "decimal places",
            )


def _raise(faults: Sequence[FieldError]) -> None:
    """Refuse all faults in one error, as unknown references if that is all there is to say."""
    if not faults:
        return
    detail = " ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults)
    unknown = all(fault.code == UnknownReference.code for fault in faults)
    raise (UnknownReference if unknown else InvalidValue)(detail, errors=tuple(faults))


def _entry(
    row: CountedRow, counted_at: datetime | None, *, books: Books, at: datetime, actor: Actor
) -> Entry:
    """Take a clock that is a little fast for ours: nothing is counted before it happens."""
    instant = row.counted_at or counted_at or at
    if instant > at + CLOCK_SKEW:
        raise InvalidValue.of("counted_at", "lies in the future")
    instant = min(instant, at)
    books.require_open(instant, field="counted_at")
    return Entry(
        product_id=row.product_id,
        counted=row.counted,
        counted_at=instant,
        unit_cost=row.unit_cost,
        client_id=row.client_id,
        user_id=actor.user_id,
    )


async def _not_sent_before(
    work: StocktakesWork, stocktake: Stocktake, rows: Sequence[CountedRow], entries: Sequence[Entry]
) -> list[Entry]:
    named = [row.client_id for row in rows if row.client_id is not None]
    known = dict(await work.stocktakes.known(stocktake.id, set(named)) if named else {})
    fresh, taken = [], []
    for index, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        before = None if row.client_id is None else known.get(row.client_id)
        if before is None:
            fresh.append(entry)
            if row.client_id is not None:
                known[row.client_id] = entry
        elif not _same(row, before):
            taken.append(
                FieldError(f"/lines/{index}/client_id", ClientIdTaken.code, "It was sent before")
            )
    if taken:
        raise ClientIdTaken(errors=tuple(taken))
    return fresh


def _same(row: CountedRow, before: Entry) -> bool:
    """Tell whether it says what was sent before, whose clock may have been set back to ours."""
    said = (row.product_id, row.counted, row.unit_cost)
    if said != (before.product_id, before.counted, before.unit_cost):
        return False
    instant = row.counted_at
    return instant is None or instant - CLOCK_SKEW <= before.counted_at <= instant
