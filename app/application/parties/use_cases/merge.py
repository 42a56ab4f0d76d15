"""Make one of several that turned out to be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic

from app.application.common.actor import Actor
from app.application.parties.ports import P, PartyKind, PartyWork
from app.application.parties.queries import PartyView
from app.application.parties.use_cases.parties import record
from app.domain.common.errors import FieldError, InvalidValue, NotFound, UnknownReference
from app.domain.common.identifiers import PartyId


class MergeParties(Generic[P]):
    """Merges others into one, which keeps what it has and takes what it lacks from them.

    The others stay for the documents that name them, inactive and closed to changes; what was
    merged into them before points to the one as well. Doing so twice changes nothing.
    """

    def __init__(self, work: PartyWork, *, kind: PartyKind[P]) -> None:
        self._work = work
        self._kind = kind

    async def __call__(
        self, identifier: PartyId, others: Sequence[PartyId], *, actor: Actor
    ) -> PartyView:
        async with self._work as work:
            parties = self._kind.of(work)
            # All in one order: of two merges in opposite directions the second finds the first.
            held = await parties.hold_all({identifier, *others})
            target = held.get(identifier)
            if target is None:
                raise NotFound.of(self._kind.identifier.kind, identifier)
            target.require_own()

            merged = self._named(target, others, held)
            for other in merged:
                changes = other.join(target, at=work.started_at)
                work.track(other)
                work.audit(actor, f"{other.word}.merged", other.id, changes=changes)
                await parties.replace_keys(other)
            # They give up their addresses before the target takes one.
            await work.flush()

            if merged:
                await parties.carry_on(target, merged, at=work.started_at)
                filled = target.fill_blanks(merged, at=work.started_at)
                await parties.replace_keys(target)
                note = {"from": [other.id for other in merged]}
                record(work, target, "took_over", filled, actor=actor, note=note)
            await work.flush()
            view = PartyView.of(target, currency=await parties.shop_currency())
            await work.commit(view)
            return view

    def _named(
        self, target: P, others: Sequence[PartyId], held: Mapping[PartyId, P]
    ) -> Sequence[P]:
        """Return those to merge, each once; those that were merged into the target are done."""
        unknown = tuple(
            FieldError(
                f"/from/{index}", UnknownReference.code, f"There is no {target.word} {other}."
            )
            for index, other in enumerate(others)
            if other not in held
        )
        if unknown:
            raise UnknownReference(" ".join(fault.detail for fault in unknown), errors=unknown)
        if target.id in others:
            at = f"from/{others.index(target.id)}"
            raise InvalidValue.of(at, "is the one that the others are merged into")
        named = [held[other] for other in dict.fromkeys(others)]
        return [other for other in named if other.merged_into_id != target.id]
