"""What suppliers sell as a kind of import.

An item is found by the supplier's own number, else it is the one item of the supplier for the
product. An item without a number takes the first that a row tells of it; a number never changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.application.imports.deciding import RowRefused, Taken, check_mode, refusals
from app.application.imports.goods import Goods, KnownProduct
from app.application.imports.kinds import Applied, Task
from app.application.imports.naming import Names
from app.application.imports.supplier_items.ports import KnownSupplier, SupplierItemImportsWork
from app.application.parties.use_cases.items import creation, record
from app.domain.auth.roles import Permission
from app.domain.common.changes import Changes
from app.domain.common.identifiers import IdSource, ProductId, SupplierId, SupplierItemId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import key
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.supplier_items import SUPPLIER_ITEMS
from app.domain.imports.records import Chunk
from app.domain.imports.supplier_items import SupplierItemRow, parse_supplier_items
from app.domain.parties.item import SupplierItem

_FIELDS = {"sku": "supplier_sku", "barcode": "supplier_barcode"}


@dataclass(slots=True)
class _Shelf:
    """All that a chunk speaks of."""

    suppliers: Names[KnownSupplier]
    goods: Goods
    by_sku: dict[tuple[SupplierId, str], SupplierItem]
    by_product: dict[tuple[SupplierId, ProductId], list[SupplierItem]]
    preferred: dict[ProductId, SupplierItem]
    taken: Taken


@dataclass(frozen=True, slots=True)
class _Written:
    row: SupplierItemRow
    item: SupplierItem
    changes: Changes
    label: str
    created: bool


@dataclass(slots=True)
class _Decisions:
    """`unpreferred` are items of others whose preference a row took."""

    written: list[_Written] = field(default_factory=list)
    unpreferred: list[tuple[SupplierItem, Changes]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


class SupplierItemImports:
    """Packs, costs and lead times of products at suppliers that the shop has."""

    name = SUPPLIER_ITEMS
    needs = (Permission.PARTIES_WRITE, Permission.COST_READ)
    together = None

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: SupplierItemImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_supplier_items(chunk, plan, carry)

    async def apply(
        self, work: SupplierItemImportsWork, parsed: ParsedChunk, task: Task
    ) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [SupplierItemRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await _shelf(work, rows, task)
        # Thousands of rows would hold up every other request of this process.
        decisions = await asyncio.to_thread(self._decide, work, rows, shelf, task.plan)
        await _write(work, decisions, task)
        made = sum(one.created for one in decisions.written)
        return Applied(
            created=made,
            updated=len(decisions.written) - made,
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            keys=shelf.taken.new,
            differences=[_difference(one) for one in decisions.written] if task.told else (),
        )

    def _decide(
        self,
        work: SupplierItemImportsWork,
        rows: Iterable[SupplierItemRow],
        shelf: _Shelf,
        plan: Plan,
    ) -> _Decisions:
        decisions = _Decisions()
        for row in rows:
            with refusals(row, plan, fields=_FIELDS, faults=decisions.faults):
                self._decide_one(work, row, shelf, decisions, plan.options.mode)
        return decisions

    def _decide_one(
        self,
        work: SupplierItemImportsWork,
        row: SupplierItemRow,
        shelf: _Shelf,
        decisions: _Decisions,
        mode: Mode,
    ) -> None:
        supplier, product = shelf.suppliers.one(row.supplier), shelf.goods.named(row)
        _check_terms(row, supplier, product)
        keys = _Keys.of(row, supplier, product)
        keys.check(row, shelf.taken)
        item = _match(row, supplier, product, shelf)
        by, value = ("supplier_sku", keys.sku) if keys.sku else ("sku", product.sku)
        check_mode(mode, exists=item is not None, field=by, value=value)
        values = row.values
        if item is None:
            item = SupplierItem.create(
                self._ids.new(SupplierItemId),
                {**values, "product_id": product.id},
                supplier_id=supplier.id,
                at=work.started_at,
            )
            changes, created = creation(item), True
        else:
            changes, created = item.change(values, at=work.started_at), False
        if values.get("preferred") and "preferred" in changes:
            _unprefer(work, item, shelf, decisions)
        if changes:
            label = f"{supplier.code} {product.sku}"
            decisions.written.append(_Written(row, item, changes, label, created))
        else:
            decisions.unchanged += 1
        shelf.taken.take([*keys.all, _mark(item)], row.row)


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a row takes: with the supplier's number that, without it the product there."""

    sku: str | None
    number: str
    product: str
    bare: str
    preference: str | None

    @classmethod
    def of(cls, row: SupplierItemRow, supplier: KnownSupplier, product: KnownProduct) -> _Keys:
        sku = row.values.get("sku")
        place = f"{supplier.id}:{product.id}"
        return cls(
            sku=sku,
            number=f"number:{supplier.id}:{key(sku)}" if sku else "",
            product=f"product:{place}",
            bare=f"bare:{place}",
            preference=_preference(product.id) if row.values.get("preferred") else None,
        )

    @property
    def all(self) -> list[str]:
        keys = [self.product, self.number if self.sku else self.bare]
        return keys if self.preference is None else [*keys, self.preference]

    def check(self, row: SupplierItemRow, taken: Taken) -> None:
        """Refuse what an earlier row said; a row without a number means the one item there is."""
        if self.sku:
            taken.refuse(self.number, row=row.row, field="supplier_sku", value=self.sku)
            taken.refuse(self.bare, row=row.row, field="supplier_sku", value=self.sku)
        else:
            taken.refuse(self.product, row=row.row, field="sku", value=row.sku or row.barcode_key)
        if self.preference is not None:
            taken.refuse(
                self.preference, row=row.row, field="preferred", value=row.sku or row.barcode_key
            )


