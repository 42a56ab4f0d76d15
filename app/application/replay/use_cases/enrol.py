"""Bring in the customers of another program, many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from app.application.common.actor import Actor
from app.application.parties.ports import CUSTOMERS, PartyWork
from app.application.parties.use_cases.parties import enrol
from app.domain.common.identifiers import CustomerId, IdSource
from app.domain.parties.fields import PartyValues


class EnrolCustomers:
    """Adds customers by their numbers, each as one is added by hand; all of them or none."""

    def __init__(self, work: PartyWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, numbers: Sequence[str], *, actor: Actor) -> dict[str, CustomerId]:
        made: dict[str, CustomerId] = {}
        async with self._work as work:
            for number in numbers:
                values = PartyValues(code=number, name=f"Customer {number}")
                view = await enrol(
                    work, values, kind=CUSTOMERS, ids=self._ids, currencies={}, actor=actor
                )
                made[number] = CustomerId(int=view.id.int)
            await work.commit()
        return made
