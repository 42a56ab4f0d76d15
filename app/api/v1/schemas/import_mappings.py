"""What is sent and shown of saved mappings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api.v1.schemas.common import ABSENT, ImportIdField, ImportMappingIdField, Schema, Sparse
from app.api.v1.schemas.imports import ImportChoices, Kind
from app.application.imports.choices import Choices
from app.application.imports.saved import ImportMappingView
from app.application.imports.use_cases.mappings import ImportMappingChanges
from app.domain.imports.plan import PRODUCTS
from app.domain.imports.saved import NAME_LENGTH, ImportMapping

NameText = Annotated[
    str, Field(min_length=1, max_length=NAME_LENGTH, examples=["Baker & Sons price list"])
]


class ImportMappingIn(Schema):
    """Either or both: choices that are given lie over those of the import."""

    name: NameText
    kind: Kind = PRODUCTS
    choices: ImportChoices | None = None
    from_import: ImportIdField | None = Field(
        None, description="An import: the choices that it was analysed by are saved."
    )


class ImportMappingPatch(Sparse):
    name: NameText = ABSENT
    choices: ImportChoices = ABSENT

    def values(self) -> ImportMappingChanges:
        values: ImportMappingChanges = {}
        if "name" in self.model_fields_set:
            values["name"] = self.name
        if "choices" in self.model_fields_set:
            values["choices"] = self.choices.choices()
        return values


class ImportMappingOut(Schema):
    """How files are read that name it; unique whatever case and accents of the name."""

    id: ImportMappingIdField
    name: str
    kind: str
    choices: ImportChoices
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, mapping: ImportMapping | ImportMappingView) -> ImportMappingOut:
        kept = mapping.choices
        choices = kept if isinstance(kept, Choices) else Choices.from_dict(kept)
        return cls(
            id=mapping.id,
            name=mapping.name,
            kind=mapping.kind,
            choices=ImportChoices.of(choices),
            created_at=mapping.created_at,
            updated_at=mapping.updated_at,
            version=mapping.version,
        )
