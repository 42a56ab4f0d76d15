"""A workbook as the import reads it: one of its sheets, converted once to separated values.

The converted sheet has a record for each row up to the last that holds something, so that the
number of a record tells the row that people see; it lies beside the workbook and is made again
where it is missing. The same workbook always gives the same bytes.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from posixpath import join, normpath
from tempfile import NamedTemporaryFile, TemporaryFile

from app.domain.imports.errors import (
    EmptyFile,
    EncryptedWorkbook,
    NotText,
    TooManyColumns,
    UnknownSheet,
)
from app.domain.imports.fields import header_key
from app.domain.imports.presets.registry import KNOWN
from app.domain.imports.survey import Sheet
from app.infrastructure.tabular.marks import plain
from app.infrastructure.tabular.packages import (
    MAGIC,
    UNPACKED,
    Package,
    local,
    new_parser,
    opened,
    too_large,
)
from app.infrastructure.tabular.strings import SharedStrings
from app.infrastructure.tabular.styles import Styles
from app.infrastructure.tabular.worksheets import Lexicon, rows

SHEETS = 255

_CONTAINER = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CONVERSION = 1
"""To be raised by a change after which a workbook gives other bytes than before."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A sheet as separated values, and the sheets there are to choose from."""

    path: Path
    sheet: str
    sheets: tuple[Sheet, ...]


def is_workbook(path: Path) -> bool:
    """Tell whether a file is one that is converted; raises `EncryptedWorkbook`."""
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
        if head != _CONTAINER:
            return head == MAGIC
        # A workbook with a password is a packet inside the container of the old formats.
        while block := file.read(1 << 20):
            if _ENCRYPTED in block:
                raise EncryptedWorkbook("Save the workbook without a password.")
    return False


def convert(path: Path, *, sheet: str | None) -> Converted:
    """Convert the sheet of that name, else the first with a header.

    Raises the faults of a whole file (`app.domain.imports.errors`).
    """
    with _workbook(path) as book:
        chosen = book.named(sheet) if sheet is not None else book.first()
        return Converted(book.converted(chosen), chosen, book.sheets)


def converted(path: Path, sheet: str) -> Path:
    """Return where a sheet is that was converted, if need be after doing so again."""
    target = _target(path, sheet)
    return target if target.exists() else convert(path, sheet=sheet).path


def _target(path: Path, sheet: str) -> Path:
    name = sha256(sheet.encode()).hexdigest()[:16]
    return path.with_name(f"{path.name}.{name}.{_CONVERSION}.csv")


@contextmanager
def _workbook(path: Path) -> Iterator[_Workbook]:
    with opened(path) as package, TemporaryFile() as strings:
        yield _Workbook(path, package, SharedStrings(strings))


