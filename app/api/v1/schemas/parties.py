"""What is sent and shown of suppliers and customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import Field, StrictBool

from app.api.v1.schemas.audit import AuditOut
from app.api.v1.schemas.common import (
    ABSENT,
    CustomerIdField,
    MoneyOut,
    PercentField,
    SaleIdField,
    Schema,
    Sparse,
    SupplierIdField,
    absent,
    shown_percent,
)
from app.application.parties.queries import (
    CustomerFile,
    DuplicateGroup,
    PartyItem,
    PartyView,
    SaleOfCustomer,
)
from app.domain.auth.email import EMAIL_LENGTH
from app.domain.common.errors import InvalidValue
from app.domain.common.money import Money
from app.domain.parties import limits
from app.domain.parties.fields import PartyValues
from app.domain.parties.party import MatchKind
from app.domain.parties.people import Address, AddressKind, Contact, read_addresses, read_contacts
from app.domain.sales.sale import SaleStatus

Code = Annotated[str, Field(min_length=1, max_length=limits.CODE_LENGTH, examples=["CUS-0001"])]
Name = Annotated[str, Field(min_length=1, max_length=limits.NAME_LENGTH, examples=["Ann Shopper"])]
LegalName = Annotated[str, Field(max_length=limits.NAME_LENGTH)]
Email = Annotated[str, Field(max_length=EMAIL_LENGTH, examples=["ann@example.test"])]
Phone = Annotated[str, Field(max_length=limits.PHONE_LENGTH, examples=["+49 30 901820"])]
Website = Annotated[str, Field(max_length=limits.WEBSITE_LENGTH, examples=["shop.example.test"])]
TaxId = Annotated[str, Field(max_length=limits.TAX_ID_LENGTH, examples=["DE 123456789"])]
Language = Annotated[str, Field(max_length=limits.LANGUAGE_LENGTH, examples=["de"])]
Notes = Annotated[str, Field(max_length=limits.NOTES_LENGTH)]
ExternalId = Annotated[str, Field(max_length=limits.EXTERNAL_ID_LENGTH)]
Days = Annotated[int, Field(strict=True, ge=0, le=limits.NET_DAYS, examples=[30])]
MOST_MERGED = 50
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]


class ContactBody(Schema):
    """Someone to talk to; several may share an e-mail address."""

    name: Name
    role: Annotated[str, Field(max_length=limits.ROLE_LENGTH)] | None = None
    email: Email | None = None
    phone: Phone | None = None

    @classmethod
    def of(cls, contact: Contact) -> ContactBody:
        return cls(name=contact.name, role=contact.role, email=contact.email, phone=contact.phone)


class AddressBody(Schema):
    kind: AddressKind
    label: Annotated[str, Field(max_length=limits.LABEL_LENGTH)] | None = None
    lines: list[Annotated[str, Field(min_length=1, max_length=limits.ADDRESS_LINE_LENGTH)]] = Field(
        default=[], max_length=limits.ADDRESS_LINES, examples=[["Market Street 1"]]
    )
    postal_code: Annotated[str, Field(max_length=limits.POSTAL_CODE_LENGTH)] | None = None
    city: Annotated[str, Field(max_length=limits.CITY_LENGTH)] | None = None
    region: Annotated[str, Field(max_length=limits.REGION_LENGTH)] | None = None
    country: Annotated[str, Field(max_length=2, examples=["DE"])] | None = Field(
        default=None, description="Two letters of ISO 3166."
    )
    default: StrictBool = Field(
        default=False, description="The one of its kind that is taken unasked."
    )

    @classmethod
    def of(cls, address: Address) -> AddressBody:
        return cls(
            kind=address.kind,
            label=address.label,
            lines=list(address.lines),
            postal_code=address.postal_code,
            city=address.city,
            region=address.region,
            country=address.country,
            default=address.default,
        )


Contacts = Annotated[list[ContactBody], Field(max_length=limits.CONTACTS)]
Addresses = Annotated[list[AddressBody], Field(max_length=limits.ADDRESSES)]


class PaymentTermsBody(Schema):
    """When a bill is due, and what is taken off one that is paid early."""

    net_days: Days | None = None
    discount_percent: PercentField | None = None
    discount_days: Days | None = None


class CreditLimitIn(Schema):
    amount: str = Field(pattern=r"^\d{1,13}(\.\d{1,3})?$", examples=["500.00"])
    currency: CurrencyCode = Field(description="That of the shop.")

    def minor(self) -> int:
        try:
            return Money.parse(self.amount, self.currency).minor
        except InvalidValue as fault:
            raise InvalidValue.of("credit_limit/amount", fault.detail) from None


class PartyPatch(Sparse):
    """What is absent stays as it is; null clears what may be empty, lists are replaced whole."""

    code: Code = ABSENT
    name: Name = ABSENT
    legal_name: LegalName | None = None
    email: Email | None = None
    phone: Phone | None = None
    website: Website | None = None
    tax_id: TaxId | None = None
    language: Language | None = None
    notes: Notes | None = None
    payment_terms: PaymentTermsBody | None = None
    contacts: Contacts = absent("All of them, in place of the old ones.")
    addresses: Addresses = absent("All of them, in place of the old ones.")
    external_id: ExternalId | None = None

    def values(self) -> PartyValues:
        given = self.given()
        if "payment_terms" in given:
            terms = given.pop("payment_terms") or PaymentTermsBody()
            given["net_days"] = terms.net_days
            given["discount_ppm"] = terms.discount_percent
            given["discount_days"] = terms.discount_days
        if "contacts" in given:
            given["contacts"] = read_contacts([one.model_dump() for one in given["contacts"]])
        if "addresses" in given:
            given["addresses"] = read_addresses([one.model_dump() for one in given["addresses"]])
        return cast("PartyValues", given)

    def currencies(self) -> Mapping[str, str]:
        return {}


class SupplierPatch(PartyPatch):
    currency: CurrencyCode = absent("What the supplier's costs are in.")
    over_receipt_percent: PercentField | None = Field(
        default=None, description="May come beyond what is ordered; nothing if null."
    )

    def values(self) -> PartyValues:
        given: dict[str, Any] = {**super().values()}
        if "over_receipt_percent" in given:
            given["over_receipt_ppm"] = given.pop("over_receipt_percent")
        return cast("PartyValues", given)


class SupplierIn(SupplierPatch):
    name: Name
    code: Code = absent("The next of the series when absent.")
    currency: CurrencyCode = absent("What the supplier's costs are in; the shop's when absent.")


class CustomerPatch(PartyPatch):
    credit_limit: CreditLimitIn | None = Field(default=None, description="Null sets no limit.")

    def values(self) -> PartyValues:
        given: dict[str, Any] = {**super().values()}
        if "credit_limit" in given:
            limit: CreditLimitIn | None = given.pop("credit_limit")
            given["credit_limit_minor"] = None if limit is None else limit.minor()
        return cast("PartyValues", given)

    def currencies(self) -> Mapping[str, str]:
        limit = self.credit_limit
        return {} if limit is None else {"credit_limit": limit.currency}


class CustomerIn(CustomerPatch):
    name: Name
    code: Code = absent("The next of the series when absent.")


class _PartyItemOut(Schema):
    code: str
    name: str
    legal_name: str | None
    email: str | None
    phone: str | None
    website: str | None
    tax_id: str | None
    language: str | None
    payment_terms: PaymentTermsBody
    external_id: str | None
    active: bool = Field(description="Whether new documents may name it.")
    version: int
    created_at: datetime
    updated_at: datetime


class SupplierListedOut(_PartyItemOut):
    """A supplier as lists show it: all but notes, contacts and addresses."""

    id: SupplierIdField
    currency: str
    over_receipt_percent: PercentField | None
    merged_into: SupplierIdField | None = Field(description="The one to use instead.")

    @classmethod
    def of(cls, item: PartyItem) -> SupplierListedOut:
        return cls(**_shown(item), **_of_supplier(item))


class SupplierOut(SupplierListedOut):
    notes: str | None
    contacts: list[ContactBody]
    addresses: list[AddressBody]

    @classmethod
    def showing(cls, view: PartyView) -> SupplierOut:
        return cls(**_shown(view), **_of_supplier(view), **_parts(view))


class CustomerListedOut(_PartyItemOut):
    """A customer as lists show it: all but notes, contacts and addresses."""

    id: CustomerIdField
    credit_limit: MoneyOut | None
    merged_into: CustomerIdField | None = Field(description="The one to use instead.")
    anonymized_at: datetime | None = Field(description="Since when they are nobody any more.")

    @classmethod
    def of(cls, item: PartyItem) -> CustomerListedOut:
        return cls(**_shown(item), **_of_customer(item))


class CustomerOut(CustomerListedOut):
    notes: str | None
    contacts: list[ContactBody]
    addresses: list[AddressBody]

    @classmethod
    def showing(cls, view: PartyView) -> CustomerOut:
        return cls(**_shown(view), **_of_customer(view), **_parts(view))


class SupplierDuplicatesOut(Schema):
    """Suppliers that may be one."""

    by: MatchKind = Field(description="What they share.")
    count: int
    suppliers: list[SupplierListedOut] = Field(description="The oldest of them.")

    @classmethod
    def of(cls, group: DuplicateGroup) -> SupplierDuplicatesOut:
        shown = [SupplierListedOut.of(party) for party in group.parties]
        return cls(by=group.kind, count=group.count, suppliers=shown)


class SupplierMergeIn(Schema):
    others: list[SupplierIdField] = Field(
        alias="from", min_length=1, max_length=MOST_MERGED, description="Those that go into it."
    )


class SaleOfCustomerOut(Schema):
    id: SaleIdField
    number: str | None
    status: SaleStatus
    customer_name: str
    total: MoneyOut
    occurred_at: datetime

    @classmethod
    def of(cls, sale: SaleOfCustomer) -> SaleOfCustomerOut:
        return cls(
            id=sale.id,
            number=None if sale.number is None else str(sale.number),
            status=sale.status,
            customer_name=sale.customer_name,
            total=MoneyOut.of(sale.total),
            occurred_at=sale.occurred_at,
        )


class CustomerFileOut(Schema):
    """All that is stored about somebody, to be handed to them."""

    customer: CustomerOut
    merged: list[CustomerOut] = Field(description="Whom was merged into them.")
    sales: list[SaleOfCustomerOut]
    audit: list[AuditOut] = Field(description="What was done to these records, and by whom.")

    @classmethod
    def of(cls, found: CustomerFile) -> CustomerFileOut:
        return cls(
            customer=CustomerOut.showing(found.customer),
            merged=[CustomerOut.showing(view) for view in found.merged],
            sales=[SaleOfCustomerOut.of(sale) for sale in found.sales],
            audit=[AuditOut.of(entry) for entry in found.audit],
        )


class CustomerDuplicatesOut(Schema):
    """Customers that may be one."""

    by: MatchKind = Field(description="What they share.")
    count: int
    customers: list[CustomerListedOut] = Field(description="The oldest of them.")

    @classmethod
    def of(cls, group: DuplicateGroup) -> CustomerDuplicatesOut:
        shown = [CustomerListedOut.of(party) for party in group.parties]
        return cls(by=group.kind, count=group.count, customers=shown)


class CustomerMergeIn(Schema):
    others: list[CustomerIdField] = Field(
        alias="from", min_length=1, max_length=MOST_MERGED, description="Those that go into it."
    )


def _shown(item: PartyItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "code": item.code,
        "name": item.name,
        "legal_name": item.legal_name,
        "email": item.email,
        "phone": item.phone,
        "website": item.website,
        "tax_id": item.tax_id,
        "language": item.language,
        "payment_terms": PaymentTermsBody(
            net_days=item.net_days,
            discount_percent=shown_percent(item.discount_ppm),
            discount_days=item.discount_days,
        ),
        "external_id": item.external_id,
        "active": item.active,
        "merged_into": item.merged_into_id,
        "version": item.version,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def _parts(view: PartyView) -> dict[str, Any]:
    return {
        "notes": view.notes,
        "contacts": [ContactBody.of(contact) for contact in view.contacts],
        "addresses": [AddressBody.of(address) for address in view.addresses],
    }


def _of_supplier(item: PartyItem) -> dict[str, Any]:
    tolerance = shown_percent(item.over_receipt_ppm)
    return {"currency": item.currency, "over_receipt_percent": tolerance}


def _of_customer(item: PartyItem) -> dict[str, Any]:
    return {"credit_limit": _credit_limit(item), "anonymized_at": item.anonymized_at}


def _credit_limit(item: PartyItem) -> MoneyOut | None:
    if item.credit_limit_minor is None:
        return None
    return MoneyOut.of(Money(item.credit_limit_minor, item.currency))
