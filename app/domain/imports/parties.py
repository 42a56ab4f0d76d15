"""Files of suppliers and of customers: a record tells of one, with a contact and an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, cast

from app.domain.auth.email import EMAIL_LENGTH
from app.domain.common.country_names import country_code
from app.domain.common.text import fold
from app.domain.imports.cells import Doubt, read_boolean, rule_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused
from app.domain.imports.numbers import amount_reader, percent_reader, whole_reader
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.parties import ADDRESS, CONTACT
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk
from app.domain.parties import limits
from app.domain.parties.fields import PartyValues, checked
from app.domain.parties.people import Address, AddressKind, Contact

IDENTITIES = ("external_id", "code", "email", "name")
"""By what a party is found, the first of them that a record tells."""

_LINE = "|"
# How Access writes a link: text#address#.
_LINK = re.compile(r"[^#]*#([^#]+)#[^#]*")
_MOST = {
    "code": limits.CODE_LENGTH,
    "external_id": limits.EXTERNAL_ID_LENGTH,
    "name": limits.NAME_LENGTH,
    "legal_name": limits.NAME_LENGTH,
    "email": EMAIL_LENGTH,
    "phone": limits.PHONE_LENGTH,
    "tax_id": limits.TAX_ID_LENGTH,
    "language": limits.LANGUAGE_LENGTH,
    "notes": limits.NOTES_LENGTH,
    "contact_name": limits.NAME_LENGTH,
    "contact_role": limits.ROLE_LENGTH,
    "contact_email": EMAIL_LENGTH,
    "contact_phone": limits.PHONE_LENGTH,
    "address": limits.ADDRESS_LINE_LENGTH,
    "postal_code": limits.POSTAL_CODE_LENGTH,
    "city": limits.CITY_LENGTH,
    "region": limits.REGION_LENGTH,
}
_ACTIVE = "active"
_RENAMED = {
    "discount_percent": "discount_ppm",
    "credit_limit": "credit_limit_minor",
    "over_receipt_percent": "over_receipt_ppm",
}


class PartyRow(NamedTuple):
    """What a record tells; a field that it empties is there as None, others are left out."""

    row: int
    line: int
    values: PartyValues
    contact: Mapping[str, str | None]
    address: Mapping[str, Any]
    active: bool | None


def parse_parties(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of suppliers or customers; cells are read by the rules of the API."""
    fields = preset_named(plan.preset, kind=plan.kind).fields
    readers = {
        name: ColumnReader(
            read=_reader(name, plan),
            clearable=field.clearable,
            null_word=plan.options.null_word,
            code=field.code,
        )
        for name, field in fields.items()
    }
    parsing = RowParsing(plan, readers)
    arranged = parsing.arrange(chunk, carry)
    told_of = parsing.told()
    refused = {fault.row for fault in parsing.faults}
    rows: list[tuple[object, ...]] = []
    for place, ((row, line), told) in enumerate(zip(arranged.places, told_of, strict=True)):
        if row in refused:
            continue
        if not any(told.get(name) for name in IDENTITIES):
            header = next(filter(None, map(plan.header_of, reversed(IDENTITIES))), None)
            expected = "a name, or what else tells who is meant"
            parsing.refuse(place, header, "", CellRefused("missing", expected))
            continue
        rows.append(_row(row, line, told))
    return parsing.parsed(chunk, rows)


def with_contact(
    contacts: Sequence[Contact], told: Mapping[str, str | None]
) -> Sequence[Mapping[str, Any]]:
    """Return the contacts with what a record tells of the first one.

    Another name is another person, of whom nothing is kept; without a name there is none.
    """
    first: dict[str, Any] = asdict(contacts[0]) if contacts else {}
    name = told.get("name", first.get("name"))
    if name is not None and fold(name) != fold(first.get("name", name)):
        first = {}
    given = {"name": "", **first, **told}
    others = [asdict(contact) for contact in contacts[1:]]
    if not any(given.values()) or ("name" in told and name is None):
        return others
    return [given, *others]


def with_address(
    addresses: Sequence[Address], told: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """Return the addresses with what a record tells of the first one."""
    new = {"kind": AddressKind.BILLING, "lines": (), "default": True}
    first = asdict(addresses[0]) if addresses else new
    given: dict[str, Any] = {**first, **told}
    given["lines"] = given["lines"] or ()
    others = [asdict(address) for address in addresses[1:]]
    if not any(given.get(name) for name in ("lines", *ADDRESS)):
        return others
    return [given, *others]


def _row(row: int, line: int, told: Mapping[str, Any]) -> PartyRow:
    values: dict[str, Any] = {}
    contact: dict[str, str | None] = {}
    address: dict[str, Any] = {}
    for name, value in told.items():
        if name.startswith(CONTACT):
            contact[name.removeprefix(CONTACT)] = value
        elif name in ADDRESS:
            address["lines" if name == "address" else name] = value
        elif name != _ACTIVE:
            values[_RENAMED.get(name, name)] = value
    return PartyRow(row, line, cast("PartyValues", values), contact, address, told.get(_ACTIVE))


def _reader(name: str, plan: Plan) -> Callable[[str], object]:
    """Return the reader of a field's cells."""
    special: Mapping[str, Callable[[], Callable[[str], object]]] = {
        "active": lambda: read_boolean,
        "net_days": lambda: whole_reader(most=limits.NET_DAYS),
        "discount_days": lambda: whole_reader(most=limits.NET_DAYS),
        "discount_percent": lambda: percent_reader(plan.decimal),
        "over_receipt_percent": lambda: percent_reader(plan.decimal),
        "credit_limit": lambda: amount_reader(plan.decimal, currency=plan.options.currency),
        "country": lambda: _read_country,
        "website": lambda: _read_website,
        "currency": lambda: rule_reader(lambda text: _field("currency", text.upper())),
    }
    if name in special:
        return special[name]()
    most = _MOST[name]
    if name.startswith(CONTACT):
        return rule_reader(lambda text: _contact(name.removeprefix(CONTACT), text), most=most)
    if name in ADDRESS:
        return rule_reader(lambda text: _address(name, text), most=most)
    return rule_reader(lambda text: _field(name, text), most=most)


def _field(name: str, text: str) -> object:
    return checked(cast("PartyValues", {name: text})).get(name)


def _contact(name: str, text: str) -> object:
    return getattr(Contact.read({"name": "-", name: text}, field="contact"), name)


def _address(name: str, text: str) -> object:
    given: dict[str, object] = {"kind": AddressKind.BILLING, "lines": ()}
    if name == "address":
        parts = [part for line in text.splitlines() for part in line.split(_LINE)]
        lines = [part for part in parts if part.strip()]
        return Address.read(given | {"lines": lines}, field="address").lines
    return getattr(Address.read(given | {name: text}, field="address"), name)


def _read_country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise CellRefused("unknown_country", "two letters of ISO 3166, or the English name")
    return code


def _read_website(text: str) -> object:
    link = _LINK.fullmatch(text)
    read = rule_reader(lambda told: _field("website", told), most=limits.WEBSITE_LENGTH)
    if link is None:
        return read(text)
    address = read(link[1])
    return Doubt(address, "mended_link", f"the address alone; {text} is read as {address}")
