"""What the kinds share that decide row by row: refusals by cell, and keys that rows take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from app.domain.common.errors import DomainError
from app.domain.imports.faults import Fault, shortened
from app.domain.imports.plan import Mode, Plan


class Placed(Protocol):
    """A row of any kind."""

    @property
    def row(self) -> int: ...

    @property
    def line(self) -> int: ...


class RowRefused(Exception):
    """A row that the kind itself refuses, for the value of a field; None means the whole row."""

    def __init__(self, field: str | None, code: str, value: object, expected: str) -> None:
        super().__init__(expected)
        self.field = field
        self.code = code
        self.value = "" if value is None else str(value)
        self.expected = expected

    def fault(self, row: Placed, plan: Plan) -> Fault:
        header = None if self.field is None else plan.header_of(self.field)
        return Fault(row.row, row.line, header, self.code, shortened(self.value), self.expected)


class Taken:
    """The keys that rows of the file have taken: `new` are those of this chunk.

    No key is taken twice, so the outcome of a row never depends on where the file is cut.
    """

    def __init__(self, earlier: Mapping[str, int]) -> None:
        self._rows = dict(earlier)
        self.new: dict[str, int] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def refuse(self, key: str, *, row: int, field: str, value: object) -> None:
        """Refuse a row that speaks of what an earlier one took."""
        if self._rows.get(key, row) != row:
            expected = f"one row for each; row {self._rows[key]} of this file has it already"
            raise RowRefused(field, "duplicate_in_file", value, expected)

    def take(self, keys: Iterable[str], row: int) -> None:
        """Give the row those of the keys that are free."""
        for key in keys:
            if key not in self._rows:
                self._rows[key] = self.new[key] = row


def check_mode(mode: Mode, *, exists: bool, field: str, value: object) -> None:
    """Refuse what the mode of the import does not allow."""
    if exists and mode is Mode.CREATE:
        raise RowRefused(field, "already_exists", value, "a new one, for mode create")
    if not exists and mode is Mode.UPDATE:
        raise RowRefused(field, "not_found", value, "one that the shop has, for mode update")


@contextmanager
def refusals(
    row: Placed, plan: Plan, *, fields: Mapping[str, str], faults: list[Fault]
) -> Iterator[None]:
    """Put what the row is refused for within among the faults, and go on."""
    try:
        yield
    except RowRefused as refused:
        faults.append(refused.fault(row, plan))
    except DomainError as error:
        faults.extend(faults_of(row, plan, error, fields))


def faults_of(
    row: Placed, plan: Plan, error: DomainError, fields: Mapping[str, str]
) -> Iterator[Fault]:
    """Return what a rule of the domain says of a row; `fields` has pointers of other names."""
    if not error.errors:
        yield Fault(row.row, row.line, None, error.code, "", error.detail)
    for one in error.errors:
        pointer = one.pointer.lstrip("/")
        header = plan.header_of(fields.get(pointer, pointer))
        yield Fault(row.row, row.line, header, one.code, "", one.detail)
