"""What one cell can hold: each reader takes trimmed text that is not empty and gives the value.

A reader raises `CellRefused`, or returns a `Doubt` around a value that is taken with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from app.domain.catalog.barcode import Barcode, gtin_key, is_gtin
from app.domain.catalog.category import PATH_SEPARATOR, clean_names, path_key
from app.domain.catalog.family import OPTION_SEPARATOR, parse_options
from app.domain.catalog.images import IMAGE_SEPARATOR, INVALID_IMAGE, image_fault
from app.domain.catalog.limits import (
    ATTRIBUTE_NAME_LENGTH,
    ATTRIBUTE_VALUE_LENGTH,
    BARCODE_LENGTH,
    BARCODES,
)
from app.domain.common.errors import InvalidValue
from app.domain.common.text import clean_line, clean_text
from app.domain.imports.faults import CellRefused, shortened

BARCODE_SEPARATOR = "|"

_YES = frozenset(["1", "true", "t", "yes", "y", "on"])
_NO = frozenset(["0", "false", "f", "no", "n", "off"])
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+", re.ASCII)
# A long SKU in this form has lost its digits; a short one such as 1E5 is a code like any other.
DAMAGED_SKU = re.compile(r"\d[.,]\d+[eE]\+\d+", re.ASCII)
_WHOLE_FLOAT = re.compile(r"(\d{8,14})\.0+", re.ASCII)
# Not 85, which is a line break, nor the five that cp1252 leaves without a meaning.
_C1_SIGN = re.compile(r"[\x80\x82-\x84\x86-\x8c\x8e\x91-\x9c\x9e\x9f]")
_GTIN_LIKE = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
# What the rules say of a field, said as what a cell should hold.
_EXPECTED = {
    "control_character": "a single line without control characters",
    "invalid_email": "an e-mail address",
    "invalid_language": "a language tag such as pt-BR",
    "invalid_phone": "a telephone number",
    "invalid_tax_id": "letters, digits and . - / + * only",
    "invalid_website": "the address of a website",
    "too_many": "fewer lines",
    "unknown_currency": "a currency of ISO 4217 such as EUR",
}
_BAR = re.compile(re.escape(IMAGE_SEPARATOR))
_LOOSE = re.compile(r"\||[,;\s]+(?=https?://)", re.IGNORECASE)


class Doubt(NamedTuple):
    """A value that is taken, and what is odd about it."""

    value: object
    code: str
    expected: str


def refused(fault: InvalidValue, *, text: str, most: int | None = None) -> CellRefused:
    """Return the refusal of a cell for the rule of the catalog that it breaks."""
    code = fault.errors[0].code if fault.errors else fault.code
    expected = fault.errors[0].detail if fault.errors else fault.detail
    if code == "too_long" and most is not None:
        actual = len(clean_text(text, field="value", most=len(text) * 4))
        return CellRefused(code, f"at most {most} characters", most=most, actual=actual)
    return CellRefused(code, expected)


def rule_reader(
    rule: Callable[[str], object], *, most: int | None = None
) -> Callable[[str], object]:
    """Return the reader that goes by a rule of the domain; `most` is the longest that it takes."""

    def read(text: str) -> object:
        _check_replacement(text)
        try:
            return rule(text)
        except InvalidValue as fault:
            refusal = refused(fault, text=text, most=most)
            expected = _EXPECTED.get(refusal.reason, refusal.detail)
            raise CellRefused(
                refusal.reason, expected, most=refusal.most, actual=refusal.actual
            ) from None

    return read


def line_reader(field: str, *, most: int) -> Callable[[str], str]:
    """Return the reader of a single line."""

    def read(text: str) -> str:
        _check_replacement(text)
        try:
            return clean_line(text, field=field, most=most)
        except InvalidValue as fault:
            raise refused(fault, text=text, most=most) from None

    return read


def text_reader(field: str, *, most: int) -> Callable[[str], str]:
    """Return the reader of text of any number of lines."""

    def read(text: str) -> str:
        _check_replacement(text)
        try:
            return clean_text(text, field=field, most=most)
        except InvalidValue as fault:
            raise refused(fault, text=text, most=most) from None

    return read


def mending(read: Callable[[str], str]) -> Callable[[str], str | Doubt]:
    """Return the reader that takes a C1 control character for the cp1252 sign it was meant to be.

    Web shops hold such text, and browsers show it so (WHATWG HTML, numeric character references).
    """

    def mended(text: str) -> str | Doubt:
        if not _C1_SIGN.search(text):
            return read(text)
        signs = "".join(dict.fromkeys(map(_sign, _C1_SIGN.findall(text))))
        value = read(_C1_SIGN.sub(lambda found: _sign(found.group()), text))
        return Doubt(value, "mended_character", f"no control character; it is read as {signs}")

    return mended


def _sign(control: str) -> str:
    return control.encode("iso-8859-1").decode("cp1252")


def sku_reader(*, most: int) -> Callable[[str], str | Doubt]:
    """Return the reader of SKUs; one that a spreadsheet seems to have damaged is in doubt."""
    line = line_reader("sku", most=most)

    def read(text: str) -> str | Doubt:
        sku = line(text)
        if DAMAGED_SKU.fullmatch(sku):
            return Doubt(sku, "damaged_by_spreadsheet", "a code with all its digits")
        return sku

    return read


def read_boolean(text: str) -> bool:
    """Read true or false, yes or no, 1 or 0."""
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellRefused("invalid_boolean", "true or false, yes or no, 1 or 0")


def read_opposite(text: str) -> bool:
    """Read a word that says the opposite of the field."""
    return not read_boolean(text)


def read_barcodes(text: str) -> tuple[Barcode, ...] | Doubt:
    """Read codes with a bar between them, each once."""
    if is_gtin(text):
        return (Barcode(text, gtin_key(text)),)
    found: dict[str, Barcode] = {}
    doubtful: list[str] = []
    for part in text.split(BARCODE_SEPARATOR):
        code = part.strip()
        if not code:
            continue
        barcode = _barcode(code)
        found.setdefault(barcode.key, barcode)
        if _GTIN_LIKE.fullmatch(barcode.code) and not is_gtin(barcode.code):
            doubtful.append(barcode.code)
    if len(found) > BARCODES:
        raise CellRefused("too_many", f"at most {BARCODES} codes", most=BARCODES, actual=len(found))
    barcodes = tuple(found.values())
    if doubtful:
        expected = f"a valid check digit; {', '.join(doubtful)} is kept as typed"
        return Doubt(barcodes, "check_digit", expected)
    return barcodes


def _barcode(code: str) -> Barcode:
    _check_replacement(code)
    if _EXPONENT.fullmatch(code):
        raise CellRefused(
            "damaged_by_spreadsheet",
            "all digits of the code: it looks damaged by a spreadsheet program",
        )
    whole = _WHOLE_FLOAT.fullmatch(code)
    try:
        return Barcode.parse(whole[1] if whole else code)
    except InvalidValue as fault:
        raise refused(fault, text=code, most=BARCODE_LENGTH) from None


def category_reader(
    *, slash_parts: bool, separator: str | None = None
) -> Callable[[str], tuple[str, str]]:
    """Return the reader of category paths to (path, path key).

    Levels are parted by the separator, else by `>`; with `slash_parts`, a path that has none is
    parted by `/`, so that `A/B >` is one category with a slash in its name.
    """

    def read(text: str) -> tuple[str, str]:
        _check_replacement(text)
        parting = separator or ("/" if slash_parts and ">" not in text else ">")
        parts = [part.strip() for part in text.split(parting)]
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        if any(len(part.splitlines()) > 1 for part in parts):
            expected = f"a single line; {parting} parts levels, unless category_separator is named"
            raise CellRefused("control_character", expected)
        try:
            names = clean_names(parts, field="category")
        except InvalidValue as fault:
            raise refused(fault, text=text) from None
        return PATH_SEPARATOR.join(names), path_key(names)

    return read


def read_code(text: str) -> str:
    """Read the code of a unit or a tax rate; whether the shop has it is asked later."""
    return line_reader("code", most=32)(text).lower()


def read_attribute(name: str, text: str) -> tuple[str, str]:
    """Read the name and the value of one attribute."""
    label = line_reader("attributes", most=ATTRIBUTE_NAME_LENGTH)(name)
    return label, text_reader("attributes", most=ATTRIBUTE_VALUE_LENGTH)(text)


def read_options(text: str) -> tuple[str, ...]:
    """Read the names of a family's options with a bar between them."""
    _check_replacement(text)
    names = [part for part in text.split(OPTION_SEPARATOR) if part.strip()]
    try:
        return parse_options(names)
    except InvalidValue as fault:
        raise refused(fault, text=text) from None


def image_reader(*, loose: bool) -> Callable[[str], tuple[str, ...] | Doubt]:
    """Return the reader of addresses of pictures, each once; what is no address is left out.

    They have a bar between them, with `loose` also a comma, a semicolon or a blank.
    """
    parting = _LOOSE if loose else _BAR

    def read(text: str) -> tuple[str, ...] | Doubt:
        found, wrong = sorted_images(parting.split(text))
        if wrong:
            return Doubt(found, INVALID_IMAGE, no_image(wrong[0]))
        return found

    return read


def sorted_images(texts: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the addresses among the texts, each once, and those that are none."""
    told = [text for text in map(str.strip, texts) if text]
    if not told:
        return (), []
    wrong = [text for text in told if image_fault(text)]
    if wrong:
        told = [text for text in told if text not in wrong]
    return tuple(dict.fromkeys(told)), wrong


def no_image(text: str) -> str:
    """Return what a warning about a text that is no address says."""
    return f"an http or https address; {shortened(text)} {image_fault(text)}, so it is left out"


def _check_replacement(text: str) -> None:
    if "\ufffd" in text:
        raise CellRefused(
            "replacement_character",
            "the character that was lost before the file was written (shown as \ufffd)",
        )
