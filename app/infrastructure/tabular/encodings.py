"""Which encoding a file has: told by its mark, proved by decoding all of it, or declared.

Nothing is guessed from the frequency of letters: bytes that are not UTF-8 are cp1252 only if every
one of them is a character there and they do not look like UTF-8 that was damaged.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from app.domain.imports.errors import (
    EmptyFile,
    EncodingUndecidable,
    NotText,
    RecordTooLarge,
    UnknownEncoding,
)

_BLOCK = 1 << 20
_HEAD = 1 << 12

ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "utf-16": "utf-16",
    "utf16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-16be": "utf-16-be",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "cp1250": "cp1250",
    "windows-1250": "cp1250",
    "cp1251": "cp1251",
    "windows-1251": "cp1251",
    "cp850": "cp850",
    "mac-roman": "mac-roman",
}
"""The names that may be declared and the codec of each; all of them give back the same bytes."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save it as .xlsx or CSV",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\xff\xfe\x00\x00": "text in UTF-32; save it as UTF-8",
    b"\x00\x00\xfe\xff": "text in UTF-32; save it as UTF-8",
}
_WIDE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec without byte mark, and how many bytes the mark before the text takes."""

    codec: str
    mark: int


def find_encoding(path: Path, *, declared: str | None = None) -> Encoding:
    """Return the encoding in which the whole file can be decoded.

    Raises `EmptyFile`, `NotText`, `UnknownEncoding`, and `EncodingUndecidable` with the offset and
    line of the first byte that does not fit.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise EmptyFile
    _refuse_foreign(head)
    encoding = _declared(declared, head) if declared else _told(head)
    if encoding is not None:
        _prove(path, encoding)
        return encoding
    offset = _first_misfit(path, Encoding("utf-8", 0))
    if offset is None:
        return Encoding("utf-8", 0)
    _refuse_mixed(path, offset)
    return Encoding("cp1252", 0)


def _refuse_foreign(head: bytes) -> None:
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise NotText(f"The file is {kind}.")


def _told(head: bytes) -> Encoding | None:
    """Return the encoding that the mark tells, or that of text with every second byte zero."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    half = len(head) // 2
    if half and head[1::2].count(0) * 2 > half and head[0::2].count(0) * 8 < half:
        return Encoding("utf-16-le", 0)
    if half and head[0::2].count(0) * 2 > half and head[1::2].count(0) * 8 < half:
        return Encoding("utf-16-be", 0)
    return None


def codec_named(name: str) -> str:
    """Return the codec that people mean; `UnknownEncoding` when it is none that is read."""
    codec = ENCODINGS.get(name.strip().casefold().replace("_", "-"))
    if codec is None:
        known = sorted(set(ENCODINGS.values()))
        raise UnknownEncoding(f"{name!r} is none of {', '.join(known)}.", extra={"known": known})
    return codec


def _declared(name: str, head: bytes) -> Encoding:
    codec = codec_named(name)
    told = _told(head)
    if codec == "utf-16":
        wide = told is not None and told.codec.startswith("utf-16")
        return told if told is not None and wide else Encoding("utf-16-le", 0)
    if told is not None and told.mark and told.codec == codec:
        return told
    return Encoding(codec, 0)


def _prove(path: Path, encoding: Encoding) -> None:
    offset = _first_misfit(path, encoding)
    if offset is not None:
        raise _undecidable(path, offset, f"it is not {encoding.codec} there")


def _first_misfit(path: Path, encoding: Encoding) -> int | None:
    """Return the offset of the first byte that is not text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    with path.open("rb") as file:
        start = file.seek(encoding.mark)
        while True:
            block = file.read(_BLOCK)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return start - kept + error.start
            if not block:
                return None
            if len(block) == _BLOCK and b"\n" not in block and b"\r" not in block:
                raise RecordTooLarge(f"A line has more than {_BLOCK} bytes.", extra={"max": _BLOCK})
            start += len(block)


def _refuse_mixed(path: Path, offset: int) -> None:
    """Refuse bytes that are no cp1252, and UTF-8 in which only some bytes are damaged."""
    wide = alone = 0
    position = 0
    with path.open("rb") as file:
        # Lines are not cut within a character, so each can be looked at by itself.
        while lines := file.readlines(_BLOCK):
            block = b"".join(lines)
            if unknown := _NOT_CP1252.search(_WIDE.sub(_blanked, block)):
                raise _undecidable(
                    path, position + unknown.start(), "it is neither UTF-8 nor cp1252 there"
                )
            high = len(_HIGH.findall(block))
            found = _WIDE.findall(block)
            wide += len(found)
            alone += high - sum(map(len, found))
            position += len(block)
    if wide and wide >= alone:
        raise _undecidable(path, offset, "most of it is UTF-8, but not all")


def _blanked(found: re.Match[bytes]) -> bytes:
    return b" " * len(found.group())


def _undecidable(path: Path, offset: int, reason: str) -> EncodingUndecidable:
    line = 1
    with path.open("rb") as file:
        left = offset
        while left and (block := file.read(min(left, _BLOCK))):
            line += block.count(b"\n")
            left -= len(block)
    return EncodingUndecidable(
        f"The text cannot be decoded at byte {offset}, line {line}: {reason}. "
        "Name the encoding, or save the file as UTF-8.",
        extra={"byte_offset": offset, "line": line},
    )
