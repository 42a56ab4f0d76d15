"""How commands end and speak: exit codes, sentences on stderr, progress."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.bootstrap import DatabaseFault, schema_of
from app.core.settings import ConfigurationError, Settings, load_settings
from app.domain.common.errors import DomainError

Result = TypeVar("Result")

FAILED = 1
MISCONFIGURED = 2


def fail(sentence: str, *, code: int = FAILED) -> NoReturn:
    """End the program with one sentence on standard error."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def settings(**overrides: object) -> Settings:
    """Return the settings; every fault on a line of its own and exit code 2 otherwise."""
    try:
        return load_settings(**overrides)
    except ConfigurationError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(MISCONFIGURED) from None


def require_schema(given: Settings) -> None:
    """End the program unless the database is at the schema that this program knows."""
    try:
        schema = schema_of(given)
    except DatabaseFault as fault:
        fail(str(fault))
    if schema.current is None:
        fail("The database was never migrated: run `stockbook migrate` first.")
    if not schema.is_current:
        fail(
            f"The database is at schema {schema.current}, this program needs {schema.newest}: "
            "run `stockbook migrate` first."
        )


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work in an event loop; what the domain refuses ends the program with its sentence."""
    try:
        return asyncio.run(work)
    except DomainError as error:
        fail(f"{error.detail} ({error.code})")
    except DatabaseFault as fault:
        fail(str(fault))


class Steps(Protocol):
    """Where long work tells how far it is."""

    def begin(self, name: str, *, total: int) -> None: ...

    def advance(self) -> None: ...


@contextmanager
def progress(*, err: bool = False) -> Iterator[Steps]:
    """Give a moving bar to a person at a terminal, and a line per step to a log.

    With `err` on standard error, for what the command prints is its result.
    """
    if not (sys.stderr if err else sys.stdout).isatty():
        yield _Lines(err=err)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=err)) as bars:
        yield _Bars(bars)


class _Lines:
    def __init__(self, *, err: bool) -> None:
        self._err = err

    def begin(self, name: str, *, total: int) -> None:
        typer.echo(f"{name}: {total}", err=self._err)

    def advance(self) -> None:
        return


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def begin(self, name: str, *, total: int) -> None:
        self._task = self._bars.add_task(name, total=total)

    def advance(self) -> None:
        self._bars.advance(self._task)
