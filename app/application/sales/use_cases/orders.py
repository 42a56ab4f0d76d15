"""Orders: confirm a sale, open it again, hand it over in parts, price it anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.sales.drafting import check_location
from app.application.sales.keeping import costs_of, hand_over, keep_for, let_go, places
from app.application.sales.ports import SalesWork
from app.application.sales.posting import check_still_fits, levels_of
from app.domain.common.identifiers import IdSource, LineId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.inventory.reservation import checked_expiry
from app.domain.sales import fulfilment
from app.domain.sales.fulfilment import Repriced
from app.domain.sales.sale import Sale


class ConfirmSale:
    """Makes a draft an order, whose goods are kept for it; all of them, or it stays a draft.

    With `reserved_until` they are kept that long. To confirm an order again keeps what it lacks,
    until the time that is given now; when that changes nothing, nothing happens.
    """

    def __init__(self, work: SalesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self,
        identifier: SaleId,
        *,
        reserved_until: datetime | None,
        expected: int | None,
        actor: Actor,
    ) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            before = sale.status
            until = checked_expiry(reserved_until, at=work.started_at, field="reserved_until")
            changes = fulfilment.confirm(sale, until=until, at=work.started_at)
            if expected is not None:
                require_version(sale, expected)

            if changes:
                location_id = sale.conditions.location_id
                products = {line.item.product_id for line in sale.lines}
                offer = await work.sales.offer(location_id, products)
                check_location(offer, location_id)
                check_still_fits(sale, offer)
                besides = places(sale.lines, location_id)
                await keep_for(work, sale, ids=self._ids, actor=actor, besides=besides)
                await work.sales.save_draft(sale)
                work.track(sale)
                work.audit(
                    actor,
                    "sale.confirmed",
                    sale.id,
                    changes={"status": (before.value, sale.status.value)},
                    note=sale.outline() | {"reserved_until": until},
                )
            await work.commit(sale)
            return sale


class ReopenSale:
    """Makes an order a draft again, for which nothing is kept; not once part of it has left."""

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(self, identifier: SaleId, *, expected: int | None, actor: Actor) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            if expected is not None:
                require_version(sale, expected)
            before = sale.status
            fulfilment.reopen(sale)

            await let_go(work, sale)
            await work.sales.save_draft(sale)
            work.track(sale)
            changes = {"status": (before.value, sale.status.value)}
            work.audit(actor, "sale.reopened", sale.id, changes=changes)
            await work.commit(sale)
            return sale


class FulfilSale:
    """Hands over part of an order: never more than was ordered, however many ask at once.

    Goods leave from what is kept for their line, as far as it goes, the rest at availability.
    The number and the money come with completion.
    """

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: SaleId,
        parts: Sequence[tuple[LineId, Quantity]],
        *,
        expected: int | None,
        actor: Actor,
    ) -> Sale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            fulfilment.require_confirmed(sale)
            if expected is not None:
                require_version(sale, expected)
            asked = fulfilment.check_parts(sale, parts)

            movements = await hand_over(work, sale, asked, actor=actor)
            fulfilment.fulfil(sale, asked, costs_of(movements))

            await work.sales.save_draft(sale)
            work.track(sale)
            left = {str(line): str(quantity) for line, quantity in asked.items()}
            levels = await levels_of(work, sale, movements)
            work.audit(actor, "sale.fulfilled", sale.id, changes=levels, note={"lines": left})
            await work.commit(sale)
            return sale


@dataclass(frozen=True, slots=True)
class RepricedSale:
    """A sale and those of its lines whose price was made anew."""

    sale: Sale
    lines: Sequence[Repriced]


class RepriceSale:
    """Gives every line the price and tax of the catalog as it is now, and says what that changed.

    Nothing else ever changes a quoted price. Discounts stay as they were asked.
    """

    def __init__(self, work: SalesWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: SaleId, *, expected: int | None, actor: Actor
    ) -> RepricedSale:
        async with self._work as work:
            sale = await work.sales.get(identifier)
            sale.require_open()
            if expected is not None:
                require_version(sale, expected)
            products = {line.item.product_id for line in sale.lines}
            offer = await work.sales.offer(sale.conditions.location_id, products)
            check_still_fits(sale, offer)

            lines = fulfilment.reprice(
                sale, {product: offered.item for product, offered in offer.items.items()}
            )

            if lines:
                await work.sales.save_draft(sale)
                fulfilment.tell_update(sale)
                work.track(sale)
                prices = {
                    str(line.line_id): (line.before.unit_price.amount, line.after.unit_price.amount)
                    for line in lines
                }
                work.audit(actor, "sale.repriced", sale.id, changes=prices)
            repriced = RepricedSale(sale, lines)
            await work.commit(repriced)
            return repriced
