"""Barcodes: trade item numbers compare as GTIN-14, every other code as it was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from app.domain.catalog.limits import BARCODE_LENGTH, BARCODES
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.text import clean_line

_GTIN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
_GTIN_LENGTH = 14


def is_gtin(code: str) -> bool:
    """Tell whether this is a number of 8, 12, 13 or 14 digits with a valid check digit.

    The check digit is that of the GS1 General Specifications: weights 3 and 1 from the right.
    """
    if not _GTIN.fullmatch(code):
        return False
    weighted = sum(map(int, code[-1::-2])) + 3 * sum(map(int, code[-2::-2]))
    return weighted % 10 == 0


def code_key(code: str) -> str:
    """Return what a code is found by: `012345678905` and `0012345678905` are one item."""
    return gtin_key(code) if is_gtin(code) else code


def gtin_key(code: str) -> str:
    """Return the key of a code that is a valid trade item number."""
    return code.rjust(_GTIN_LENGTH, "0")


@dataclass(frozen=True, slots=True)
class Barcode:
    """A code as it was typed, and the key that is unique in the shop."""

    code: str
    key: str

    @classmethod
    def parse(cls, text: str, *, field: str = "barcodes") -> Self:
        code = clean_line(text, field=field, most=BARCODE_LENGTH)
        return cls(code, code_key(code))


def parse_barcodes(codes: Sequence[str], *, field: str = "barcodes") -> tuple[Barcode, ...]:
    """Read all codes of a product, each once; faults are reported together."""
    if len(codes) > BARCODES:
        raise InvalidValue.of(field, f"holds at most {BARCODES} codes", code="too_many")
    faults: list[FieldError] = []
    found: dict[str, Barcode] = {}
    for index, text in enumerate(codes):
        pointer = f"{field}/{index}"
        try:
            barcode = Barcode.parse(text, field=pointer)
        except InvalidValue as fault:
            faults.extend(fault.errors)
            continue
        if barcode.key in found:
            detail = f"is the same code as {found[barcode.key].code!r}"
            faults.append(FieldError(f"/{pointer}", "duplicate", detail))
        found.setdefault(barcode.key, barcode)
    if faults:
        raise InvalidValue("A barcode is not acceptable.", errors=tuple(faults))
    return tuple(found.values())
