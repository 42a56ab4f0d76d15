"""The columns of files of categories."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed

CATEGORIES = "categories"

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(
            "category",
            "The path from the root, as in `Men > Shoes`; missing levels above are made.",
            ("category", "categorypath", "fullpath"),
            example="Men > Shoes",
        ),
        Field(
            "name",
            "The name of the last level, when `category` is not told.",
            ("name", "categoryname"),
        ),
        Field(
            "parent",
            "The path of the level above; none for a category at the root.",
            ("parent", "parentpath", "parentcategory"),
        ),
    )
}

PRESETS: Mapping[str, Preset] = {
    name: Listed(name, name == "stockbook", FIELDS, keys=("category", "name"), needs=())
    for name in ("stockbook", "free")
}
