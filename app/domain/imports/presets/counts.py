"""The columns of files of counts."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.imports.fields import Field
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.listed import Listed
from app.domain.imports.presets.stock import BARCODE, LOCATION, SKU

STOCK_COUNTS = "stock_counts"

_COUNTS: Mapping[str, Field] = {
    field.name: field
    for field in (
        SKU,
        BARCODE,
        LOCATION,
        Field(
            "counted",
            "How much there was; 0 says that there was nothing.",
            ("counted", "countedquantity", "count", "quantity", "qty", "onhand", "unitsinstock"),
            figure=True,
            example="24",
        ),
        Field(
            "counted_at",
            "When it was counted, as in 2026-01-31 18:00, by the shop's clock; at the start of the "
            "import by default.",
            ("countedat", "countedon", "date", "countdate", "asof"),
            example="2026-01-31 18:00",
        ),
        Field(
            "note",
            "What there is to say of it; the count has the notes of its rows.",
            ("note", "notes", "remark", "comment"),
            example="Year end",
        ),
    )
}

PRESETS: Mapping[str, Mapping[str, Preset]] = {
    STOCK_COUNTS: {
        name: Listed(
            name,
            name == "stockbook",
            _COUNTS,
            keys=("sku", "barcode"),
            needs=(),
            always=("counted",),
        )
        for name in ("stockbook", "free")
    }
}