def _check_terms(row: SupplierItemRow, supplier: KnownSupplier, product: KnownProduct) -> None:
    if row.currency is not None and row.currency != supplier.currency:
        expected = f"{supplier.currency}, in which the costs of {supplier.code} are"
        raise RowRefused("currency", "currency_mismatch", row.currency, expected)
    pack: Quantity | None = row.values.get("pack_size")
    if pack is not None and not pack.fits(product.unit_decimals):
        expected = f"a quantity of at most {product.unit_decimals} decimal places"
        raise RowRefused("pack_size", "invalid_value", pack, expected)


def _match(
    row: SupplierItemRow, supplier: KnownSupplier, product: KnownProduct, shelf: _Shelf
) -> SupplierItem | None:
    """Return the item that a row means."""
    sku = row.values.get("sku")
    if sku:
        numbered = shelf.by_sku.get((supplier.id, key(sku)))
        if numbered is not None:
            if numbered.product_id != product.id:
                expected = "a number of this product: the supplier sells another one under it"
                raise RowRefused("supplier_sku", "other_product", sku, expected)
            return numbered
    there = shelf.by_product.get((supplier.id, product.id), [])
    if sku:
        there = [item for item in there if item.sku is None and _mark(item) not in shelf.taken]
    if len(there) > 1:
        expected = f"the supplier's number: there are {len(there)} items of this product"
        raise RowRefused("supplier_sku", "ambiguous_item", sku, expected)
    return there[0] if there else None


def _unprefer(
    work: SupplierItemImportsWork, item: SupplierItem, shelf: _Shelf, decisions: _Decisions
) -> None:
    """Take the preference from the item that has it."""
    other = shelf.preferred.pop(item.product_id, None)
    if other is not None and other is not item:
        changes = other.change({"preferred": False}, at=work.started_at)
        decisions.unpreferred.append((other, changes))


async def _shelf(work: SupplierItemImportsWork, rows: list[SupplierItemRow], task: Task) -> _Shelf:
    store = work.supplier_item_imports
    named = {row.supplier for row in rows}
    suppliers = Names(named, await store.suppliers(named), word="supplier")
    goods = await Goods.of(work.goods, rows)
    wanted = {product.id for product in goods}
    skus = {key(sku) for row in rows if (sku := row.values.get("sku"))}
    whose = {one.id for one in suppliers.all()}
    items = await store.items(whose, wanted, sku_keys=skus)
    shelf = _Shelf(
        suppliers=suppliers,
        goods=goods,
        by_sku={(item.supplier_id, item.sku_key): item for item in items if item.sku_key},
        by_product={},
        preferred={item.product_id: item for item in items if item.preferred},
        taken=Taken({}),
    )
    for item in items:
        shelf.by_product.setdefault((item.supplier_id, item.product_id), []).append(item)
    asked = {_mark(item) for item in items} | {_preference(product) for product in wanted}
    asked |= {one for row in rows for one in _asked(row, shelf)}
    shelf.taken = Taken(await work.imports.first_rows(task.identifier, asked))
    if task.rehearsed:
        _lay_over(shelf)
    return shelf


def _lay_over(shelf: _Shelf) -> None:
    """Take preferences away that earlier rows would have taken, had they been kept."""
    for product, item in list(shelf.preferred.items()):
        if _preference(product) in shelf.taken and _mark(item) not in shelf.taken:
            del shelf.preferred[product]
            item.preferred = False


def _asked(row: SupplierItemRow, shelf: _Shelf) -> list[str]:
    """Return the keys that a row may take or be refused for."""
    product = shelf.goods.find(row)
    if product is None:
        return []
    keys = [_Keys.of(row, one, product) for one in shelf.suppliers.of(row.supplier)]
    return [one for some in keys for one in (some.number, some.product, some.bare) if one]


def _mark(item: SupplierItem) -> str:
    return f"item:{item.id}"


def _preference(product: ProductId) -> str:
    return f"preferred:{product}"


async def _write(work: SupplierItemImportsWork, decisions: _Decisions, task: Task) -> None:
    """Write all; preferences are given up before others take them."""
    store = work.supplier_item_imports
    changed = [one.item for one in decisions.written if not one.created]
    gone = {item.id: item for item, _ in decisions.unpreferred}
    first = [*gone.values(), *(i for i in changed if not i.preferred and i.id not in gone)]
    await store.change([*first, *(item for item in changed if item.preferred)])
    await store.create([one.item for one in decisions.written if one.created])
    for item, changes in decisions.unpreferred:
        record(work, item, "updated", changes, actor=task.actor)
    for one in decisions.written:
        verb = "created" if one.created else "updated"
        record(work, one.item, verb, one.changes, actor=task.actor)


def _difference(written: _Written) -> Difference:
    return Difference(
        row=written.row.row,
        line=written.row.line,
        label=written.label,
        created=written.created,
        changes={
            name: {"before": _shown(before), "after": _shown(after)}
            for name, (before, after) in written.changes.items()
            if name not in ("supplier_id", "product_id")
        },
    )


def _shown(value: object) -> object:
    if isinstance(value, UnitPrice):
        return value.amount
    return str(value) if isinstance(value, Quantity) else value
