"""Figures as people write them: which decimal mark a file uses, and reading by that mark alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum

from app.domain.common.currencies import EXPONENTS, exponent
from app.domain.common.money import MAX_MICROS, MAX_MINOR
from app.domain.common.quantity import MAX_THOUSANDTHS
from app.domain.imports.errors import AmbiguousDecimal
from app.domain.imports.faults import CellRefused

_EXAMPLES = 3
_WHOLE_PPM = 1_000_000
_DIGITS = 9
# Space, no-break spaces and apostrophes part thousands in any country; a mark never parts them if
# it is the decimal mark.
_SPACES = " \u00a0\u2009\u202f'’"
_CORE = re.compile(rf"\d[\d.,{_SPACES}]*\d|[.,]?\d+")
_SHORT_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_AFFIX = r"[^\W\d_]{1,4}|[^\w\s.,'’+\-()]{1,2}|[A-Z]{1,2}\$"

_SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "SHP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₺": frozenset({"TRY"}),
    "₽": frozenset({"RUB"}),
    "₴": frozenset({"UAH"}),
    "₫": frozenset({"VND"}),
    "₪": frozenset({"ILS"}),
    "₦": frozenset({"NGN"}),
    "₱": frozenset({"PHP"}),
    "฿": frozenset({"THB"}),
    "R$": frozenset({"BRL"}),
    "ZŁ": frozenset({"PLN"}),
    "KČ": frozenset({"CZK"}),
    "KR": frozenset({"DKK", "ISK", "NOK", "SEK"}),
    "$": frozenset({
        "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "FJD", "GYD", "HKD",
        "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "USD", "UYU",
        "XCD",
    }),
}  # fmt: skip


class DecimalMark(StrEnum):
    """The mark before the decimal places; the other one may part thousands."""

    POINT = "."
    COMMA = ","

    @property
    def other(self) -> DecimalMark:
        """The mark that may part thousands."""
        return DecimalMark.COMMA if self is DecimalMark.POINT else DecimalMark.POINT


class Figures:
    """Evidence for the decimal mark, gathered over all figures of a file.

    `12,5` tells that the comma is the decimal mark; `1.234,56` and `1.234.567` tell it beyond
    doubt; `1,234` alone can be read in two ways.
    """

    def __init__(self) -> None:
        self._telling: dict[DecimalMark, list[str]] = {mark: [] for mark in DecimalMark}
        self._certain: dict[DecimalMark, list[str]] = {mark: [] for mark in DecimalMark}
        self._open: dict[DecimalMark, list[str]] = {mark: [] for mark in DecimalMark}

    def add(self, cells: Iterable[str]) -> None:
        """Take the figures of a column; the order does not matter for the decision."""
        for cell in cells:
            if "," in cell or "." in cell:
                self._weigh(cell.strip())

    def decide(self, *, point_by_default: bool) -> DecimalMark:
        """Return the decimal mark, or raise `AmbiguousDecimal` with examples.

        `point_by_default` is for formats that are written by programs with a decimal point: `1.234`
        is no doubt there.
        """
        point, comma = DecimalMark.POINT, DecimalMark.COMMA
        says = {mark: self._telling[mark] + self._certain[mark] for mark in DecimalMark}
        if says[point] and says[comma]:
            raise self._doubt(says[point], says[comma])
        if says[comma]:
            if self._open[comma] and not self._certain[comma]:
                raise self._doubt(says[comma], self._open[comma])
            return comma
        if says[point]:
            return point
        if self._open[comma] or (self._open[point] and not point_by_default):
            raise self._doubt(self._open[point], self._open[comma])
        return point

    def _weigh(self, cell: str) -> None:
        core = _CORE.search(cell)
        if core is None:
            return
        text = core.group()
        points, commas = text.count("."), text.count(",")
        if points and commas:
            later = DecimalMark.POINT if text.rfind(".") > text.rfind(",") else DecimalMark.COMMA
            _note(self._certain[later], cell)
        elif points > 1 or commas > 1:
            _note(self._certain[DecimalMark.COMMA if points else DecimalMark.POINT], cell)
        elif points or commas:
            mark = DecimalMark.POINT if points else DecimalMark.COMMA
            open_ = _SHORT_GROUP.fullmatch(text)
            _note(self._open[mark] if open_ else self._telling[mark], cell)

    def _doubt(self, *examples: list[str]) -> AmbiguousDecimal:
        shown = [example for some in examples for example in some]
        return AmbiguousDecimal(
            f"The figures ({', '.join(map(repr, shown))}) can be read in two ways: name the "
            "decimal mark, comma or point.",
            extra={"examples": shown},
        )


def _note(examples: list[str], cell: str) -> None:
    if len(examples) < _EXAMPLES:
        examples.append(cell)


def price_reader(mark: DecimalMark, *, currency: str) -> Callable[[str], int]:
    """Return the reader of prices in millionths; signs of the given currency may stand around."""
    scaled = _scaled_reader(mark, places=6, limit=MAX_MICROS, affixes=True)

    def read(text: str) -> int:
        micros, sign = scaled(text)
        if sign:
            _check_currency(sign, currency)
        if micros < 0:
            raise CellRefused("negative", "a price that is not negative")
        return micros

    return read


def quantity_reader(mark: DecimalMark) -> Callable[[str], int]:
    """Return the reader of quantities in thousandths, negative ones as well."""
    scaled = _scaled_reader(mark, places=3, limit=MAX_THOUSANDTHS, affixes=False)

    def read(text: str) -> int:
        return scaled(text)[0]

    return read


def percent_reader(mark: DecimalMark) -> Callable[[str], int]:
    """Return the reader of percentages in parts per million; a percent sign may stand behind."""
    scaled = _scaled_reader(mark, places=4, limit=_WHOLE_PPM, affixes=False)

    def read(text: str) -> int:
        ppm, _ = scaled(text.removesuffix("%").rstrip())
        if not 0 <= ppm <= _WHOLE_PPM:
            raise CellRefused("invalid_percentage", "a percentage from 0 to 100")
        return ppm

    return read


def rate_reader(mark: DecimalMark) -> Callable[[str], int]:
    """Return the reader of parts of 1, in parts per million."""
    scaled = _scaled_reader(mark, places=6, limit=_WHOLE_PPM, affixes=False)

    def read(text: str) -> int:
        ppm, _ = scaled(text)
        if not 0 <= ppm <= _WHOLE_PPM:
            raise CellRefused("invalid_rate", "a part of 1, from 0 to 1")
        return ppm

    return read


def amount_reader(mark: DecimalMark, *, currency: str) -> Callable[[str], int]:
    """Return the reader of amounts of money in minor units, which have the currency's places."""
    places = exponent(currency)
    scaled = _scaled_reader(mark, places=places, limit=MAX_MINOR, affixes=True)

    def read(text: str) -> int:
        minor, sign = scaled(text)
        if sign:
            _check_currency(sign, currency)
        if minor < 0:
            raise CellRefused("negative", "an amount that is not negative")
        return minor

    return read


