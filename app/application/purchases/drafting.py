"""Turn what was asked into lines of an order, with what the supplier's items say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.application.inventory.ports import Seller
from app.application.purchases.commands import AskedPurchaseLine
from app.application.purchases.ports import PurchasesWork, SoldBy
from app.domain.common.errors import FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import IdSource, LineId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.text import clean_line, clean_text, key
from app.domain.inventory.document import StockedItem
from app.domain.parties.limits import SUPPLIER_SKU_LENGTH
from app.domain.purchases.line import PurchaseLine
from app.domain.purchases.order import NOTE_LENGTH, REASON_LENGTH, REFERENCE_LENGTH
from app.domain.purchases.terms import ONE, Measure


async def draft_lines(
    work: PurchasesWork, asked: Sequence[AskedPurchaseLine], *, seller: Seller, ids: IdSource
) -> tuple[PurchaseLine, ...]:
    """Return the lines; those of products that do not exist are refused, all in one error."""
    products = {line.product_id for line in asked}
    items = await work.stock_documents.items(products)
    _check_known(asked, items)
    sold = await work.purchases.sold_by(seller.id, products)
    return tuple(
        _line(line, index, items[line.product_id], sold.get(line.product_id, ()), seller, ids)
        for index, line in enumerate(asked)
    )


def clean_reference(text: str | None) -> str | None:
    return None if text is None else clean_line(text, field="reference", most=REFERENCE_LENGTH)


def clean_reason(text: str | None) -> str | None:
    return None if text is None else clean_line(text, field="reason", most=REASON_LENGTH)


def clean_note(text: str | None) -> str | None:
    return None if text is None else clean_text(text, field="note", most=NOTE_LENGTH) or None


def _check_known(
    asked: Sequence[AskedPurchaseLine], items: Mapping[ProductId, StockedItem]
) -> None:
    faults = tuple(
        FieldError(
            f"/lines/{index}/product_id",
            UnknownReference.code,
            f"There is no product {line.product_id}.",
        )
        for index, line in enumerate(asked)
        if line.product_id not in items
    )
    if faults:
        raise UnknownReference(" ".join(fault.detail for fault in faults), errors=faults)


def _line(
    asked: AskedPurchaseLine,
    index: int,
    item: StockedItem,
    sold: Sequence[SoldBy],
    seller: Seller,
    ids: IdSource,
) -> PurchaseLine:
    sku = asked.supplier_sku
    if sku is not None:
        sku = clean_line(sku, field=f"lines/{index}/supplier_sku", most=SUPPLIER_SKU_LENGTH)
    offered = _offered(sold, sku)
    pack = asked.pack_size
    if pack is None and offered is not None:
        pack = offered.pack_size
    if pack is None and asked.measure is Measure.PACK:
        detail = "is not known from what the supplier sells"
        raise InvalidValue.of(f"lines/{index}/pack_size", detail, code="missing")
    tolerance = seller.over_receipt_ppm
    if offered is not None and offered.over_receipt_ppm is not None:
        tolerance = offered.over_receipt_ppm
    return PurchaseLine(
        id=ids.new(LineId),
        item=item,
        supplier_sku=sku or (offered.sku if offered else None),
        measure=asked.measure,
        pack_size=ONE if pack is None else pack,
        quantity=asked.quantity,
        cost=_cost(asked, offered),
        expected_on=asked.expected_on,
        tolerance_ppm=tolerance or 0,
    )


def _offered(sold: Sequence[SoldBy], sku: str | None) -> SoldBy | None:
    """Return the item that has the SKU, or without one the first."""
    if sku is None:
        return sold[0] if sold else None
    return next((one for one in sold if one.sku is not None and key(one.sku) == key(sku)), None)


def _cost(asked: AskedPurchaseLine, offered: SoldBy | None) -> UnitPrice | None:
    """A cost of the supplier is that of its pack, so it counts only where such a one is meant."""
    if asked.cost is not None or offered is None:
        return asked.cost
    if asked.measure is Measure.PACK:
        same = asked.pack_size in (None, offered.pack_size)
    else:
        same = offered.pack_size == ONE
    return offered.cost if same else None
