"""Keep goods for somebody without a sale: reserve, let go, keep for longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.application.common.actor import Actor
from app.application.inventory.ports import InventoryWork, StockRoom
from app.application.inventory.queries import ReservationView
from app.domain.common.errors import FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import (
    IdSource,
    LineId,
    LocationId,
    ProductId,
    ReservationId,
)
from app.domain.common.quantity import Delta, Quantity
from app.domain.common.text import clean_line
from app.domain.inventory.document import LineRequest, StockedItem, check_lines
from app.domain.inventory.locations import TRANSIT_ID, LocationKind
from app.domain.inventory.reservation import (
    REFERENCE_LENGTH,
    Reservation,
    ReservationCreated,
    ReservationEnded,
    ReservationReleased,
    ReservedForSale,
    checked_expiry,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReservation:
    """What to keep at one place, for whom, and until when."""

    lines: Sequence[tuple[ProductId, Quantity]]
    location_id: LocationId
    reference: str | None
    expires_at: datetime | None


class ReserveStock:
    """Keeps goods for whoever the reference names: all lines, or none and every shortage is told.

    Each line is a reservation of its own, which ends by release, in time, or when the goods are
    gone.
    """

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedReservation, *, actor: Actor) -> list[ReservationView]:
        reference = asked.reference
        if reference is not None:
            reference = clean_line(reference, field="reference", most=REFERENCE_LENGTH)
        async with self._work as work:
            expires_at = checked_expiry(asked.expires_at, at=work.started_at)
            room = await work.stock_documents.room(asked.location_id)
            _check_room(room, asked.location_id)
            items = await work.stock_documents.items({product for product, _ in asked.lines})
            self._check_lines(asked, items, currency=room.currency)
            made = [
                Reservation(
                    id=self._ids.new(ReservationId),
                    product_id=product,
                    location_id=asked.location_id,
                    quantity=quantity,
                    remaining=quantity,
                    created_at=work.started_at,
                    user_id=actor.user_id,
                    reference=reference,
                    expires_at=expires_at,
                )
                for product, quantity in asked.lines
            ]

            await work.reservations.keep(made, at=work.started_at)

            for one in made:
                work.publish(ReservationCreated(subject=one.id, reservation=one.snapshot()))
                work.audit(actor, "reservation.created", one.id, note=one.snapshot())
            views = [
                ReservationView(
                    reservation=one, sku=items[one.product_id].sku, as_of=work.started_at
                )
                for one in made
            ]
            await work.commit(views)
            return views

    def _check_lines(
        self,
        asked: AskedReservation,
        items: Mapping[ProductId, StockedItem],
        *,
        currency: str,
    ) -> None:
        unknown = tuple(
            FieldError(
                f"/lines/{index}/product_id",
                UnknownReference.code,
                f"There is no product {product}.",
            )
            for index, (product, _) in enumerate(asked.lines)
            if product not in items
        )
        if unknown:
            raise UnknownReference(" ".join(fault.detail for fault in unknown), errors=unknown)
        requests = [
            LineRequest(
                id=self._ids.new(LineId),
                item=items[product],
                change=Delta(quantity.thousandths),
            )
            for product, quantity in asked.lines
        ]
        check_lines(requests, currency=currency, quantity_field="quantity")


class ReleaseReservation:
    """Makes available again what is left of a reservation, which is over then.

    What is kept for a sale goes with the sale: open it again, or void it.
    """

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(self, identifier: ReservationId, *, actor: Actor) -> ReservationView:
        async with self._work as work:
            kept = await _kept(work, identifier)

            over = await work.reservations.release(kept, at=work.started_at)

            quantity = str(over.remaining)
            work.publish(ReservationReleased(subject=over.id, quantity=quantity))
            work.audit(actor, "reservation.released", over.id, note={"quantity": quantity})
            view = await _view(work, over)
            await work.commit(view)
            return view


class ExtendReservation:
    """Keeps what a reservation keeps until another time, or without an end."""

    def __init__(self, work: InventoryWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ReservationId, *, expires_at: datetime | None, actor: Actor
    ) -> ReservationView:
        async with self._work as work:
            until = checked_expiry(expires_at, at=work.started_at)
            kept = await _kept(work, identifier)

            extended = await work.reservations.extend(kept, expires_at=until)

            changes = {"expires_at": (kept.expires_at, until)}
            work.audit(actor, "reservation.extended", kept.id, changes=changes)
            view = await _view(work, extended)
            await work.commit(view)
            return view


async def _kept(work: InventoryWork, identifier: ReservationId) -> Reservation:
    found = await work.reservations.get(identifier)
    ended = found.ended(at=work.started_at)
    if ended is not None:
        raise ReservationEnded(f"The reservation is over: {ended}.", extra={"ended": ended.value})
    if found.sale_id is not None:
        raise ReservedForSale(
            f"It is kept for the sale {found.sale_id}.", extra={"sale_id": str(found.sale_id)}
        )
    return found


async def _view(work: InventoryWork, reservation: Reservation) -> ReservationView:
    items = await work.stock_documents.items({reservation.product_id})
    sku = items[reservation.product_id].sku
    return ReservationView(reservation=reservation, sku=sku, as_of=work.started_at)


def _check_room(room: StockRoom, location_id: LocationId) -> None:
    if room.code is None:
        raise UnknownReference.of("location_id", LocationId.kind, location_id)
    if location_id == TRANSIT_ID:
        raise InvalidValue.of("location_id", "is between two places: nothing there is kept")
    if room.kind is not LocationKind.STOCK:
        raise InvalidValue.of("location_id", "is a virtual location, which holds no goods")
