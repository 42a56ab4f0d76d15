"""What can be wrong with one row, and the one outcome that each row has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.common.errors import DomainError

VALUE_LENGTH = 200


class Outcome(StrEnum):
    """How a record ended; the counts of all outcomes add up to the records of the file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    BLANK = "blank"
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault or a warning; `row` counts records from 1, `line` is where the record begins.

    `column` is the header as it stands in the file, None when the row as a whole is meant.
    """

    row: int
    line: int
    column: str | None
    code: str
    value: str
    expected: str
    most: int | None = None
    actual: int | None = None

    def as_dict(self) -> dict[str, object]:
        """The fault as it is stored and shown; `max` and `actual` only where they are known."""
        shown: dict[str, object] = {
            "row": self.row,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "value": self.value,
            "expected": self.expected,
        }
        if self.most is not None:
            shown |= {"max": self.most, "actual": self.actual}
        return shown


class CellRefused(DomainError):
    """A cell cannot be read; the row parser turns it into a `Fault` of its place."""

    code = "cell_refused"
    title = "A cell cannot be read"

    def __init__(
        self,
        reason: str,
        expected: str,
        *,
        most: int | None = None,
        actual: int | None = None,
    ) -> None:
        super().__init__(expected)
        self.reason = reason
        self.most = most
        self.actual = actual


def shortened(value: str) -> str:
    """Return a value as it is reported: at most 200 characters, the last an ellipsis if cut."""
    return value if len(value) <= VALUE_LENGTH else value[: VALUE_LENGTH - 1] + "…"
