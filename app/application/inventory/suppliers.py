"""Who delivers: suppliers that may be named, and delivery notes that count once."""

from __future__ import annotations

from app.application.inventory.ports import InventoryWork, Seller
from app.domain.common.errors import FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import SupplierId
from app.domain.inventory.document import DeliveryAlreadyReceived


class SupplierInactive(InvalidValue):
    """A new document names a supplier that is not bought from any more, or was merged."""

    code = "supplier_inactive"
    title = "The supplier is not active"


async def active_supplier(work: InventoryWork, supplier_id: SupplierId) -> Seller:
    """Return the supplier of a new document, as it is now."""
    seller = await work.stock_documents.seller(supplier_id)
    if seller is None:
        raise UnknownReference.of("supplier_id", SupplierId.kind, supplier_id)
    if not seller.active:
        merged = seller.merged_into_id
        detail = "is not active" if merged is None else f"was merged into {merged}"
        raise SupplierInactive(
            f"The supplier {supplier_id} {detail}.",
            errors=(FieldError("/supplier_id", SupplierInactive.code, detail),),
            extra={} if merged is None else {"merged_into_id": str(merged)},
        )
    return seller


async def check_delivery(
    work: InventoryWork, supplier_id: SupplierId | None, reference: str | None
) -> None:
    """Refuse a delivery note that was received before; two at once meet in the database."""
    if supplier_id is None or reference is None:
        return
    number = await work.stock_documents.delivery(supplier_id, reference)
    if number is not None:
        detail = f"The delivery {reference} was received as {number}."
        error = FieldError("/reference", DeliveryAlreadyReceived.code, detail)
        raise DeliveryAlreadyReceived(detail, errors=(error,), extra={"number": str(number)})