class _Workbook:
    """The sheets of an open workbook."""

    def __init__(self, path: Path, package: Package, strings: SharedStrings) -> None:
        self._path = path
        self._package = package
        main = _main_part(package)
        index = _Index(package, main)
        styles = Styles()
        if part := index.part_of("styles"):
            styles.load(package, part)
        if part := index.part_of("sharedStrings"):
            strings.load(package, part)
        self._lexicon = Lexicon(strings, styles, index.from_1904)
        self._parts = index.sheet_parts
        self.sheets = index.sheets

    def named(self, name: str) -> str:
        """Return the name as the workbook has it."""
        for known in self._parts:
            if known.casefold() == name.strip().casefold():
                return known
        names = list(self._parts)
        raise UnknownSheet(
            f"The workbook has no sheet {name!r}; it has {', '.join(names)}.",
            extra={"sheets": names},
        )

    def first(self) -> str:
        """Return the first sheet that can be seen with a header we know, else with anything."""
        filled: list[str] = []
        for sheet in self.sheets:
            head = () if sheet.hidden else self._head(sheet.name)
            if any(header_key(plain(cell)) in KNOWN for cell in head):
                return sheet.name
            if head:
                filled.append(sheet.name)
        if not filled:
            raise EmptyFile("No sheet of the workbook that can be seen holds anything.")
        return filled[0]

    def _head(self, sheet: str) -> Sequence[str]:
        """Return the first cells; a sheet that is too wide to be read may still not be meant."""
        try:
            return next((cells for _, cells in self._rows(sheet)), ())
        except TooManyColumns:
            return ("",)

    def converted(self, sheet: str) -> Path:
        """Write the sheet beside the workbook, whole or not at all."""
        target = _target(self._path, sheet)
        with NamedTemporaryFile(dir=target.parent, prefix=target.name, delete=False) as file:
            made = Path(file.name)
            try:
                with TextIOWrapper(file, encoding="utf-8", newline="") as text:
                    self._write(sheet, text)
                    text.flush()
                    os.fsync(file.fileno())
                made.replace(target)
            except BaseException:
                made.unlink(missing_ok=True)
                raise
        return target

    def _write(self, sheet: str, text: TextIOWrapper) -> None:
        writer = csv.writer(text, lineterminator="\r\n")
        width = written = size = 0
        for number, cells in self._rows(sheet):
            writer.writerows([()] * (number - written - 1))
            width = width or len(cells)
            cells.extend([""] * (width - len(cells)))
            size += sum(map(len, cells))
            if size > UNPACKED:
                raise too_large()
            writer.writerow(cells)
            written = number
        if not written:
            raise EmptyFile(f"The sheet {sheet!r} is empty.")

    def _rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        return rows(self._package, self._parts[sheet], self._lexicon)


class _Index:
    """Which parts a workbook has for what."""

    def __init__(self, package: Package, main: str) -> None:
        self.from_1904 = False
        self.sheet_parts: dict[str, str] = {}
        self._found: list[Sheet] = []
        self._targets: dict[str, tuple[str, str]] = {}
        folder, _, name = main.rpartition("/")
        self._targets = _relationships(package, folder, f"{folder}/_rels/{name}.rels")
        parser = new_parser()
        parser.StartElementHandler = self._start
        package.parse(main, parser)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(self._found)

    def part_of(self, kind: str) -> str | None:
        """Return the part of a kind of which there is one."""
        return next((part for k, part in self._targets.values() if k == kind), None)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        element = local(name)
        if element == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif element == "sheet" and len(self._found) < SHEETS:
            own = {local(key): value for key, value in attributes.items() if ":" in key}
            kind, part = self._targets.get(own.get("id", ""), ("", ""))
            if kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                self.sheet_parts[attributes["name"]] = part
                self._found.append(Sheet(attributes["name"], hidden))


def _relationships(package: Package, folder: str, part: str) -> dict[str, tuple[str, str]]:
    """Return id → (kind, part) for what lies inside the package."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            target = normpath(join("/", folder, attributes["Target"])).lstrip("/")
            kind = attributes["Type"].rpartition("/")[2]
            found[attributes["Id"]] = (kind, target)

    parser = new_parser()
    parser.StartElementHandler = start
    package.parse(part, parser)
    return found


def _main_part(package: Package) -> str:
    """Return the part with the list of sheets, or refuse what is no such workbook."""
    names = package.names
    if "mimetype" in names:
        raise NotText("The file is an OpenDocument file (.ods); save it as .xlsx or CSV.")
    if "[Content_Types].xml" not in names:
        raise NotText("The file is a zip archive and no workbook; unpack it first.")
    documents = _relationships(package, "", "_rels/.rels").values()
    main = next((part for kind, part in documents if kind == "officeDocument"), "")
    if main.endswith(".bin"):
        raise NotText("The file is a binary workbook (.xlsb); save it as .xlsx or CSV.")
    if not main.startswith("xl/"):
        raise NotText("The file is an Office document of another kind; save the table as CSV.")
    return main
