"""Products as an import handles them: plain fields by the thousand, no aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.common.changes import Changes
from app.domain.common.identifiers import CategoryId, FamilyId, ProductId, TaxRateId, UnitId
from app.domain.imports.parsed import Above, ProductRow


class Code(NamedTuple):
    """A barcode as typed, and the key that is unique in the shop."""

    code: str
    key: str


@dataclass(slots=True, kw_only=True)
class Draft:
    """A product as it is, or is to be; prices in millionths, quantities in thousandths.

    `category_key` is the key of its category's path, which may have to be made first; `category`
    the path as it is spelt; `family` is the key of its family, as it is spelt. `version` is that of
    the stored product.
    """

    id: ProductId
    sku: str
    sku_key: str
    name: str
    name_folded: str
    search_text: str
    description: str | None
    category_id: CategoryId | None
    category: str | None
    category_key: str | None
    unit_id: UnitId
    tax_rate_id: TaxRateId
    price: int
    cost: int | None
    tracks_stock: bool
    active: bool
    barcodes: tuple[Code, ...]
    reorder_point: int | None
    reorder_quantity: int | None
    attributes: dict[str, str]
    external_id: str | None
    family_id: FamilyId | None
    family: str | None
    images: tuple[str, ...]
    version: int


@dataclass(slots=True, kw_only=True)
class FamilyDraft:
    """A family as it is, or is to be; `before` has name, options and images of a stored one."""

    id: FamilyId
    key: str
    name: str
    options: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    version: int = 0
    before: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None

    @property
    def differs(self) -> bool:
        return self.before != (self.name, self.options, self.images)


@dataclass(slots=True)
class Creation:
    """A product to be made by a row, with the stock it begins with in thousandths."""

    row: int
    line: int
    product: Draft
    opening: int = 0


@dataclass(slots=True)
class Change:
    """A product to be changed: how it is to be, and what differs from how it was.

    An amended one was changed by records below its own, whose outcome is another.
    """

    row: int
    line: int
    before: Draft
    product: Draft
    changes: Changes = field(default_factory=dict)
    amended: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    id: UnitId
    decimals: int


@dataclass(frozen=True, slots=True)
class TaxRate:
    id: TaxRateId
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The product that has a barcode or an external id."""

    id: ProductId
    sku: str


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What the shop has of all that a chunk speaks of.

    `by_sku` and `by_external_id` hold stored products, `owners` the products by barcode key and
    `keyed` those by external id, `first_rows` the earlier rows of the file by the SKU keys that
    they took. `families` are by the key that they are found by; `pictures` are those that
    products of earlier chunks of a rehearsal would have, by SKU key.
    """

    by_sku: dict[str, Draft]
    by_external_id: dict[str, Draft]
    owners: dict[str, Owner]
    keyed: dict[str, Owner]
    first_rows: dict[str, int]
    units: Mapping[str, Unit]
    decimals: Mapping[UnitId, int]
    tax_rates: Mapping[str, TaxRate]
    default_tax_rate: TaxRateId
    currency: str
    families: dict[str, FamilyDraft] = field(default_factory=dict)
    pictures: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def known(self, row: ProductRow | Above) -> Draft | None:
        """Return the stored product that a row means: a derived SKU counts less than its origin."""
        if row.sku_derived and row.external_id:
            found = self.by_external_id.get(row.external_id)
            if found is not None:
                return found
        return self.by_sku.get(row.sku_key)
