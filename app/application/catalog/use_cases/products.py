"""Make products, change them, take them off sale and put them back."""

from __future__ import annotations

from collections.abc import Mapping

from app.application.catalog.ports import BarcodeOwner, CatalogWork, References
from app.application.catalog.queries import ProductView
from app.application.common.actor import Actor
from app.application.common.versions import require_version
from app.domain.auth.roles import Permission
from app.domain.catalog.barcode import Barcode
from app.domain.catalog.fields import ProductValues
from app.domain.catalog.product import Product, ProductHasHistory
from app.domain.common.changes import Changes
from app.domain.common.errors import AlreadyExists, FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import FamilyId, IdSource, ProductId
from app.domain.common.money import CurrencyMismatch
from app.domain.shop.unit import PIECE_ID

Currencies = Mapping[str, str]


class CreateProduct:
    """Adds a product; without a unit it is counted by the piece, without a tax rate the shop's
    default applies. `currencies` are those the caller named, by field: only the shop's will do.
    """

    def __init__(self, work: CatalogWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, values: ProductValues, *, currencies: Currencies, actor: Actor
    ) -> ProductView:
        _may_set_cost(values, actor)
        async with self._work as work:
            references = await work.products.references(
                unit_id=values.get("unit_id", PIECE_ID),
                tax_rate_id=values.get("tax_rate_id"),
                category_id=values.get("category_id"),
                family_id=values.get("family_id"),
            )
            _check_references(references, values, currencies)
            _check_tax_rate(references)
            defaults: ProductValues = {
                "unit_id": PIECE_ID,
                "tax_rate_id": references.tax_rate_id,
            }

            product = Product.create(
                self._ids.new(ProductId), {**defaults, **values}, at=work.started_at
            )
            _check_quantities(product, references)
            await _check_barcodes(work, product)

            await work.products.add(product)
            work.track(product)
            work.audit(actor, "product.created", product.id, changes=_creation(product))
            await work.flush()
            view = ProductView.of(product, currency=references.currency)
            await work.commit(view)
            return view


class UpdateProduct:
    """Changes what is given and leaves the rest; stock is not a field of the product."""

    def __init__(self, work: CatalogWork) -> None:
        self._work = work

    async def __call__(
        self,
        identifier: ProductId,
        values: ProductValues,
        *,
        currencies: Currencies,
        expected: int,
        actor: Actor,
    ) -> ProductView:
        _may_set_cost(values, actor)
        async with self._work as work:
            product = await work.products.get(identifier)
            require_version(product, expected)
            references = await work.products.references(
                unit_id=values.get("unit_id", product.unit_id),
                tax_rate_id=values.get("tax_rate_id", product.tax_rate_id),
                category_id=values.get("category_id"),
                family_id=values.get("family_id"),
            )
            _check_references(references, values, currencies)

            changes = product.change(values, at=work.started_at)
            if "unit_id" in changes or "tracks_stock" in changes:
                await _check_history(work, product)
            if "tax_rate_id" in changes:
                _check_tax_rate(references)
            _check_quantities(product, references)
            if "barcodes" in changes:
                await _check_barcodes(work, product)
                await work.products.replace_barcodes(product)

            if changes:
                work.track(product)
                work.audit(actor, "product.updated", product.id, changes=_plain(changes))
            await work.flush()
            view = ProductView.of(product, currency=references.currency)
            await work.commit(view)
            return view


class SetProductActive:
    """Takes a product off sale or puts it back; doing so twice changes nothing."""

    def __init__(self, work: CatalogWork) -> None:
        self._work = work

    async def __call__(
        self, identifier: ProductId, *, active: bool, expected: int, actor: Actor
    ) -> ProductView:
        async with self._work as work:
            product = await work.products.get(identifier)
            require_version(product, expected)
            references = await work.products.references(
                unit_id=product.unit_id,
                tax_rate_id=product.tax_rate_id,
                category_id=None,
                family_id=None,
            )

            act = product.reactivate if active else product.deactivate
            changes = act(at=work.started_at)

            if changes:
                action = "product.reactivated" if active else "product.deactivated"
                work.track(product)
                work.audit(actor, action, product.id, changes=changes)
            await work.flush()
            view = ProductView.of(product, currency=references.currency)
            await work.commit(view)
            return view


def _may_set_cost(values: ProductValues, actor: Actor) -> None:
    if "cost" in values:
        actor.require(Permission.COST_READ)


def _check_references(
    references: References, values: ProductValues, currencies: Currencies
) -> None:
    for field, currency in currencies.items():
        if currency != references.currency:
            detail = f"The shop's prices are in {references.currency}, not in {currency}."
            error = FieldError(f"/{field}/currency", CurrencyMismatch.code, detail)
            raise CurrencyMismatch(detail, errors=(error,))
    category_id = values.get("category_id")
    if category_id is not None and not references.category_exists:
        raise UnknownReference.of("category_id", "category", category_id)
    family_id = values.get("family_id")
    if family_id is not None and not references.family_exists:
        raise UnknownReference.of("family_id", FamilyId.kind, family_id)
    if references.unit_decimals is None:
        raise UnknownReference.of("unit_id", "unit", values.get("unit_id"))
    if references.tax_rate_active is None:
        raise UnknownReference.of("tax_rate_id", "tax rate", values.get("tax_rate_id"))


def _check_tax_rate(references: References) -> None:
    if not references.tax_rate_active:
        raise InvalidValue.of("tax_rate_id", "the tax rate is not active", code="inactive")


def _check_quantities(product: Product, references: References) -> None:
    decimals = references.unit_decimals
    for field in ("reorder_point", "reorder_quantity"):
        quantity = getattr(product, field)
        if quantity is not None and decimals is not None and not quantity.fits(decimals):
            raise InvalidValue.of(field, f"the unit has {decimals} decimal places")


async def _check_history(work: CatalogWork, product: Product) -> None:
    if await work.products.has_movements(product.id):
        raise ProductHasHistory(
            "The unit and whether stock is kept are fixed by the first movement of the product."
        )


async def _check_barcodes(work: CatalogWork, product: Product) -> None:
    if not product.barcodes:
        return
    keys = [barcode.key for barcode in product.barcodes]
    owners = await work.products.barcode_owners(keys, besides=product.id)
    faults = [
        _taken(index, barcode, owners[barcode.key])
        for index, barcode in enumerate(product.barcodes)
        if barcode.key in owners
    ]
    if faults:
        raise AlreadyExists(faults[0].detail, errors=tuple(faults))


def _taken(index: int, barcode: Barcode, owner: BarcodeOwner) -> FieldError:
    return FieldError(
        f"/barcodes/{index}",
        AlreadyExists.code,
        f"Barcode {barcode.code} belongs to the product with SKU {owner.sku}.",
    )


def _creation(product: Product) -> Changes:
    fields = product.snapshot() | {"cost": product.cost}
    return {field: (None, value) for field, value in fields.items() if value not in (None, [], {})}


def _plain(changes: Changes) -> Changes:
    """Write barcodes as they were typed."""
    if "barcodes" not in changes:
        return changes
    before, after = (_codes(value) for value in changes["barcodes"])
    return changes | {"barcodes": (before, after)}


def _codes(barcodes: object) -> list[str]:
    return (
        [b.code for b in barcodes if isinstance(b, Barcode)] if isinstance(barcodes, tuple) else []
    )
