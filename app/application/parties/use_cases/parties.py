"""Make suppliers and customers, change them, retire them, and delete those nobody used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic

from app.application.common.actor import Actor
from app.application.common.uow import UnitOfWork
from app.application.common.versions import require_version
from app.application.parties.ports import P, PartyKind, PartyRepository, PartyWork
from app.application.parties.queries import PartyView
from app.domain.common.changes import Changes
from app.domain.common.errors import AlreadyExists, FieldError
from app.domain.common.identifiers import IdSource, PartyId
from app.domain.common.money import CurrencyMismatch
from app.domain.common.text import key
from app.domain.parties.fields import PartyValues
from app.domain.parties.item import SupplierHasCosts
from app.domain.parties.party import PERSONAL_FIELDS, Party, PartyInUse

Currencies = Mapping[str, str]


class CreateParty(Generic[P]):
    """Adds one; without a code it gets the next of its series, such as `CUS-0042`.

    Code, e-mail and external id belong to one at a time; the refusal names the other one.
    `currencies` are those the caller named for amounts, by field: only the shop's will do.
    """

    def __init__(self, work: PartyWork, *, kind: PartyKind[P], ids: IdSource) -> None:
        self._work = work
        self._kind = kind
        self._ids = ids

    async def __call__(
        self, values: PartyValues, *, currencies: Currencies, actor: Actor
    ) -> PartyView:
        async with self._work as work:
            view = await enrol(
                work, values, kind=self._kind, ids=self._ids, currencies=currencies, actor=actor
            )
            await work.commit(view)
            return view


async def enrol(
    work: PartyWork,
    values: PartyValues,
    *,
    kind: PartyKind[P],
    ids: IdSource,
    currencies: Currencies,
    actor: Actor,
) -> PartyView:
    """Add a party in the caller's transaction."""
    parties = kind.of(work)
    currency = await parties.shop_currency()
    _check_currencies(currencies, currency)
    if kind.has_currency and "currency" not in values:
        values = {**values, "currency": currency}
    if "code" not in values:
        values = {**values, "code": await _next_code(work, kind)}

    party = kind.entity.create(ids.new(kind.identifier), values, at=work.started_at)
    await _check_owners(parties, party)

    await parties.add(party)
    record(work, party, "created", creation(party, values), actor=actor)
    await work.flush()
    return PartyView.of(party, currency=currency)


async def _next_code(work: PartyWork, kind: PartyKind[P]) -> str:
    """Return the next code of the series that nobody typed before."""
    parties, series = kind.of(work), kind.entity.series
    while True:
        # These codes know no year.
        number = await work.numbers.next(series, year=0)
        code = f"{series}-{number.sequence:04d}"
        if not await parties.has_code(key(code)):
            return code


class UpdateParty(Generic[P]):
    """Changes what is given and leaves the rest; contacts and addresses are replaced as a whole."""

    def __init__(self, work: PartyWork, *, kind: PartyKind[P]) -> None:
        self._work = work
        self._kind = kind

    async def __call__(
        self,
        identifier: PartyId,
        values: PartyValues,
        *,
        currencies: Currencies,
        expected: int,
        actor: Actor,
    ) -> PartyView:
        async with self._work as work:
            parties = self._kind.of(work)
            party = await parties.get(identifier)
            require_version(party, expected)
            currency = await parties.shop_currency()
            _check_currencies(currencies, currency)
            matched = party.match_keys()

            changes = party.change(values, at=work.started_at)
            if {"code", "email", "external_id"} & changes.keys():
                await _check_owners(parties, party)
            if "currency" in changes and await parties.has_costs(party.id):
                raise SupplierHasCosts("Take the costs off its items first.")
            if party.match_keys() != matched:
                await parties.replace_keys(party)

            record(work, party, "updated", changes, actor=actor)
            await work.flush()
            view = PartyView.of(party, currency=currency)
            await work.commit(view)
            return view


class SetPartyActive(Generic[P]):
    """Keeps it out of new documents or lets it in again; doing so twice changes nothing."""

    def __init__(self, work: PartyWork, *, kind: PartyKind[P]) -> None:
        self._work = work
        self._kind = kind

    async def __call__(
        self, identifier: PartyId, *, active: bool, expected: int, actor: Actor
    ) -> PartyView:
        async with self._work as work:
            parties = self._kind.of(work)
            party = await parties.get(identifier)
            require_version(party, expected)

            changes = party.set_active(active, at=work.started_at)

            record(work, party, "reactivated" if active else "deactivated", changes, actor=actor)
            await work.flush()
            view = PartyView.of(party, currency=await parties.shop_currency())
            await work.commit(view)
            return view


class DeleteParty(Generic[P]):
    """Deletes one that no document names; what is in use is refused with counts by kind."""

    def __init__(self, work: PartyWork, *, kind: PartyKind[P]) -> None:
        self._work = work
        self._kind = kind

    async def __call__(self, identifier: PartyId, *, actor: Actor) -> None:
        async with self._work as work:
            parties = self._kind.of(work)
            party = await parties.hold(identifier)
            party.leave()
            await _check_unused(parties, party)

            await parties.remove(party)
            work.track(party)
            work.audit(
                actor,
                f"{party.word}.deleted",
                party.id,
                changes={name: (value, None) for name, value in party.snapshot().items()},
                redacted=tuple(sorted(name for name in PERSONAL_FIELDS if getattr(party, name))),
            )
            await work.flush()
            await work.commit()


def record(
    work: UnitOfWork,
    party: Party,
    verb: str,
    changes: Changes,
    *,
    actor: Actor,
    note: Mapping[str, object] | None = None,
) -> None:
    """Audit a change without its personal values; what changed nothing leaves no trace."""
    if not changes and note is None:
        return
    shown = {field: change for field, change in changes.items() if field not in PERSONAL_FIELDS}
    redacted = tuple(sorted(field for field in changes if field in PERSONAL_FIELDS))
    work.track(party)
    action = f"{party.word}.{verb}"
    work.audit(actor, action, party.id, changes=shown, redacted=redacted, note=note)


def creation(party: Party, values: PartyValues) -> Changes:
    fields = party.snapshot() | {
        name: getattr(party, name) for name in PERSONAL_FIELDS & set(values)
    }
    return {field: (None, value) for field, value in fields.items() if value not in (None, ())}


def _check_currencies(currencies: Currencies, currency: str) -> None:
    for field, named in currencies.items():
        if named != currency:
            detail = f"The shop counts in {currency}, not in {named}."
            error = FieldError(f"/{field}/currency", CurrencyMismatch.code, detail)
            raise CurrencyMismatch(detail, errors=(error,))


async def _check_owners(parties: PartyRepository[P], party: P) -> None:
    owners = await parties.owners(party)
    if owners:
        faults = tuple(
            FieldError(f"/{field}", AlreadyExists.code, f"Another {party.word} has this {noun}.")
            for field, noun in _NOUNS.items()
            if field in owners
        )
        raise AlreadyExists(
            " ".join(fault.detail for fault in faults),
            errors=faults,
            extra={"owners": {field: str(owner) for field, owner in owners.items()}},
        )


_NOUNS = {"code": "code", "email": "e-mail address", "external_id": "external id"}


async def _check_unused(parties: PartyRepository[P], party: P) -> None:
    uses = await parties.uses(party.id)
    if uses:
        told = ", ".join(f"{count} {kind}" for kind, count in uses.items())
        raise PartyInUse(
            f"The {party.word} {party.code} is named by {told}; deactivate it instead.",
            extra={"uses": dict(uses)},
        )
