"""What becomes of each row: pure decisions, in the order of the file.

Each row is decided as if every row before it had been applied, whether it stands in the same chunk
or in an earlier one; so the answers do not depend on where the file is cut.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.application.imports.products.amending import Amending
from app.application.imports.products.families import Families, Telling, pictured
from app.application.imports.products.model import (
    Change,
    Code,
    Creation,
    Draft,
    FamilyDraft,
    Owner,
    Shelf,
)
from app.domain.catalog.barcode import Barcode
from app.domain.catalog.fields import search_text
from app.domain.catalog.limits import ATTRIBUTES
from app.domain.common.changes import Changes
from app.domain.common.identifiers import IdSource, ProductId, TaxRateId, UnitId
from app.domain.common.money import MAX_MINOR, UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import key as key_of
from app.domain.imports.faults import CellRefused, Fault, shortened
from app.domain.imports.fields import CLEARABLE, clear_bit
from app.domain.imports.losses import lost_letters
from app.domain.imports.parsed import AdditionRow, BarcodeRow, ProductRow
from app.domain.imports.plan import Mode, Plan
from app.domain.shop.unit import PIECE_ID

_BITS = {name: clear_bit(name) for name in CLEARABLE}
_SIMPLE = (
    ("description", "description"),
    ("price", "price_micros"),
    ("cost", "cost_micros"),
    ("tracks_stock", "tracks_stock"),
    ("active", "active"),
    ("reorder_point", "reorder_point"),
    ("reorder_quantity", "reorder_quantity"),
    ("external_id", "external_id"),
)


class _Refused(CellRefused):
    """Why a row fails, and in which field."""

    def __init__(
        self,
        reason: str,
        expected: str,
        *,
        name: str | None,
        value: str = "",
        most: int | None = None,
        actual: int | None = None,
    ) -> None:
        super().__init__(reason, expected, most=most, actual=actual)
        self.name = name
        self.value = value


@dataclass(slots=True)
class Decisions:
    """What is to be written; a row is in one of created, changed, kept and failed.

    `changed` has amended products besides. `kept` are the rows that change nothing, with their
    products; `keys` the keys of products and families that rows of this chunk took, with their
    rows. `pictures` are those that products have, to which further ones may come, by SKU key.
    """

    created: list[Creation] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    kept: dict[int, ProductId] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    families: list[FamilyDraft] = field(default_factory=list)
    pictures: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def updated(self) -> list[Change]:
        """The products that rows of their own changed."""
        return [change for change in self.changed if not change.amended]


def decide(
    rows: Iterable[ProductRow],
    barcodes: Iterable[BarcodeRow],
    additions: Iterable[AdditionRow] = (),
    *,
    shelf: Shelf,
    moved: frozenset[ProductId],
    plan: Plan,
    ids: IdSource,
) -> Decisions:
    """Decide all rows of a chunk; `shelf` is used up by it."""
    deciding = _Deciding(shelf, moved, plan, ids)
    codes: dict[int, list[Code]] = defaultdict(list)
    for number, _, code, key in barcodes:
        codes[number].append(Code(code, key))
    waiting = deque(additions)
    for row in rows:
        while waiting and waiting[0].row < row.row:
            deciding.add(waiting.popleft())
        deciding.take(row, tuple(codes.get(row.row, ())))
    for addition in waiting:
        deciding.add(addition)
    return deciding.result()


def history_at_stake(rows: Iterable[ProductRow], shelf: Shelf) -> set[ProductId]:
    """Return the products whose unit or stock-keeping a row would change."""
    found = set()
    for row in rows:
        known = shelf.known(row)
        if known is None:
            continue
        unit = shelf.units.get(row.unit) if row.unit else None
        if (unit and unit.id != known.unit_id) or row.tracks_stock not in (
            None,
            known.tracks_stock,
        ):
            found.add(known.id)
    return found


class _Deciding:
    """Goes through the rows and keeps the shelf as it would be after each."""

    def __init__(
        self, shelf: Shelf, moved: frozenset[ProductId], plan: Plan, ids: IdSource
    ) -> None:
        self._shelf = shelf
        self._moved = moved
        self._plan = plan
        self._ids = ids
        self.decisions = Decisions()
        self._families = Families(shelf, self.decisions.keys, ids, self._warn)
        self._last: str | None = None
        self._amending = Amending(shelf, self.decisions.changed, self._families, self._warn)

    def result(self) -> Decisions:
        self.decisions.families = self._families.written
        self.decisions.pictures = self._amending.pictures(self._last)
        return self.decisions

    def take(self, row: ProductRow, codes: tuple[Code, ...]) -> None:
        known = self._shelf.known(row)
        try:
            keys = self._keys(row, known)
            product = self._create(row, codes) if known is None else self._update(row, codes, known)
        except _Refused as refusal:
            self.decisions.faults.append(self._fault(row, refusal))
            return
        for key in keys:
            self._shelf.first_rows[key] = self.decisions.keys[key] = row.row
            self._amending.taken[key] = product
        self._last = row.sku_key
        self._families.tell(row)

    def add(self, addition: AdditionRow) -> None:
        self._amending.add(addition)

    def _keys(self, row: ProductRow, known: Draft | None) -> set[str]:
        keys = {row.sku_key} if known is None else {row.sku_key, known.sku_key}
        if row.sku_derived and row.external_id in self._shelf.keyed:
            keys.add(key_of(self._shelf.keyed[row.external_id].sku))
        for key in keys:
            first = self._shelf.first_rows.get(key)
            if first is not None:
                raise _Refused(
                    "duplicate_in_file",
                    f"each SKU once: sku {row.sku} already on row {first} of this file",
                    name="sku",
                    value=row.sku,
                )
        return keys

    def _create(self, row: ProductRow, codes: tuple[Code, ...]) -> Draft:
        self._check_mode(row, exists=False)
        name, price = row.name, row.price_micros
        if name is None or row.name_folded is None or row.search_text is None:
            raise _Refused("missing", "a name, which a new product needs", name="name")
        if price is None:
            raise _Refused("missing", "a price, which a new product needs", name="price")
        unit = self._unit(row.unit or self._plan.options.unit) or PIECE_ID
        tax_rate = self._tax_rate(row.tax_rate or self._plan.options.tax_rate)
        family = self._families.of(row)
        product = Draft(
            id=self._ids.new(ProductId),
            sku=row.sku,
            sku_key=row.sku_key,
            name=name,
            name_folded=row.name_folded,
            search_text=row.search_text,
            description=row.description,
            category_id=None,
            category=row.category,
            category_key=row.category_key,
            unit_id=unit,
            tax_rate_id=tax_rate or self._shelf.default_tax_rate,
            price=price,
            cost=row.cost_micros,
            tracks_stock=row.tracks_stock is not False,
            active=row.active is not False,
            barcodes=codes,
            reorder_point=row.reorder_point,
            reorder_quantity=row.reorder_quantity,
            attributes=_patched({}, row.attributes),
            external_id=row.external_id,
            family_id=family.id if family else None,
            family=family.key if family else None,
            images=(),
            version=1,
        )
        self._check_quantities(product)
        opening = self._opening(row, product)
        self._claim(product, before=None)
        if row.images:
            product.images = pictured((), row.images, row, self._warn)
        creation = Creation(row.row, row.line, product, opening)
        self.decisions.created.append(creation)
        self._amending.written[product.id] = creation
        return product

    def _update(self, row: ProductRow, codes: tuple[Code, ...], known: Draft) -> Draft:
        self._check_mode(row, exists=True)
        values = self._given(row, codes, known)
        differing = {name: new for name, new in values.items() if getattr(known, name) != new}
        if not differing:
            self.decisions.kept[row.row] = known.id
            return known
        product = replace(known, **differing, version=known.version + 1)  # type: ignore[arg-type]
        self._check_history(differing, known)
        self._check_quantities(product)
        if "name" in differing or "barcodes" in differing:
            if "name" in differing and row.name_folded is not None:
                product.name_folded = row.name_folded
            product.search_text = search_text(
                sku=product.sku,
                name=product.name,
                barcodes=tuple(Barcode(code, key) for code, key in product.barcodes),
            )
        if "barcodes" in differing or "external_id" in differing:
            self._claim(product, before=known)
        changes = {name: (getattr(known, name), new) for name, new in differing.items()}
        changes.pop("family", None)
        self._warn_of_losses(row, changes)
        change = Change(row.row, row.line, known, product, changes)
        self.decisions.changed.append(change)
        self._amending.written[product.id] = change
        return product

    def _given(self, row: ProductRow, codes: tuple[Code, ...], known: Draft) -> dict[str, object]:
        """Return the fields of which the row says something; an empty cell says nothing."""
        values: dict[str, object] = {}
        for name, column in _SIMPLE:
            value = getattr(row, column)
            if value is not None:
                values[name] = value
        if row.name is not None:
            values["name"] = row.name
        if codes:
            values["barcodes"] = codes
        if row.unit is not None:
            values["unit_id"] = self._unit(row.unit)
        if row.tax_rate is not None:
            values["tax_rate_id"] = self._tax_rate(row.tax_rate, before=known.tax_rate_id)
        if row.category_key is not None and row.category_key != known.category_key:
            values |= {"category_key": row.category_key, "category": row.category}
        if row.attributes is not None:
            values["attributes"] = _patched(known.attributes, row.attributes)
        family = self._families.of(row)
        if family is not None and family.id != known.family_id:
            values |= {"family_id": family.id, "family": family.key}
        if row.images:
            values["images"] = pictured(known.images, row.images, row, self._warn)
        if row.cleared:
            values |= _cleared(row.cleared)
        return values

    def _check_mode(self, row: ProductRow, *, exists: bool) -> None:
        mode = self._plan.options.mode
        if exists and mode is Mode.CREATE:
            expected = "a SKU that the shop does not have, for mode create"
            raise _Refused("already_exists", expected, name="sku", value=row.sku)
        if not exists and mode is Mode.UPDATE:
            expected = "the SKU of a product of the shop, for mode update"
            raise _Refused("not_found", expected, name="sku", value=row.sku)

    def _check_history(self, differing: Mapping[str, object], known: Draft) -> None:
        for name in ("unit_id", "tracks_stock"):
            if name in differing and known.id in self._moved:
                raise _Refused(
                    "product_has_history",
                    "what it was: movements of the product are counted in its unit",
                    name=name.removesuffix("_id"),
                    value=str(differing[name]),
                )

    def _unit(self, code: str | None) -> UnitId | None:
        if code is None:
            return None
        unit = self._shelf.units.get(code)
        if unit is None:
            known = ", ".join(sorted(self._shelf.units))
            raise _Refused("unknown_unit", f"one of {known}", name="unit", value=code)
        return unit.id

    def _tax_rate(self, code: str | None, *, before: TaxRateId | None = None) -> TaxRateId | None:
        if code is None:
            return None
        rate = self._shelf.tax_rates.get(code)
        if rate is None:
            known = ", ".join(sorted(self._shelf.tax_rates))
            raise _Refused("unknown_tax_rate", f"one of {known}", name="tax_rate", value=code)
        if not rate.active and rate.id != before:
            raise _Refused("inactive_tax_rate", "an active rate", name="tax_rate", value=code)
        return rate.id

    def _check_quantities(self, product: Draft) -> None:
        for name in ("reorder_point", "reorder_quantity"):
            self._check_places(name, getattr(product, name), product.unit_id)
        if len(product.attributes) > ATTRIBUTES:
            raise _Refused(
                "too_many",
                f"at most {ATTRIBUTES} attributes",
                name=None,
                most=ATTRIBUTES,
                actual=len(product.attributes),
            )

    def _check_places(self, name: str, thousandths: int | None, unit: UnitId) -> None:
        decimals = self._shelf.decimals[unit]
        if thousandths and not Quantity(thousandths).fits(decimals):
            raise _Refused(
                "too_many_decimals",
                f"at most {decimals} decimal places, as the unit has",
                name=name,
                value=str(Quantity(thousandths)),
            )

    def _opening(self, row: ProductRow, product: Draft) -> int:
        quantity = row.opening_quantity
        if not quantity or not product.tracks_stock:
            return 0
        self._check_places("quantity", quantity, product.unit_id)
        if product.cost is None:
            self._warn(row, "cost_unknown", "a cost; the opening stock is worth 0", name="quantity")
            return quantity
        value = UnitPrice(product.cost).times(Quantity(quantity), self._shelf.currency)
        if value.minor > MAX_MINOR:
            text = str(Quantity(quantity))
            raise _Refused("too_large", "a stock of less value", name="quantity", value=text)
        return quantity

    def _claim(self, product: Draft, *, before: Draft | None) -> None:
        """Take the codes and the external key for a product, all of them or none."""
        owners, keyed = self._shelf.owners, self._shelf.keyed
        for code, key in product.barcodes:
            owner = owners.get(key)
            if owner is not None and owner.id != product.id:
                raise _taken("barcode", code, owner.sku, name="barcodes")
        external = product.external_id
        if external is not None:
            holder = keyed.get(external)
            if holder is not None and holder.id != product.id:
                raise _taken("external_id", external, holder.sku, name="external_id")
        if before is not None:
            for _, key in before.barcodes:
                owners.pop(key, None)
            if before.external_id is not None:
                keyed.pop(before.external_id, None)
                self._shelf.by_external_id.pop(before.external_id, None)
        for _, key in product.barcodes:
            owners[key] = Owner(id=product.id, sku=product.sku)
        if external is not None:
            keyed[external] = Owner(id=product.id, sku=product.sku)
            self._shelf.by_external_id[external] = product

    def _warn_of_losses(self, row: ProductRow, changes: Changes) -> None:
        """Say so when texts come back with question marks for letters, as from a plain CSV."""
        for name in ("name", "description"):
            old, new = changes.get(name, (None, None))
            if isinstance(old, str) and isinstance(new, str) and lost_letters(old, new):
                expected = f"letters that did not become question marks: {shortened(old)}"
                self._warn(row, "lost_letters", expected, name=name)

    def _warn(self, row: Telling, code: str, expected: str, *, name: str) -> None:
        column = self._plan.header_of(name)
        self.decisions.warnings.append(Fault(row.row, row.line, column, code, "", expected))

    def _fault(self, row: ProductRow, refusal: _Refused) -> Fault:
        return Fault(
            row.row,
            row.line,
            self._plan.header_of(refusal.name) if refusal.name else None,
            refusal.reason,
            shortened(refusal.value),
            refusal.detail,
            most=refusal.most,
            actual=refusal.actual,
        )


def _taken(what: str, value: str, sku: str, *, name: str) -> _Refused:
    expected = f"one of no other product: it belongs to the product with SKU {sku}"
    return _Refused(f"{what}_taken", expected, name=name, value=value)


def _patched(attributes: Mapping[str, str], patch: str | None) -> dict[str, str]:
    """Apply a JSON merge patch of one level (RFC 7396)."""
    if patch is None:
        return dict(attributes)
    merged = {**attributes, **json.loads(patch)}
    return {name: value for name, value in merged.items() if value is not None}


def _cleared(bits: int) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, bit in _BITS.items():
        if not bits & bit:
            continue
        if name == "category":
            values |= {"category_key": None, "category": None}
        elif name == "family":
            values |= {"family_id": None, "family": None}
        else:
            values[name] = () if name == "barcodes" else None
    return values
