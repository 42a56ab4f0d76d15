"""The steps of a count: open the sheet, record what is there, review, post, or give it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.inventory.count_posting import open_stocktake, post, record, review
from app.application.inventory.stocktakes import (
    AskedStocktake,
    CountedRow,
    StocktakesWork,
    StocktakeView,
)
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import IdSource, LocationId, ProductId, StocktakeId
from app.domain.common.quantity import Quantity
from app.domain.common.text import clean_text
from app.domain.inventory.stocktake import REASON_LENGTH, Stocktake


class OpenStocktake:
    """Opens a count of one location: of chosen products, of a category with all below it, or of
    whatever lies there. Nothing moves, and the shop goes on selling.
    """

    def __init__(self, work: StocktakesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedStocktake, *, actor: Actor) -> StocktakeView:
        async with self._work as work:
            stocktake = await open_stocktake(work, asked, ids=self._ids, actor=actor)
            view = await _view(work, stocktake)
            note = {"location": view.location_code, "scope": stocktake.scope.value,
                    "lines": view.totals.lines, "note": stocktake.note}  # fmt: skip
            work.audit(actor, "stocktake.opened", stocktake.id, note=note)
            await work.commit(view)
            return view


class RecordCounts:
    """Keeps what was counted. Whatever two people say of one product is kept; the latest instant
    holds. Products that were not expected are added. A row whose `client_id` was sent before is
    passed over. What is recorded in review has to be reviewed again.
    """

    def __init__(self, work: StocktakesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: StocktakeId, rows: Sequence[CountedRow], *, actor: Actor
    ) -> StocktakeView:
        async with self._work as work:
            stocktake = await work.stocktakes.get(identifier)
            reopened = stocktake.recount()
            changes = await record(work, stocktake, rows, actor=actor)
            if changes:
                work.audit(actor, "stocktake.counted", stocktake.id, changes=changes)
            if reopened:
                await work.stocktakes.save_step(stocktake)
            view = await _view(work, stocktake)
            await work.commit(view)
            return view


class ReviewStocktake:
    """Closes the sheet and works out what each row would come to, and where people differ. With
    `uncounted` as none, whatever nobody counted counts as not there.
    """

    def __init__(self, work: StocktakesWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: StocktakeId,
        *,
        rest_is_none: bool = False,
        expected: int | None,
        actor: Actor,
    ) -> StocktakeView:
        async with self._work as work:
            stocktake = await _found(work, identifier, expected=expected)
            stocktake.require_counting()
            if rest_is_none:
                await work.stocktakes.count_rest_as_none(
                    stocktake, user_id=actor.user_id, at=work.started_at
                )
            await review(work, stocktake, actor=actor)
            view = await _view(work, stocktake)
            _record(work, view, "reviewed", actor=actor)
            await work.commit(view)
            return view


class PostStocktake:
    """Lets the books say what was counted, as of the instant of each row: what moved afterwards
    stays as it is. Rows that nobody counted change nothing.
    """

    def __init__(self, work: StocktakesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: StocktakeId, *, expected: int | None, actor: Actor
    ) -> StocktakeView:
        async with self._work as work:
            stocktake = await _found(work, identifier, expected=expected)
            await post(work, stocktake, actor=actor)
            view = await _view(work, stocktake)
            work.track(stocktake)
            await work.commit(view)
            return view


class CancelStocktake:
    """Gives a count up; what was counted stays readable."""

    def __init__(self, work: StocktakesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: StocktakeId, *, reason: str | None, expected: int | None, actor: Actor
    ) -> StocktakeView:
        if reason is not None:
            reason = clean_text(reason, field="reason", most=REASON_LENGTH) or None
        async with self._work as work:
            stocktake = await _found(work, identifier, expected=expected)
            stocktake.cancel(reason=reason, at=work.started_at)
            await work.stocktakes.save_step(stocktake)
            view = await _view(work, stocktake)
            _record(work, view, "cancelled", actor=actor)
            await work.commit(view)
            return view


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSet:
    """What a place holds now, and the count that says so."""

    product_id: ProductId
    location_id: LocationId
    before: Quantity
    on_hand: Quantity
    stocktake: Stocktake


class SetLevel:
    """Sets what lies at a place, by a count of this one row that is posted at once. It holds only
    while there is still what the caller saw (`expected`).
    """

    def __init__(self, work: StocktakesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, row: CountedRow, location_id: LocationId, *, expected: Quantity, actor: Actor
    ) -> LevelSet:
        asked = AskedStocktake(location_id=location_id, products=(row.product_id,))
        async with self._work as work:
            if (await work.stock_documents.room(location_id)).code is None:
                raise NotFound.of(LocationId.kind, location_id)
            if not await work.stock_documents.items([row.product_id]):
                raise NotFound.of(ProductId.kind, row.product_id)
            stocktake = await open_stocktake(work, asked, ids=self._ids, actor=actor)
            await record(work, stocktake, [row], pointer="", actor=actor)
            stocktake.review(at=work.started_at)
            (settled,) = await post(work, stocktake, expected=expected, actor=actor)
            level = LevelSet(
                product_id=row.product_id,
                location_id=location_id,
                before=settled.on_hand,
                on_hand=settled.after,
                stocktake=stocktake,
            )
            await work.commit(level)
            return level


async def _found(
    work: StocktakesWork, identifier: StocktakeId, *, expected: int | None
) -> Stocktake:
    """Return it, locked; with an `expected` version only the count that the caller saw."""
    stocktake = await work.stocktakes.get(identifier)
    if expected is not None:
        require_version(stocktake, expected)
    return stocktake


async def _view(work: StocktakesWork, stocktake: Stocktake) -> StocktakeView:
    room = await work.stock_documents.room(stocktake.location_id)
    return StocktakeView(
        stocktake=stocktake,
        location_code=room.code or "",
        totals=await work.stocktakes.totals(stocktake.id),
    )


def _record(work: StocktakesWork, view: StocktakeView, done: str, *, actor: Actor) -> None:
    stocktake, totals = view.stocktake, view.totals
    work.track(stocktake)
    note = {
        "location": view.location_code,
        "lines": totals.lines,
        "counted": totals.counted,
        "differing": totals.differing,
        "disputed": totals.disputed,
        "reason": stocktake.close_reason,
    }
    work.audit(actor, f"stocktake.{done}", stocktake.id, note=note)
