"""Rows as separated values (RFC 4180) in UTF-8, part by part."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

BYTE_MARK = b"\xef\xbb\xbf"
"""Begins a file, so that spreadsheet programs read it as UTF-8."""


def separated(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> bytes:
    """Return the rows as lines; cells with quotes, delimiters or line breaks are quoted."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
