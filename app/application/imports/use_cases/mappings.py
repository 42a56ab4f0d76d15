"""Save how files are read under a name, change it, forget it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.application.imports.analysing import choices_of
from app.application.imports.choices import Choices
from app.application.imports.files import FileReading
from app.application.imports.kinds import ImportKind
from app.application.imports.saved import ImportMappingsWork
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference
from app.domain.common.identifiers import IdSource, ImportId, ImportMappingId
from app.domain.imports.saved import (
    ImportMapping,
    ImportMappingValues,
    check_mapping,
)

NO_CURRENCY = "XXX"  # ISO 4217: no currency
"""Stands where a currency is asked for: only a file has to do with that of the shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChecks:
    """Refuses choices by which no file could be read."""

    kinds: Mapping[str, ImportKind[Any]]
    reading: FileReading

    async def __call__(self, work: ImportMappingsWork, choices: Choices, *, kind: str) -> None:
        check_mapping(choices.mapping, preset=choices.preset, kind=kind)
        self.reading.check(choices.wishes())
        try:
            await self.kinds[kind].check(work, choices.options(currency=NO_CURRENCY))
        except UnknownReference as unknown:
            placed = tuple(replace(one, pointer=f"/choices{one.pointer}") for one in unknown.errors)
            raise UnknownReference(unknown.detail, errors=placed) from None


class ImportMappingChanges(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    choices: Choices


class CreateImportMapping:
    """Saves choices under a name that no other has: given ones, those that an import was analysed
    by, or the given ones laid over those.
    """

    def __init__(self, work: ImportMappingsWork, *, ids: IdSource, check: MappingChecks) -> None:
        self._work = work
        self._ids = ids
        self._check = check

    async def __call__(
        self,
        *,
        name: str,
        kind: str,
        choices: Choices | None,
        like: ImportId | None,
        actor: Actor,
    ) -> ImportMapping:
        if choices is None and like is None:
            raise InvalidValue.of("choices", "say what to save, or name an import in from_import")
        async with self._work as work:
            made = choices or Choices()
            if like is not None:
                made = made.over(await _choices_of(work, like))
            await self._check(work, made, kind=kind)
            mapping = ImportMapping.create(
                self._ids.new(ImportMappingId),
                name=name,
                kind=kind,
                choices=made.as_saved(),
                at=work.started_at,
            )

            work.import_mappings.add(mapping)
            created = {key: (None, value) for key, value in mapping.snapshot().items()}
            work.audit(actor, "import_mapping.created", mapping.id, changes=created)
            await work.flush()
            await work.commit(mapping)
            return mapping


class UpdateImportMapping:
    """Changes the name or puts other choices in place of all there were; imports that went by it
    keep what they went by.
    """

    def __init__(self, work: ImportMappingsWork, *, check: MappingChecks) -> None:
        self._work = work
        self._check = check

    async def __call__(
        self,
        identifier: ImportMappingId,
        values: ImportMappingChanges,
        *,
        expected: int,
        actor: Actor,
    ) -> ImportMapping:
        async with self._work as work:
            mapping = await work.import_mappings.get(identifier)
            require_version(mapping, expected)
            given: ImportMappingValues = {}
            if "name" in values:
                given["name"] = values["name"]
            if "choices" in values:
                await self._check(work, values["choices"], kind=mapping.kind)
                given["choices"] = values["choices"].as_saved()

            changes = mapping.change(given, at=work.started_at)

            if changes:
                work.audit(actor, "import_mapping.updated", mapping.id, changes=changes)
            await work.flush()
            await work.commit(mapping)
            return mapping


class DeleteImportMapping:
    """Forgets a mapping; imports that went by it keep what they went by."""

    def __init__(self, work: ImportMappingsWork) -> None:
        self._work = work

    async def __call__(self, identifier: ImportMappingId, *, expected: int, actor: Actor) -> None:
        async with self._work as work:
            mapping = await work.import_mappings.get(identifier)
            require_version(mapping, expected)

            await work.import_mappings.remove(mapping)
            removed = {key: (value, None) for key, value in mapping.snapshot().items()}
            work.audit(actor, "import_mapping.deleted", mapping.id, changes=removed)
            await work.commit()


async def _choices_of(work: ImportMappingsWork, identifier: ImportId) -> Choices:
    try:
        found = await work.imports.view(identifier)
    except NotFound:
        raise UnknownReference.of("from_import", "import", identifier) from None
    return choices_of(found.analysis)
