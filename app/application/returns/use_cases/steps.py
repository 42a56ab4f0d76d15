"""The steps of a return that is not settled at once: change, approve, receive, refund, or not."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.returns.commands import ReturnRevision, Settlement
from app.application.returns.drafting import (
    check_rights,
    clean_reason,
    draft_lines,
    products_of,
    sold,
)
from app.application.returns.ports import ReturnsWork
from app.application.returns.posting import check_still_fits, happened, receive, refund
from app.application.sales.drafting import check_location
from app.domain.common.identifiers import IdSource, ReturnId
from app.domain.returns.sales_return import SalesReturn


class ReviseReturn:
    """Changes what is asked, before the goods came; what was approved has to be approved again."""

    def __init__(self, work: ReturnsWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, identifier: ReturnId, revision: ReturnRevision, *, expected: int, actor: Actor
    ) -> SalesReturn:
        reason = clean_reason(revision.reason)
        async with self._work as work:
            document = await work.returns.get(identifier)
            document.require_open()
            require_version(document, expected)
            original = document.original
            sale = await sold(work, None if original is None else original.id)
            place = revision.location_id or document.conditions.location_id
            offer = await work.sales.offer(place, products_of(revision.lines or ()))
            check_location(offer, place)

            lines = document.lines
            if revision.lines is not None:
                lines = await draft_lines(
                    work,
                    revision.lines,
                    sale=sale,
                    offer=offer,
                    conditions=document.conditions,
                    besides=document.id,
                    ids=self._ids,
                )
            before = document.content
            changes = document.revise(
                lines=lines,
                location_id=place,
                reason=reason if revision.replaces_reason else document.reason,
            )
            check_rights(document, actor)

            if document.content != before:
                await work.returns.save_revised(document)
                work.audit(actor, "return.updated", document.id, changes=changes)
            await work.commit(document)
            return document


class ApproveReturn:
    """Lets the goods come."""

    def __init__(self, work: ReturnsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ReturnId, *, expected: int | None, actor: Actor
    ) -> SalesReturn:
        async with self._work as work:
            document = await _found(work, identifier, expected=expected)

            document.approve(at=work.started_at)

            await work.returns.save_step(document)
            _record(work, document, "approved", actor=actor)
            await work.commit(document)
            return document


class RejectReturn:
    """Refuses to take the goods back; what the return held may come back by another."""

    def __init__(self, work: ReturnsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ReturnId, *, reason: str | None, expected: int | None, actor: Actor
    ) -> SalesReturn:
        reason = clean_reason(reason)
        async with self._work as work:
            document = await _found(work, identifier, expected=expected)

            document.reject(reason=reason, at=work.started_at)

            await work.returns.save_step(document)
            _record(work, document, "rejected", actor=actor)
            await work.commit(document)
            return document


class CancelReturn:
    """Gives a return up before its goods came; what it held may come back by another."""

    def __init__(self, work: ReturnsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ReturnId, *, reason: str | None, expected: int | None, actor: Actor
    ) -> SalesReturn:
        reason = clean_reason(reason)
        async with self._work as work:
            document = await _found(work, identifier, expected=expected)

            document.cancel(reason=reason, at=work.started_at)

            await work.returns.save_step(document)
            _record(work, document, "cancelled", actor=actor)
            await work.commit(document)
            return document


class ReceiveReturn:
    """Takes the goods of an approved return: each line's go where it says, once."""

    def __init__(self, work: ReturnsWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ReturnId, *, expected: int | None, actor: Actor
    ) -> SalesReturn:
        async with self._work as work:
            document = await _found(work, identifier, expected=expected)
            if document.original is None:
                products = {line.item.product_id for line in document.lines}
                place = document.conditions.location_id
                check_still_fits(document, await work.sales.offer(place, products))

            await receive(work, document, occurred_at=work.started_at, actor=actor)

            await work.returns.save_received(document)
            _record(work, document, "received", actor=actor)
            await work.commit(document)
            return document


class RefundReturn:
    """Pays back what was received, and gives the credit note its number.

    Money goes back by the means that it came by, to each at most what it brought.
    """

    def __init__(self, work: ReturnsWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: ReturnId,
        settlement: Settlement,
        *,
        expected: int | None,
        actor: Actor,
    ) -> SalesReturn:
        async with self._work as work:
            document = await _found(work, identifier, expected=expected)
            original = document.original
            sale = await sold(work, None if original is None else original.id)
            offer = await work.sales.offer(document.conditions.location_id, ())

            at = happened(settlement, sale=sale, at=work.started_at)
            await refund(work, document, settlement, sale=sale, offer=offer, occurred_at=at)

            await work.returns.save_posted(document)
            _record(work, document, "refunded", actor=actor)
            await work.commit(document)
            return document


async def _found(work: ReturnsWork, identifier: ReturnId, *, expected: int | None) -> SalesReturn:
    """Return it, locked; with an `expected` version only the return that the caller saw."""
    document = await work.returns.get(identifier)
    if expected is not None:
        require_version(document, expected)
    return document


def _record(work: ReturnsWork, document: SalesReturn, done: str, *, actor: Actor) -> None:
    work.track(document)
    note = document.outline()
    if document.close_reason is not None:
        note["close_reason"] = document.close_reason
    work.audit(actor, f"return.{done}", document.id, note=note)
