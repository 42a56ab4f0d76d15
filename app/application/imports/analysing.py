"""Keep a file and look at it: what happens before anything is written to the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from app.application.imports.choices import Choices
from app.application.imports.files import FileReading, FileStore, StoredFile
from app.application.imports.saved import ImportMappingsReader
from app.application.shop.queries import ShopReader
from app.domain.common.errors import UnknownReference
from app.domain.imports.plan import PRODUCTS
from app.domain.imports.survey import Analysis

CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Examined:
    """An analysis, and the choices that led to it."""

    analysis: Analysis
    choices: Choices
    kind: str

    def as_dict(self) -> dict[str, Any]:
        """The analysis as it is stored and shown, the choices with it."""
        return {**self.analysis.as_dict(), CHOICES: self.choices.as_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes files in and examines them, in threads, since both wait for the disk."""

    files: FileStore
    reading: FileReading
    shop: ShopReader
    mappings: ImportMappingsReader
    most_rows: int

    async def keep(self, source: BinaryIO) -> StoredFile:
        return await asyncio.to_thread(self.files.save, source)

    async def examine(
        self,
        file_hash: str,
        given: Choices,
        *,
        kind: str = PRODUCTS,
        earlier: Choices | None = None,
    ) -> Examined:
        """Look at the file by the given choices, laid over a saved mapping or the earlier ones.

        Raises the faults of a whole file (`app.domain.imports.errors`), and `UnknownReference` for
        a saved mapping that is not there.
        """
        choices = await self._complete(given, earlier or Choices(), kind=kind)
        currency = (await self.shop.shop()).currency
        path = await asyncio.to_thread(self.files.path, file_hash)
        analysis = await asyncio.to_thread(
            self.reading.analyse,
            path,
            wishes=choices.wishes(kind=kind),
            options=choices.options(currency=currency),
            most_rows=self.most_rows,
        )
        return Examined(analysis, choices, kind)

    async def _complete(self, given: Choices, earlier: Choices, *, kind: str) -> Choices:
        """A saved mapping that is named takes the place of earlier choices: it was made whole."""
        if given.saved_mapping is None:
            return given.over(earlier)
        saved = await self.mappings.named(given.saved_mapping, kind=kind)
        if saved is None:
            raise UnknownReference.of("saved_mapping", "saved mapping", given.saved_mapping)
        return replace(given.over(saved.choices), saved_mapping=saved.name)


def choices_of(analysis: Mapping[str, Any]) -> Choices:
    """Return the choices that a stored analysis was made by."""
    return Choices.from_dict(analysis[CHOICES])
