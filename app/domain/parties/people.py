"""Contacts and addresses: parts of a party, read and written whole with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

from app.domain.auth.email import clean_email
from app.domain.common.countries import COUNTRIES
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.text import clean_line
from app.domain.parties import limits
from app.domain.parties.text import clean_name, clean_phone

Part = TypeVar("Part")
Given = Mapping[str, Any]


class AddressKind(StrEnum):
    BILLING = "billing"
    SHIPPING = "shipping"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Someone to talk to; several may share an address."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None

    @classmethod
    def read(cls, given: Given, *, field: str) -> Self:
        """Read what a caller gave; all faults of it are in one error."""
        faults: list[FieldError] = []
        optional = _optional(given, field, faults)
        with collecting(faults):
            name = clean_name(given["name"], field=f"{field}/name", most=limits.NAME_LENGTH)
        role = optional("role", _line(limits.ROLE_LENGTH))
        email = optional("email", lambda text, at: clean_email(text, field=at))
        phone = optional("phone", lambda text, at: clean_phone(text, field=at))
        refuse(faults)
        return cls(name=name, role=role, email=email, phone=phone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where goods or letters go; `default` marks the one of its kind that is taken unasked."""

    kind: AddressKind
    lines: tuple[str, ...]
    label: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    default: bool = False

    @classmethod
    def read(cls, given: Given, *, field: str) -> Self:
        """Read what a caller gave; all faults of it are in one error."""
        faults: list[FieldError] = []
        optional = _optional(given, field, faults)
        lines = []
        for index, line in enumerate(given["lines"]):
            with collecting(faults):
                at = f"{field}/lines/{index}"
                lines.append(clean_name(line, field=at, most=limits.ADDRESS_LINE_LENGTH))
        if len(given["lines"]) > limits.ADDRESS_LINES:
            detail = f"has at most {limits.ADDRESS_LINES} entries"
            faults.append(FieldError(f"/{field}/lines", "too_many", detail))
        label = optional("label", _line(limits.LABEL_LENGTH))
        postal_code = optional("postal_code", _line(limits.POSTAL_CODE_LENGTH))
        city = optional("city", _line(limits.CITY_LENGTH))
        region = optional("region", _line(limits.REGION_LENGTH))
        country = optional("country", _country)
        refuse(faults)
        return cls(
            kind=AddressKind(given["kind"]),
            lines=tuple(lines),
            label=label,
            postal_code=postal_code,
            city=city,
            region=region,
            country=country,
            default=given.get("default", False),
        )


def read_contacts(given: Sequence[Given]) -> tuple[Contact, ...]:
    return _all(given, Contact.read, field="contacts", most=limits.CONTACTS)


def read_addresses(given: Sequence[Given]) -> tuple[Address, ...]:
    """Read all addresses; of each kind one may be the default."""
    addresses = _all(given, Address.read, field="addresses", most=limits.ADDRESSES)
    chosen: set[AddressKind] = set()
    faults: list[FieldError] = []
    for index, address in enumerate(addresses):
        if address.default and address.kind in chosen:
            detail = f"another {address.kind} address is the default already"
            faults.append(FieldError(f"/addresses/{index}/default", "duplicate", detail))
        if address.default:
            chosen.add(address.kind)
    refuse(faults)
    return addresses


@contextmanager
def collecting(faults: list[FieldError]) -> Iterator[None]:
    """Take the faults of what is done inside, and go on."""
    try:
        yield
    except InvalidValue as fault:
        faults.extend(fault.errors)


def refuse(faults: Sequence[FieldError]) -> None:
    """Raise one error for all faults, if there are any."""
    if faults:
        raise InvalidValue(
            "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults),
            errors=tuple(faults),
        )


def _all(
    given: Sequence[Given], read: Callable[..., Part], *, field: str, most: int
) -> tuple[Part, ...]:
    if len(given) > most:
        raise InvalidValue.of(field, f"has at most {most} entries", code="too_many")
    faults: list[FieldError] = []
    parts = []
    for index, one in enumerate(given):
        with collecting(faults):
            parts.append(read(one, field=f"{field}/{index}"))
    refuse(faults)
    return tuple(parts)


def _optional(
    given: Given, field: str, faults: list[FieldError]
) -> Callable[[str, Callable[[str, str], str]], str | None]:
    """Return a reader of members that may be absent, null or empty."""

    def read(name: str, rule: Callable[[str, str], str]) -> str | None:
        text, kept = given.get(name), None
        if text is not None and text.strip():
            with collecting(faults):
                kept = rule(text, f"{field}/{name}")
        return kept

    return read


def _line(most: int) -> Callable[[str, str], str]:
    return lambda text, at: clean_line(text, field=at, most=most)


def _country(text: str, at: str) -> str:
    country = text.strip().upper()
    if country not in COUNTRIES:
        raise InvalidValue.of(at, "is not a country of ISO 3166 such as DE", code="unknown_country")
    return country