def whole_reader(*, most: int) -> Callable[[str], int]:
    """Return the reader of whole numbers from 0 up."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) > most:
            raise CellRefused("invalid_number", f"a whole number from 0 to {most}", most=most)
        return int(text)

    return read


def _scaled_reader(
    mark: DecimalMark, *, places: int, limit: int, affixes: bool
) -> Callable[[str], tuple[int, str]]:
    """Return a reader to integers of 10**-places, with the sign that stands at the figure."""
    group = f"[{re.escape(mark.other)}{_SPACES}]"
    before = rf"(?P<before>{_AFFIX})?\s*" if affixes else ""
    after = rf"\s*(?P<after>{_AFFIX})?" if affixes else ""
    comma = re.escape(mark.other)
    pattern = re.compile(
        rf"(?P<sign>[+\-−]?)\s*{before}(?P<inner>[\-−]?)"
        rf"(?P<whole>[0-9]{{1,3}}(?P<group>{group})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
        rf"|[0-9]{{1,2}}(?:{comma}[0-9]{{2}})+{comma}[0-9]{{3}}|[0-9]*)"
        rf"(?:{re.escape(mark)}(?P<places>[0-9]+))?{after}"
    )
    parting = re.compile(group)
    some = f"{{1,{places}}}" if places else "{0}"
    common = re.compile(rf"([0-9]{{1,9}})(?:{re.escape(mark)}([0-9]{some}))?")
    example = f"12{mark}50" if places != 3 else "12"
    expected = f"a plain figure such as {example} with '{mark}' as the decimal mark"

    def read(text: str) -> tuple[int, str]:
        if simple := common.fullmatch(text):
            return int(simple[1] + (simple[2] or "").ljust(places, "0")), ""
        match = pattern.fullmatch(text)
        if (
            match is None
            or not (match["whole"] or match["places"])
            or (match["sign"] and match["inner"])
        ):
            raise CellRefused("invalid_decimal", expected)
        fraction = (match["places"] or "").rstrip("0")
        if len(fraction) > places:
            raise CellRefused(
                "too_many_places",
                f"at most {places} decimal places",
                most=places,
                actual=len(fraction),
            )
        whole = parting.sub("", match["whole"])
        if len(whole) > len(str(limit)):
            raise CellRefused("too_large", "a smaller figure")
        value = int((whole or "0") + fraction.ljust(places, "0"))
        if value > limit:
            raise CellRefused("too_large", "a smaller figure")
        found = match.groupdict()
        sign = (found.get("before") or "") + (found.get("after") or "")
        negative = match["inner"] or match["sign"] not in ("", "+")
        return (-value if negative else value), sign

    return read


def _check_currency(sign: str, currency: str) -> None:
    """Refuse a sign that is no currency, or one of another currency than the shop's."""
    token = sign.upper()
    currencies = frozenset({token}) if token in EXPONENTS else _SIGNS.get(token)
    if currencies is None:
        raise CellRefused("invalid_decimal", f"a plain figure, or one with {currency}")
    if currency not in currencies:
        raise CellRefused("other_currency", f"a price in {currency}, the currency of the shop")
