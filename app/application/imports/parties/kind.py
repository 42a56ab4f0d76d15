"""Suppliers and customers as kinds of import: each row is made or changed by the rules of the API.

Found by external id or code, else by e-mail address, else by name. What a row goes by, and what
it takes from a party, belongs to that row for the whole file: a later row that speaks of it is
refused, so that the outcome of a row never depends on where the file is cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, Generic, cast

from app.application.imports.deciding import RowRefused, Taken, check_mode, refusals
from app.application.imports.kinds import Applied, Task
from app.application.imports.parties.ports import PartyImportStore, PartyImportsWork, PartyKeys
from app.application.parties.ports import P, PartyKind
from app.application.parties.use_cases.parties import creation, record
from app.domain.auth.email import email_key
from app.domain.auth.roles import Permission
from app.domain.common.changes import Changes
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import IdSource, PartyId
from app.domain.common.text import fold, key
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parties import PartyRow, parse_parties, with_address, with_contact
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.records import Chunk
from app.domain.parties.fields import PartyValues
from app.domain.parties.item import SupplierHasCosts
from app.domain.parties.limits import NAME_LENGTH
from app.domain.parties.party import Party
from app.domain.parties.people import read_addresses, read_contacts

_NEW_CODE = "new"
# Which field is at fault when a rule speaks of a part or of the payment terms.
_FIELDS = {
    "payment_terms/net_days": "net_days",
    "payment_terms/discount_days": "discount_days",
    "payment_terms/discount_percent": "discount_percent",
    "credit_limit/amount": "credit_limit",
    "contacts/0/name": "contact_name",
    "contacts": "contact_name",
    "addresses/0/lines": "address",
}


@dataclass(slots=True)
class _Shelf(Generic[P]):
    """The parties that a chunk may mean, and the keys that rows of the file have taken."""

    by_code: dict[str, P]
    by_external_id: dict[str, P]
    by_email: dict[str, P]
    by_name: dict[str, list[P]]
    taken: Taken
    costed: frozenset[PartyId]
    currency: str

    def owner_of(self, values: PartyValues, *, other_than: P | None) -> tuple[str, P] | None:
        """Return who else has an e-mail address or external id of the values, and which."""
        for name, owners, by in (
            ("email", self.by_email, email_key),
            ("external_id", self.by_external_id, str),
        ):
            value = values.get(name)
            owner = owners.get(by(str(value))) if value else None
            if owner is not None and owner is not other_than:
                return name, owner
        return None


@dataclass(slots=True)
class _Decisions(Generic[P]):
    """What becomes of the rows of a chunk; new parties whose code the shop gives come apart."""

    new: list[tuple[PartyRow, PartyValues]] = field(default_factory=list)
    changed: list[tuple[PartyRow, P, Changes]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


class PartyImports(Generic[P]):
    """Suppliers or customers, with the first of their contacts and of their addresses."""

    needs = (Permission.PARTIES_WRITE,)
    together = None

    def __init__(
        self,
        name: str,
        kind: PartyKind[P],
        store: Callable[[PartyImportsWork], PartyImportStore[P]],
        *,
        ids: IdSource,
    ) -> None:
        self.name = name
        self._kind = kind
        self._store = store
        self._ids = ids

    async def check(self, work: PartyImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_parties(chunk, plan, carry)

    async def apply(self, work: PartyImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [PartyRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await self._shelf(work, rows, task)
        # Thousands of rows would hold up every other request of this process.
        decisions = await asyncio.to_thread(self._decide, work, rows, shelf, task.plan)
        differences = await self._write(work, decisions, task)
        return Applied(
            created=len(decisions.new),
            updated=len(decisions.changed),
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            keys=shelf.taken.new,
            differences=differences if task.told else (),
        )

    async def _shelf(self, work: PartyImportsWork, rows: list[PartyRow], task: Task) -> _Shelf[P]:
        store = self._store(work)
        values = [row.values for row in rows]
        found = await store.found(
            PartyKeys(
                codes={key(told["code"]) for told in values if told.get("code")},
                external_ids={e for told in values if (e := told.get("external_id"))},
                emails={email_key(e) for told in values if (e := told.get("email"))},
                names={_name_key(told) for told in values if _goes_by(told) == "name"},
            )
        )
        by_name: dict[str, list[P]] = {}
        for party in found:
            if party.merged_into_id is None:
                by_name.setdefault(party.name_folded, []).append(party)
        costed = frozenset[PartyId]()
        if task.plan.columns("currency"):
            costed = frozenset(await store.with_costs([party.id for party in found]))
        asked = {mark for told in values for mark in _marks(told)}
        asked |= {_name_mark(told) for told in values if told.get("name")}
        asked |= {mark for party in found for mark in (_self(party), *_marks_of(party))}
        return _Shelf(
            by_code={party.code_key: party for party in found},
            by_external_id={p.external_id: p for p in found if p.external_id},
            by_email={p.email_key: p for p in found if p.email_key},
            by_name=by_name,
            taken=Taken(await work.imports.first_rows(task.identifier, asked)),
            costed=costed,
            currency=await store.currency(),
        )

    def _decide(
        self, work: PartyImportsWork, rows: list[PartyRow], shelf: _Shelf[P], plan: Plan
    ) -> _Decisions[P]:
        """Decide each row as if all rows before it had been applied."""
        decisions: _Decisions[P] = _Decisions()
        for row in rows:
            with refusals(row, plan, fields=_FIELDS, faults=decisions.faults):
                self._decide_one(work, row, shelf, decisions, plan.options.mode)
        return decisions

    def _decide_one(
        self,
        work: PartyImportsWork,
        row: PartyRow,
        shelf: _Shelf[P],
        decisions: _Decisions[P],
        mode: Mode,
    ) -> None:
        own = _marks(row.values)
        by = _goes_by(row.values)
        told = cast("Mapping[str, object]", row.values)
        value = told[by]
        for mark in own:
            field_, _, _ = mark.partition(":")
            shelf.taken.refuse(mark, row=row.row, field=field_, value=told[field_])
        party = self._match(row.values, shelf)
        if party is not None:
            shelf.taken.refuse(_self(party), row=row.row, field=by, value=value)
        check_mode(mode, exists=party is not None, field=by, value=value)
        _check_owner(row.values, party, shelf)
        if party is None:
            values = self._values_of_new(row, shelf)
            # Made once to be checked: its code may have to be counted first.
            self._make(work, row, values)
            decisions.new.append((row, values))
            marks = [*own, _name_mark(row.values)]
        else:
            marks = [*own, _self(party), *_marks_of(party)]
            changes = self._change(work, row, party, shelf)
            marks += _marks_of(party)
            if changes:
                decisions.changed.append((row, party, changes))
            else:
                decisions.unchanged += 1
        shelf.taken.take(marks, row.row)

    def _match(self, values: PartyValues, shelf: _Shelf[P]) -> P | None:
        """Return the party that a row means."""
        by = _goes_by(values)
        if by == "email":
            return shelf.by_email.get(email_key(str(values["email"])))
        if by == "name":
            same = shelf.by_name.get(_name_key(values), [])
            if len(same) > 1:
                expected = f"a code or an external id: {len(same)} have this name"
                raise RowRefused("name", "ambiguous_name", values["name"], expected)
            return same[0] if same else None
        code, external_id = values.get("code"), values.get("external_id")
        by_code = shelf.by_code.get(key(code)) if code else None
        by_external_id = shelf.by_external_id.get(external_id) if external_id else None
        if code and by_external_id is not None and by_external_id is not by_code:
            expected = f"{by_external_id.code}, which has the external id {external_id}"
            raise RowRefused("code", "other_code", code, expected)
        return by_code or by_external_id

    def _values_of_new(self, row: PartyRow, shelf: _Shelf[P]) -> PartyValues:
        if not row.values.get("name"):
            raise RowRefused("name", "missing", "", "a name, for one that is to be made")
        given = {name: value for name, value in row.values.items() if value is not None}
        values = cast("PartyValues", given)
        if self._kind.has_currency:
            values.setdefault("currency", shelf.currency)
        if row.contact:
            values["contacts"] = read_contacts(with_contact((), row.contact))
        if row.address:
            values["addresses"] = read_addresses(with_address((), row.address))
        return values

    def _make(self, work: PartyImportsWork, row: PartyRow, values: PartyValues) -> P:
        coded = {"code": _NEW_CODE, **values}
        identifier = self._ids.new(self._kind.identifier)
        party = self._kind.entity.create(identifier, cast("PartyValues", coded), at=work.started_at)
        if row.active is False:
            party.set_active(False, at=work.started_at)
        return party

    def _change(self, work: PartyImportsWork, row: PartyRow, party: P, shelf: _Shelf[P]) -> Changes:
        values = cast("PartyValues", {k: v for k, v in row.values.items() if k != "code"})
        currency = values.get("currency")
        if party.id in shelf.costed and currency not in (None, getattr(party, "currency", None)):
            raise SupplierHasCosts("Take the costs off its items first.")
        if row.contact:
            values["contacts"] = read_contacts(with_contact(party.contacts, row.contact))
        if row.address:
            values["addresses"] = read_addresses(with_address(party.addresses, row.address))
        before = {name: getattr(party, name) for name in values}
        try:
            changes = party.change(values, at=work.started_at)
        except InvalidValue:
            # What fits together badly shows after it was set; another row may mean the same party.
            for name, value in before.items():
                setattr(party, name, value)
            raise
        if row.active is not None:
            changes |= party.set_active(row.active, at=work.started_at)
        return changes

    async def _write(
        self, work: PartyImportsWork, decisions: _Decisions[P], task: Task
    ) -> list[Difference]:
        """Write all in the order of the file, and return what it comes to."""
        store = self._store(work)
        made = await self._made(work, decisions)
        await store.change([party for _, party, _ in decisions.changed])
        await store.create([party for _, party, _ in made])
        written = sorted([*made, *decisions.changed], key=lambda one: one[0].row)
        new = {party.id for _, party, _ in made}
        for _, party, changes in written:
            verb = "created" if party.id in new else "updated"
            record(work, party, verb, changes, actor=task.actor)
        return [
            _difference(row, party, changes, created=party.id in new)
            for row, party, changes in written
        ]

    async def _made(
        self, work: PartyImportsWork, decisions: _Decisions[P]
    ) -> list[tuple[PartyRow, P, Changes]]:
        """Make the new parties, those without a code under the next ones of the series."""
        typed = [key(values["code"]) for _, values in decisions.new if "code" in values]
        series, lacking = self._kind.entity.series, len(decisions.new) - len(typed)
        codes = iter(await self._store(work).next_codes(series, lacking, others=typed))
        made: list[tuple[PartyRow, P, Changes]] = []
        for row, values in decisions.new:
            if "code" not in values:
                values["code"] = next(codes)
            party = self._make(work, row, values)
            made.append((row, party, creation(party, values)))
        return made


def _goes_by(values: PartyValues) -> str:
    """Return the field that a row is found by."""
    for name in ("code", "external_id", "email"):
        if values.get(name):
            return name
    return "name"


def _marks(values: PartyValues) -> list[str]:
    """Return what a row takes for the whole file; a name only if it goes by it."""
    marks = []
    if code := values.get("code"):
        marks.append(f"code:{key(code)}")
    if external_id := values.get("external_id"):
        marks.append(f"external_id:{external_id}")
    if email := values.get("email"):
        marks.append(f"email:{email_key(email)}")
    return marks or [_name_mark(values)]


def _marks_of(party: Party) -> Iterator[str]:
    """Return what no other row may speak of after a row spoke of the party."""
    yield f"code:{party.code_key}"
    yield f"name:{party.name_folded}"
    if party.external_id is not None:
        yield f"external_id:{party.external_id}"
    if party.email_key is not None:
        yield f"email:{party.email_key}"


def _self(party: Party) -> str:
    return f"party:{party.id}"


def _name_key(values: PartyValues) -> str:
    # As the party has it, whose head alone is kept.
    return fold(values["name"])[:NAME_LENGTH]


def _name_mark(values: PartyValues) -> str:
    return f"name:{_name_key(values)}"


def _check_owner(values: PartyValues, party: P | None, shelf: _Shelf[P]) -> None:
    owned = shelf.owner_of(values, other_than=party)
    if owned is not None:
        name, owner = owned
        value = cast("Mapping[str, object]", values)[name]
        raise RowRefused(name, "already_exists", value, f"one of their own: {owner.code} has this")


def _difference(row: PartyRow, party: Party, changes: Changes, *, created: bool) -> Difference:
    return Difference(
        row=row.row,
        line=row.line,
        # The number of a new one is not given before it is made for good.
        label=party.name if created else party.code,
        created=created,
        changes={
            name: {"before": _shown(before), "after": _shown(after)}
            for name, (before, after) in changes.items()
            if not (created and name == "code" and "code" not in row.values)
        },
    )


def _shown(value: object) -> object:
    """Return a value as JSON takes it; parts are shown without what they do not tell."""
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        told: dict[str, Any] = asdict(value)
        return {name: part for name, part in told.items() if part not in (None, (), False)}
    return value
