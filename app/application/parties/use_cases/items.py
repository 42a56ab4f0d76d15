"""Say what a supplier sells, at what cost, and take it back."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.common.uow import UnitOfWork
from app.application.common.versions import require_version
from app.application.parties.ports import BoughtProduct, PartyWork
from app.application.parties.queries import SupplierItemView
from app.domain.auth.roles import Permission
from app.domain.common.changes import Changes
from app.domain.common.errors import AlreadyExists, FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import IdSource, ProductId, SupplierId, SupplierItemId
from app.domain.common.money import CurrencyMismatch
from app.domain.parties.item import SupplierItem, SupplierItemValues
from app.domain.parties.supplier import Supplier


class AddSupplierItem:
    """Adds a product to what the supplier sells; its cost is that of one pack.

    The supplier's SKU is given once per supplier. An item that is to be preferred takes that from
    the one that was. `currency` is what the caller counts the cost in: only the supplier's will do.
    """

    def __init__(self, work: PartyWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self,
        supplier_id: SupplierId,
        values: SupplierItemValues,
        *,
        currency: str | None,
        actor: Actor,
    ) -> SupplierItemView:
        _may_set_cost(values, actor)
        async with self._work as work:
            supplier = await _supplier(work, supplier_id, currency=currency)

            item = SupplierItem.create(
                self._ids.new(SupplierItemId), values, supplier_id=supplier_id, at=work.started_at
            )
            product = await _checked_product(work, item)
            await _check_sku(work, item)
            if item.preferred:
                await _unprefer(work, item.product_id, actor=actor)

            await work.supplier_items.add(item)
            record(work, item, "created", creation(item), actor=actor)
            await work.flush()
            view = SupplierItemView.of(item, supplier=supplier, sku=product.sku, name=product.name)
            await work.commit(view)
            return view


class UpdateSupplierItem:
    """Changes what is given and leaves the rest; the product of an item stays."""

    def __init__(self, work: PartyWork) -> None:
        self._work = work

    async def __call__(
        self,
        supplier_id: SupplierId,
        identifier: SupplierItemId,
        values: SupplierItemValues,
        *,
        currency: str | None,
        expected: int,
        actor: Actor,
    ) -> SupplierItemView:
        _may_set_cost(values, actor)
        async with self._work as work:
            supplier = await _supplier(work, supplier_id, currency=currency)
            item = await work.supplier_items.get(identifier, of=supplier_id)
            require_version(item, expected)
            if values.get("preferred") and not item.preferred:
                await _unprefer(work, item.product_id, actor=actor)

            changes = item.change(values, at=work.started_at)
            product = await _checked_product(work, item)
            if "sku" in changes:
                await _check_sku(work, item)

            record(work, item, "updated", changes, actor=actor)
            await work.flush()
            view = SupplierItemView.of(item, supplier=supplier, sku=product.sku, name=product.name)
            await work.commit(view)
            return view


class RemoveSupplierItem:
    """Takes a product off what the supplier sells; documents keep what they say of it."""

    def __init__(self, work: PartyWork) -> None:
        self._work = work

    async def __call__(
        self,
        supplier_id: SupplierId,
        identifier: SupplierItemId,
        *,
        actor: Actor,
    ) -> None:
        async with self._work as work:
            await _supplier(work, supplier_id, currency=None)
            item = await work.supplier_items.get(identifier, of=supplier_id)

            item.leave()
            await work.supplier_items.remove(item)
            work.track(item)
            changes = {name: (before, None) for name, (_, before) in creation(item).items()}
            work.audit(actor, "supplier_item.deleted", item.id, changes=changes)
            await work.flush()
            await work.commit()


def _may_set_cost(values: SupplierItemValues, actor: Actor) -> None:
    if "cost" in values:
        actor.require(Permission.COST_READ)


async def _supplier(work: PartyWork, supplier_id: SupplierId, *, currency: str | None) -> Supplier:
    """Return the supplier, held: neither its currency nor what it is merged into changes now."""
    supplier = await work.suppliers.hold(supplier_id)
    supplier.require_own()
    if currency is not None and currency != supplier.currency:
        detail = f"The supplier's costs are in {supplier.currency}, not in {currency}."
        error = FieldError("/cost/currency", CurrencyMismatch.code, detail)
        raise CurrencyMismatch(detail, errors=(error,))
    return supplier


async def _checked_product(work: PartyWork, item: SupplierItem) -> BoughtProduct:
    product = await work.supplier_items.product(item.product_id)
    if product is None:
        raise UnknownReference.of("product_id", ProductId.kind, item.product_id)
    if not item.pack_size.fits(product.unit_decimals):
        raise InvalidValue.of("pack_size", f"the unit has {product.unit_decimals} decimal places")
    return product


async def _check_sku(work: PartyWork, item: SupplierItem) -> None:
    owner = None if item.sku is None else await work.supplier_items.sku_owner(item)
    if owner is not None:
        detail = "Another item of the supplier has this SKU."
        error = FieldError("/sku", AlreadyExists.code, detail)
        raise AlreadyExists(detail, errors=(error,), extra={"owners": {"sku": str(owner)}})


async def _unprefer(work: PartyWork, product_id: ProductId, *, actor: Actor) -> None:
    """Take the preference from the item that has it; written at once, since only one may."""
    item = await work.supplier_items.preferred(product_id)
    if item is not None:
        changes = item.change({"preferred": False}, at=work.started_at)
        record(work, item, "updated", changes, actor=actor)
        await work.flush()


def record(
    work: UnitOfWork, item: SupplierItem, verb: str, changes: Changes, *, actor: Actor
) -> None:
    """Audit a change; what changed nothing leaves no trace."""
    if changes:
        work.track(item)
        work.audit(actor, f"supplier_item.{verb}", item.id, changes=changes)


def creation(item: SupplierItem) -> Changes:
    fields = item.snapshot() | {"cost": item.cost}
    return {field: (None, value) for field, value in fields.items() if value is not None}
