"""Draft a purchase order, revise it, order it, and end it."""

from __future__ import annotations

from typing import TypeVar

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.inventory.rooms import check_room
from app.application.inventory.suppliers import active_supplier
from app.application.purchases.commands import AskedPurchase, PurchaseRevision
from app.application.purchases.drafting import (
    clean_note,
    clean_reason,
    clean_reference,
    draft_lines,
)
from app.application.purchases.ports import PurchasesWork
from app.domain.auth.roles import Permission
from app.domain.common.identifiers import IdSource, PurchaseId
from app.domain.common.numbers import posting_year
from app.domain.purchases.order import (
    PURCHASES_SERIES,
    Heading,
    OrderedFrom,
    Purchase,
    PurchaseStatus,
)

Value = TypeVar("Value")


class CreatePurchase:
    """Drafts an order in the currency of its supplier, and with `at_once` orders it.

    SKU, pack and tolerance of a line come from what the supplier sells, unless the line says them;
    so does the cost, if it is that of the same pack. A cost that is not known is said at receipt.
    """

    def __init__(self, work: PurchasesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedPurchase, *, at_once: bool, actor: Actor) -> Purchase:
        if at_once:
            actor.require(Permission.PURCHASES_ORDER)
        async with self._work as work:
            seller = await active_supplier(work, asked.supplier_id)
            check_room(await work.stock_documents.room(asked.location_id), asked.location_id)
            purchase = Purchase(
                id=self._ids.new(PurchaseId),
                supplier=OrderedFrom(id=seller.id, name=seller.name),
                currency=seller.currency,
                heading=Heading(
                    location_id=asked.location_id,
                    rate=asked.exchange_rate,
                    reference=clean_reference(asked.reference),
                    note=clean_note(asked.note),
                ),
                lines=await draft_lines(work, asked.lines, seller=seller, ids=self._ids),
                user_id=actor.user_id,
                created_at=work.started_at,
            )
            purchase.check()
            if at_once:
                await _order(work, purchase)

            await work.purchases.add(purchase)
            record(work, purchase, "ordered" if at_once else "drafted", actor=actor)
            await work.commit(purchase)
            return purchase


class RevisePurchase:
    """Changes a draft; lines are replaced as a whole, what is not named stays."""

    def __init__(self, work: PurchasesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, identifier: PurchaseId, asked: PurchaseRevision, *, expected: int, actor: Actor
    ) -> Purchase:
        async with self._work as work:
            purchase = await found(work, identifier, expected=expected)
            purchase.require_draft()
            lines = purchase.lines
            if asked.lines is not None:
                seller = await active_supplier(work, purchase.supplier.id)
                lines = await draft_lines(work, asked.lines, seller=seller, ids=self._ids)
            heading = _revised(purchase.heading, asked)
            if asked.location_id is not None:
                check_room(await work.stock_documents.room(asked.location_id), asked.location_id)

            changes = purchase.revise(heading, lines)

            if changes or asked.lines is not None:
                await work.purchases.save_revised(purchase)
                work.audit(actor, "purchase.revised", purchase.id, changes=changes)
            await work.commit(purchase)
            return purchase


class OrderPurchase:
    """Orders what was drafted: the lines stay as they are from here on, the number is given.

    The rate is kept with the order; for the shop's own currency it is 1.
    """

    def __init__(self, work: PurchasesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: PurchaseId, *, expected: int | None, actor: Actor
    ) -> Purchase:
        async with self._work as work:
            purchase = await found(work, identifier, expected=expected)
            purchase.require_draft()
            await active_supplier(work, purchase.supplier.id)

            await _order(work, purchase)

            await work.purchases.save_step(purchase)
            record(work, purchase, "ordered", actor=actor)
            await work.commit(purchase)
            return purchase


class CancelPurchase:
    """Gives up what has not arrived. Goods that came stay, and the order is closed short then.

    An order that was sent to the supplier needs the right to order.
    """

    def __init__(self, work: PurchasesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: PurchaseId, *, reason: str | None, expected: int | None, actor: Actor
    ) -> Purchase:
        reason = clean_reason(reason)
        async with self._work as work:
            purchase = await found(work, identifier, expected=expected)
            if purchase.status is not PurchaseStatus.DRAFT:
                actor.require(Permission.PURCHASES_ORDER)

            purchase.cancel(reason=reason, at=work.started_at)

            await work.purchases.save_step(purchase)
            record(work, purchase, purchase.status.value, actor=actor)
            await work.commit(purchase)
            return purchase


class ClosePurchase:
    """Expects nothing more of an order of which something came."""

    def __init__(self, work: PurchasesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: PurchaseId, *, reason: str | None, expected: int | None, actor: Actor
    ) -> Purchase:
        reason = clean_reason(reason)
        async with self._work as work:
            purchase = await found(work, identifier, expected=expected)

            purchase.close(reason=reason, at=work.started_at)

            await work.purchases.save_step(purchase)
            record(work, purchase, "closed", actor=actor)
            await work.commit(purchase)
            return purchase


async def found(work: PurchasesWork, identifier: PurchaseId, *, expected: int | None) -> Purchase:
    """Return it, locked; with an `expected` version only the order that the caller saw."""
    purchase = await work.purchases.get(identifier)
    if expected is not None:
        require_version(purchase, expected)
    return purchase


def record(work: PurchasesWork, purchase: Purchase, done: str, *, actor: Actor) -> None:
    work.track(purchase)
    note = purchase.outline()
    if purchase.close_reason is not None:
        note["close_reason"] = purchase.close_reason
    work.audit(actor, f"purchase.{done}", purchase.id, note=note)


async def _order(work: PurchasesWork, purchase: Purchase) -> None:
    """Give the number, last of all that locks; what is expected shows where it will lie."""
    place = purchase.heading.location_id
    room = await work.stock_documents.room(place)
    purchase.agreed_rate(room.currency)
    await work.ledger.open({(line.item.product_id, place) for line in purchase.lines})
    at = work.started_at
    year = posting_year(at, time_zone=room.books.time_zone)
    number = await work.numbers.next(PURCHASES_SERIES, year=year)
    purchase.order(number, shop_currency=room.currency, at=at)


def _revised(heading: Heading, asked: PurchaseRevision) -> Heading:
    def kept(name: str, old: Value | None, new: Value | None) -> Value | None:
        return new if new is not None or name in asked.cleared else old

    return Heading(
        location_id=asked.location_id or heading.location_id,
        rate=kept("exchange_rate", heading.rate, asked.exchange_rate),
        reference=kept("reference", heading.reference, clean_reference(asked.reference)),
        note=kept("note", heading.note, clean_note(asked.note)),
    )
