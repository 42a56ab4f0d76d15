"""What is sent and shown of locations."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import Field, StrictBool

from app.api.v1.schemas.common import ABSENT, LocationIdField, Schema, Sparse, absent
from app.application.inventory.queries import LocationView
from app.domain.inventory.locations import (
    CODE_LENGTH,
    NAME_LENGTH,
    Location,
    LocationKind,
    LocationValues,
)

NameText = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, examples=["Cellar"])]


class LocationIn(Schema):
    code: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=CODE_LENGTH,
        examples=["cellar"],
        description="Short and unique; it never changes.",
    )
    name: NameText
    counts_as_available: StrictBool = Field(
        default=True, description="Whether what lies there is for sale."
    )
    parent_id: LocationIdField | None = Field(
        default=None, description="The place that it is part of; at the top if absent."
    )


class LocationPatch(Sparse):
    name: NameText = ABSENT
    counts_as_available: StrictBool = ABSENT
    parent_id: LocationIdField | None = absent("Null puts it at the top.")

    def values(self) -> LocationValues:
        return cast("LocationValues", self.given())


class LocationOut(Schema):
    """A place for goods (`stock`), or a virtual one, where goods come from and go to."""

    id: LocationIdField
    code: str
    name: str
    kind: LocationKind
    active: bool = Field(description="Nothing comes into a location that is closed.")
    counts_as_available: bool = Field(
        description="Whether what lies there is for sale; goods in quarantine are not."
    )
    parent_id: LocationIdField | None = Field(description="The place that it is part of.")
    version: int

    @classmethod
    def of(cls, location: Location | LocationView) -> LocationOut:
        return cls(
            id=location.id,
            code=location.code,
            name=location.name,
            kind=location.kind,
            active=location.active,
            counts_as_available=location.counts_as_available,
            parent_id=location.parent_id,
            version=location.version,
        )
