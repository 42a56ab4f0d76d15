"""Faults of a whole file: nothing of it is imported, and the error says how to mend it."""

from __future__ import annotations

from app.domain.common.errors import InvalidValue


class FileFault(InvalidValue):
    """The file as a whole cannot be read as it stands."""

    code = "file_fault"
    title = "The file cannot be imported"


class EmptyFile(FileFault):
    """There is no header line."""

    code = "empty_file"
    title = "The file holds no header line"


class NotText(FileFault):
    """The bytes are those of another kind of file."""

    code = "not_text"
    title = "The file is not a text file with separated values"


class EncodingUndecidable(FileFault):
    """The bytes fit no encoding that may be assumed; `extra` has byte_offset and line."""

    code = "undecidable_encoding"
    title = "The text encoding cannot be decided"


class UnknownEncoding(FileFault):
    """The declared encoding is not one that is read."""

    code = "unknown_encoding"
    title = "That encoding is not known"


class DelimiterNotRecognised(FileFault):
    """The header is one cell, and not one that any import knows."""

    code = "delimiter_not_recognised"
    title = "The delimiter was not recognised"


class TooManyColumns(FileFault):
    """The header is wider than is allowed."""

    code = "too_many_columns"
    title = "The file has too many columns"


class TooManyRows(FileFault):
    """The file has more records than is allowed; `extra` has max."""

    code = "too_many_rows"
    title = "The file has too many rows"


class RecordTooLarge(FileFault):
    """One record is beyond the size limit, mostly for a quote that is never closed."""

    code = "record_too_large"
    title = "A record is too large"


class MissingColumns(FileFault):
    """A column without which no row can be read is not in the header."""

    code = "missing_columns"
    title = "A required column is missing"


class DuplicateColumns(FileFault):
    """A column that is to be read stands twice in the header."""

    code = "duplicate_columns"
    title = "A column stands in the header more than once"


class UnknownColumns(FileFault):
    """Columns that nothing reads, in an import that is to be strict."""

    code = "unknown_columns"
    title = "The file has unknown columns"


class InvalidMapping(FileFault):
    """The mapping names a field or a column that does not exist."""

    code = "invalid_mapping"
    title = "The mapping does not fit"


class AmbiguousDecimal(FileFault):
    """The figures can be read in two ways, so the decimal mark must be named."""

    code = "ambiguous_decimal"
    title = "The decimal mark cannot be decided"


class DamagedWorkbook(FileFault):
    """The parts of the workbook do not fit together or are cut off."""

    code = "damaged_workbook"
    title = "The workbook is damaged"


class EncryptedWorkbook(FileFault):
    """The workbook opens with a password only."""

    code = "encrypted_workbook"
    title = "The workbook is protected by a password"


class WorkbookTooLarge(FileFault):
    """What is packed in the workbook is more than is read; `extra` has max."""

    code = "workbook_too_large"
    title = "The workbook is too large"


class UnknownSheet(FileFault):
    """The workbook has no sheet of that name; `extra` has sheets."""

    code = "unknown_sheet"
    title = "There is no such sheet"
