"""The parts of a workbook file, unpacked block by block within limits.

A workbook is a zip archive of XML parts (ECMA-376, Office Open XML). What it claims about sizes is
not believed; what is unpacked is counted. A document type, and with it every entity, is refused.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from app.domain.imports.errors import DamagedWorkbook, EncryptedWorkbook, WorkbookTooLarge

UNPACKED = 1 << 30
"""Bytes of all parts that are read of one workbook, and of the text that a sheet becomes."""

MAGIC = b"PK\x03\x04"

_DIRECTORY = 1 << 20
_BLOCK = 1 << 16
_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_WIDE_LOCATOR = b"PK\x06\x07"
_WIDE_LOCATOR_SIZE = 20
_COMMENT = 1 << 16
_IS_ENCRYPTED = 1


class Package:
    """An open workbook file."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._unpacked = 0

    @property
    def names(self) -> frozenset[str]:
        """The names of the parts."""
        return frozenset(self._archive.namelist())

    def walk(self, part: str, parser: XMLParserType) -> Iterator[None]:
        """Parse a part; after each block the caller has its turn, and may leave.

        Raises `EncryptedWorkbook`, `WorkbookTooLarge`, and `KeyError` for a part that is not there.
        """
        entry = self._archive.getinfo(part)
        if entry.flag_bits & _IS_ENCRYPTED:
            raise EncryptedWorkbook("Save the workbook without a password.")
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise DamagedWorkbook(f"The part {part} is packed in a way that workbooks do not use.")
        with self._archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                self._unpacked += len(block)
                if self._unpacked > UNPACKED:
                    raise too_large()
                parser.Parse(block, False)
                yield
        parser.Parse(b"", True)

    def parse(self, part: str, parser: XMLParserType) -> None:
        """Parse all of a part."""
        for _ in self.walk(part, parser):
            pass


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Open a workbook file; whatever does not fit together in it is `DamagedWorkbook`."""
    try:
        _check_directory(path)
        with ZipFile(path) as archive:
            yield Package(archive)
    except (
        BadZipFile,
        EOFError,
        ExpatError,
        LookupError,
        NotImplementedError,  # how zipfile names a compression it does not know
        ValueError,
        struct.error,
        zlib.error,
    ) as error:
        raise DamagedWorkbook(
            "The workbook is damaged or incomplete. Open it in a spreadsheet program and save it "
            "anew, or save the sheet as CSV."
        ) from error


def new_parser() -> XMLParserType:
    """Return a parser of a part."""
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


@lru_cache(maxsize=1_000)
def local(name: str) -> str:
    """Return the name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


def too_large() -> WorkbookTooLarge:
    """Return the fault of a workbook that unpacks to more than is read."""
    return WorkbookTooLarge(
        f"The workbook unpacks to more than {UNPACKED >> 20} MiB. Split it, or save it as CSV.",
        extra={"max": UNPACKED},
    )


def _refuse_doctype(*_: object) -> None:
    raise DamagedWorkbook("The workbook declares a document type, which no workbook needs.")


def _check_directory(path: Path) -> None:
    """Refuse a list of parts that would take much memory before anything of it is read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _COMMENT - _END.size - _WIDE_LOCATOR_SIZE))
        tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise BadZipFile
    directory = _END.unpack_from(tail, at)[5]
    wide = tail[max(0, at - _WIDE_LOCATOR_SIZE) :].startswith(_WIDE_LOCATOR)
    if directory > _DIRECTORY or wide:
        raise WorkbookTooLarge("The workbook has too many parts.", extra={"max": _DIRECTORY})
