"""What the style of a cell says about the number in it, and the number as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Context, Decimal
from enum import Enum, auto

from app.infrastructure.tabular.marks import NUMERAL, PADDED
from app.infrastructure.tabular.packages import Package, local, new_parser

STYLES = 1 << 16

# Numbers of the formats that every spreadsheet program has built in (ECMA-376, 18.8.30), with the
# ones of East Asian editions.
_DATES = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_CODE = re.compile(r"[dmyhs]", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_PADDED_CODE = re.compile(r"0(?:[ \-]?0)+")
_DIGITS = re.compile(r"0|-?[1-9]\d{0,19}", re.ASCII)
# Spreadsheet programs count with 15 significant digits and store 17, so that 12.5 may stand in the
# file as 12.500000000000002.
_PRECISION = Context(prec=15)
_PLAIN_EXPONENT = 20
_LONGEST = 64
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a date on paper has no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_DAY = 86_400
# Day 60 is a 29th of February 1900 that never was.
_FIRST_DAY, _LAST_DAY = 61, 2_958_466


class Style(Enum):
    """How a number is shown."""

    PLAIN = auto()
    DATE = auto()
    PADDED = auto()


class Styles:
    """The styles of a workbook by number."""

    def __init__(self) -> None:
        self._styles: list[Style] = []
        self._codes: dict[int, str] = {}
        self._inside = False

    def load(self, package: Package, part: str) -> None:
        """Take the styles of the part."""
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        package.parse(part, parser)

    def __getitem__(self, index: int) -> Style:
        """Return a style; one that the workbook does not have is plain."""
        return self._styles[index] if index < len(self._styles) else Style.PLAIN

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        element = local(name)
        if element == "cellXfs":
            self._inside = True
        elif element == "numFmt" and len(self._codes) < STYLES:
            self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif element == "xf" and self._inside and len(self._styles) < STYLES:
            self._styles.append(self._style(int(attributes.get("numFmtId", "0"))))

    def _end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self._inside = False

    def _style(self, number: int) -> Style:
        code = self._codes.get(number)
        if code is None:
            return Style.DATE if number in _DATES else Style.PLAIN
        if _PADDED_CODE.fullmatch(code):
            return Style.PADDED
        shown = _LITERAL.sub("", code.partition(";")[0])
        is_date = _DATE_CODE.search(shown) and "general" not in shown.casefold()
        return Style.DATE if is_date and not _ELAPSED.search(code) else Style.PLAIN


def number_text(raw: str, style: Style, *, from_1904: bool) -> str:
    """Return the text of a number as it stands in a converted sheet.

    Whole numbers have no point, others no more digits than a spreadsheet program counts with; dates
    are written as in ISO 8601. What is no number is returned as it is.
    """
    raw = raw.strip()
    if style is Style.PLAIN and _DIGITS.fullmatch(raw):
        return NUMERAL + raw
    if not raw or len(raw) > _LONGEST:
        return raw
    try:
        number = _PRECISION.create_decimal(raw)
    except ArithmeticError:
        return raw
    if not number.is_finite():
        return raw
    if style is Style.DATE and (date := _date(number, from_1904=from_1904)):
        return date
    text = raw if _DIGITS.fullmatch(raw) else _plain(number)
    return (PADDED if style is Style.PADDED else NUMERAL) + text


def _plain(number: Decimal) -> str:
    if not number:
        return "0"
    if abs(number.adjusted()) > _PLAIN_EXPONENT:
        return str(number.normalize(_PRECISION))
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(number: Decimal, *, from_1904: bool) -> str | None:
    """Return the date, the date and time, or the time alone that a count of days stands for."""
    if from_1904 and number >= 1:
        number += (_EPOCH_1904 - _EPOCH).days
    seconds = int((number * _DAY).to_integral_value())
    if 0 <= seconds < _DAY:
        return f"{_EPOCH + timedelta(seconds=seconds):%H:%M:%S}"
    if not _FIRST_DAY <= number < _LAST_DAY:
        return None
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d}" if seconds % _DAY == 0 else f"{moment:%Y-%m-%d %H:%M:%S}"
