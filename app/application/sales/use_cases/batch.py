"""Take in the sales of a till that was offline, each for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.application.common.actor import Actor
from app.application.common.retry import retrying
from app.application.sales.commands import AskedSale, Completion
from app.application.sales.ports import KnownSale, SalesWork
from app.application.sales.ringing import ring_up
from app.domain.common.errors import AlreadyExists, Busy, DomainError
from app.domain.common.identifiers import IdSource
from app.domain.sales.till import ClientIdReused, TillRecord


class Outcome(StrEnum):
    """What became of a sale that was told."""

    CREATED = "created"
    ALREADY_THERE = "already_there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSale:
    """A sale that took place; `till` names it."""

    asked: AskedSale
    till: TillRecord
    completion: Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One of `sale` and `refusal` is there."""

    outcome: Outcome
    sale: KnownSale | None = None
    refusal: DomainError | None = None


class SellBatch:
    """Posts sales that took place while their till was offline; each stands for itself.

    A sale is known by its register and client id: told again it is there already, with other
    content it fails. What is beyond the stock is taken from those who may oversell and marked
    `needs_attention`. One that fails stops no other. Sent again after a failure of any kind, the
    batch goes on where it stopped.
    """

    def __init__(self, works: Callable[[], SalesWork], *, ids: IdSource) -> None:
        # A transaction each: a batch holds up no other till, and what is done stays done.
        self._works = works
        self._ids = ids

    async def __call__(self, told: Sequence[ToldSale], *, actor: Actor) -> list[Told]:
        return [await self._take(sale, actor=actor) for sale in told]

    async def _take(self, told: ToldSale, *, actor: Actor) -> Told:
        try:
            try:
                return await retrying(lambda: self._post(told, actor=actor))
            except AlreadyExists:
                # Another device may have told of it at the same time and been faster.
                return await retrying(lambda: self._post(told, actor=actor))
        except Busy:
            raise
        except DomainError as refusal:
            return Told(outcome=Outcome.FAILED, refusal=refusal)

    async def _post(self, told: ToldSale, *, actor: Actor) -> Told:
        async with self._works() as work:
            known = await work.sales.told(told.till)
            if known is not None:
                if known.digest != told.till.digest:
                    raise ClientIdReused(f"It stands for the sale {known.number or known.id}.")
                return Told(outcome=Outcome.ALREADY_THERE, sale=known)

            sale = await ring_up(
                work, told.asked, completion=told.completion, ids=self._ids, actor=actor
            )
            await work.commit(sale)
            return Told(outcome=Outcome.CREATED, sale=KnownSale.of(sale))
