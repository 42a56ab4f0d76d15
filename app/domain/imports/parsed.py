"""What parsing hands to the import: rows for the staging table, and what became of the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from app.domain.imports.faults import Fault
from app.domain.imports.presets.base import Carry


class ProductRow(NamedTuple):
    """The columns of the staging table in their order; rows themselves are plain tuples.

    None means that the file says nothing and the stored value stays; what is to be emptied is in
    `cleared`, whose bits are those of `fields.CLEARABLE`.
    """

    row: int
    """Record number from 1, unique in the file."""
    line: int
    sku: str
    sku_key: str
    """`key(sku)`, which is unique in the shop and must be in the file."""
    sku_derived: bool
    """Made from the external key: it never takes the place of a SKU that the product has."""
    external_id: str | None
    name: str | None
    name_folded: str | None
    """As `Product` has it; None when there is no name."""
    search_text: str | None
    """Right for a product that is created; an update makes its own from what the product has."""
    description: str | None
    category: str | None
    """The path as `Category.path` has it; missing levels are to be made."""
    category_key: str | None
    unit: str | None
    """A code in lower case; whether the shop has it is asked by the import."""
    tax_rate: str | None
    price_micros: int | None
    cost_micros: int | None
    tracks_stock: bool | None
    active: bool | None
    barcodes: str | None
    """JSON list of the codes as typed, in order; they take the place of those there were."""
    reorder_point: int | None
    reorder_quantity: int | None
    opening_quantity: int | None
    """Thousandths, more than 0; only a created product that tracks stock takes it."""
    attributes: str | None
    """JSON object of name → text, null for a name to be removed (a merge patch, RFC 7396)."""
    cleared: int
    family: str | None = None
    """The key of its family as typed; a missing one is to be made."""
    family_key: str | None = None
    """`key(family)`, by which families are found."""
    family_name: str | None = None
    family_options: tuple[str, ...] | None = None
    family_images: tuple[str, ...] | None = None
    """Addresses that join those the family has."""
    images: tuple[str, ...] | None = None
    """Addresses that join those the product has."""


COLUMNS: tuple[str, ...] = ProductRow._fields
"""The names of the columns of a parsed row."""

BarcodeRow = tuple[int, int, str, str]
"""Row, position from 0, code as typed, key that is unique in the shop and must be in the file."""


class Above(NamedTuple):
    """By what the product of a record further up is found again."""

    row: int
    sku_key: str
    sku_derived: bool
    external_id: str | None


class AdditionRow(NamedTuple):
    """What a record that is no product adds to the family it names, else to the product above.

    With `members`, SKU keys of products further up, it tells of the family and puts them into it;
    without, it adds pictures to a family of which a row further up has told.
    """

    row: int
    line: int
    images: tuple[str, ...]
    above: Above | None
    family: str | None
    family_key: str | None
    family_name: str | None
    family_options: tuple[str, ...] | None
    family_images: tuple[str, ...] | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedChunk:
    """The records of a chunk: those in `rows`, `blank`, `continuation` and failed add up to it.

    A record failed if a fault names it. `carry` goes into the checkpoint and to the next chunk.
    """

    records: int
    rows: list[tuple[object, ...]]
    barcodes: list[BarcodeRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    continuation: list[int] = field(default_factory=list)
    additions: list[AdditionRow] = field(default_factory=list)
    carry: Carry = field(default_factory=dict)

    def only(self, records: Collection[int]) -> Self:
        """Return the same chunk as if it held no other products than those of these records.

        What others add to products stays, since their product may be among these; to add it twice
        changes nothing.
        """
        return replace(
            self,
            records=len(records),
            rows=[row for row in self.rows if row[0] in records],
            barcodes=[code for code in self.barcodes if code[0] in records],
            faults=[fault for fault in self.faults if fault.row in records],
            warnings=[fault for fault in self.warnings if fault.row in records],
            blank=[],
            continuation=[],
        )

    @property
    def failed(self) -> list[int]:
        """The numbers of the records that have a fault, in order."""
        return sorted({fault.row for fault in self.faults})
