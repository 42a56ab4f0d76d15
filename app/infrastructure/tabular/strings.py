"""The texts that the cells of a workbook share, kept in a file so that memory stays flat."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from typing import IO

from app.domain.imports.errors import RecordTooLarge, WorkbookTooLarge
from app.infrastructure.tabular.packages import Package, local, new_parser
from app.infrastructure.tabular.reading import RECORD_LENGTH

STRINGS = 1 << 23
"""Shared texts of one workbook; each takes eight bytes of memory."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Words:
    """Gathers the text of one string as the parser gives it, without its phonetic hints."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._hints = 0
        self._open = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self._hints += 1
        self._open = name in ("t", "v") and not self._hints

    def end(self, name: str) -> None:
        if name == "rPh":
            self._hints -= 1
        self._open = False

    def text(self, data: str) -> None:
        if self._open:
            self._parts.append(data)
            self._length += len(data)
            if self._length > RECORD_LENGTH:
                raise RecordTooLarge(
                    f"A cell has more than {RECORD_LENGTH} characters.",
                    extra={"max": RECORD_LENGTH},
                )

    def take(self) -> str:
        """Return the text and begin anew."""
        taken = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return taken


class SharedStrings:
    """The shared texts by number, held in the given file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ends = array("Q", [0])

    def load(self, package: Package, part: str) -> None:
        """Take all texts of the part."""
        words = Words()
        parser = new_parser()

        def start(name: str, _: Mapping[str, str]) -> None:
            words.start(local(name))

        def end(name: str) -> None:
            words.end(local(name))
            if local(name) == "si":
                self._add(words.take())

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = words.text
        package.parse(part, parser)

    def __getitem__(self, index: int) -> str:
        """Return a text; one that is not there is `IndexError`."""
        if index < 0:
            raise IndexError(index)
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode()

    def _add(self, text: str) -> None:
        if len(self._ends) > STRINGS:
            raise WorkbookTooLarge(
                f"The workbook has more than {STRINGS} texts.", extra={"max": STRINGS}
            )
        raw = unescaped(text).encode()
        self._file.write(raw)
        self._ends.append(self._ends[-1] + len(raw))


def unescaped(text: str) -> str:
    """Return text with the escapes of ECMA-376 (ST_Xstring) as characters, as far as they are some.

    Control characters other than tab and line breaks are left out: no sheet shows them.
    """
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    if 0xD800 <= code <= 0xDFFF:
        return found.group()
    sign = chr(code)
    return sign if code >= 0x20 or sign in "\t\n\r" else ""
