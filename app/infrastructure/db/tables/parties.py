"""Tables of suppliers and customers, alike but for a few columns, and of what suppliers sell.

Contacts and addresses are JSON lists: they are read and written whole with their party, and what
parties are compared by across rows stands apart, in the tables of match keys. Text search reads a
trigram index on `search_text`, as that of products does, made by migration 0012.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.domain.auth.email import EMAIL_LENGTH
from app.domain.catalog.limits import BARCODE_LENGTH
from app.domain.common.identifiers import (
    CustomerId,
    PartyId,
    ProductId,
    SupplierId,
    SupplierItemId,
)
from app.domain.parties import limits
from app.domain.parties.people import Address, AddressKind, Contact
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.plain import plain
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime


class _PartsType(TypeDecorator[Any]):
    """A tuple of parts as a JSON list of objects."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else plain(value)


class ContactsType(_PartsType):
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Contact, ...]:
        return tuple(Contact(**part) for part in value)


class AddressesType(_PartsType):
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Address, ...]:
        return tuple(
            Address(**part | {"kind": AddressKind(part["kind"]), "lines": tuple(part["lines"])})
            for part in value
        )


def _parties(name: str, kind: type[PartyId], *special: SchemaItem) -> Table:
    return Table(
        name,
        metadata,
        Column("id", UlidType(kind), primary_key=True),
        Column("code", String(limits.CODE_LENGTH), nullable=False),
        Column("code_key", KeyText, nullable=False, unique=True),
        Column("name", String(limits.NAME_LENGTH), nullable=False),
        Column("name_folded", KeyText, nullable=False),
        Column("search_text", KeyText, nullable=False),
        Column("legal_name", String(limits.NAME_LENGTH)),
        Column("email", String(EMAIL_LENGTH)),
        Column("email_key", KeyText, unique=True),
        Column("phone", String(limits.PHONE_LENGTH)),
        Column("website", String(limits.WEBSITE_LENGTH)),
        Column("tax_id", String(limits.TAX_ID_LENGTH)),
        Column("language", String(limits.LANGUAGE_LENGTH)),
        Column("notes", Text),
        Column("net_days", Integer),
        Column("discount_ppm", Integer),
        Column("discount_days", Integer),
        Column("contacts", ContactsType, nullable=False),
        Column("addresses", AddressesType, nullable=False),
        Column("external_id", KeyText, unique=True),
        Column("active", Boolean, nullable=False),
        Column(
            "merged_into_id",
            UlidType(kind),
            ForeignKey(f"{name}.id", ondelete="RESTRICT"),
            index=True,
        ),
        Column("version", Integer, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
        CheckConstraint("net_days BETWEEN 0 AND 365", name="net_days"),
        CheckConstraint(
            "(discount_ppm IS NULL) = (discount_days IS NULL)"
            " AND discount_ppm BETWEEN 0 AND 1000000 AND discount_days BETWEEN 0 AND net_days",
            name="discount",
        ),
        CheckConstraint(
            "merged_into_id IS NULL OR (merged_into_id <> id AND NOT active AND email_key IS NULL)",
            name="merged",
        ),
        Index(f"ix_{name}_name_folded_id", "name_folded", "id"),
        Index(f"ix_{name}_created_at_id", "created_at", "id"),
        Index(f"ix_{name}_updated_at_id", "updated_at", "id"),
        Index(
            f"ix_{name}_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        *special,
    )


def _match_keys(parties: Table, kind: type[PartyId]) -> Table:
    """What parties may turn out to be one by; none of a merged one."""
    name = f"{parties.name.removesuffix('s')}_match_keys"
    return Table(
        name,
        metadata,
        Column("kind", KeyText, primary_key=True),
        Column("value", KeyText, primary_key=True),
        Column(
            "party_id",
            UlidType(kind),
            ForeignKey(parties.c.id, ondelete="RESTRICT"),
            primary_key=True,
            index=True,
        ),
        CheckConstraint("kind IN ('tax_id', 'phone', 'name_postal')", name="kind"),
    )


suppliers = _parties(
    "suppliers",
    SupplierId,
    Column("currency", String(3), nullable=False),
    Column("over_receipt_ppm", Integer),
    CheckConstraint("over_receipt_ppm BETWEEN 0 AND 1000000", name="over_receipt_ppm"),
)
customers = _parties(
    "customers",
    CustomerId,
    Column("credit_limit_minor", BigInteger),
    Column("anonymized_at", UtcDateTime),
    CheckConstraint("credit_limit_minor >= 0", name="credit_limit_minor"),
)
supplier_match_keys = _match_keys(suppliers, SupplierId)
customer_match_keys = _match_keys(customers, CustomerId)
supplier_items = Table(
    "supplier_items",
    metadata,
    Column("id", UlidType(SupplierItemId), primary_key=True),
    Column(
        "supplier_id",
        UlidType(SupplierId),
        ForeignKey(suppliers.c.id, ondelete="RESTRICT"),
        nullable=False,
    ),
    Column(
        "product_id",
        UlidType(ProductId),
        ForeignKey("products.id", ondelete="RESTRICT"),
        nullable=False,
    ),
    Column("sku", String(limits.SUPPLIER_SKU_LENGTH)),
    Column("sku_key", KeyText),
    Column("barcode", String(BARCODE_LENGTH)),
    Column("pack_size", QuantityType, nullable=False),
    Column("cost_micros", UnitPriceType),
    Column("lead_time_days", Integer),
    Column("minimum_order", QuantityType),
    Column("over_receipt_ppm", Integer),
    Column("preferred", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("supplier_id", "sku_key", name="uq_supplier_items_sku_key"),
    CheckConstraint("pack_size > 0", name="pack_size"),
    CheckConstraint("minimum_order > 0", name="minimum_order"),
    CheckConstraint("cost_micros >= 0", name="cost_micros"),
    CheckConstraint("lead_time_days >= 0", name="lead_time_days"),
    CheckConstraint("over_receipt_ppm BETWEEN 0 AND 1000000", name="over_receipt_ppm"),
    Index("ix_supplier_items_supplier_id_id", "supplier_id", "id"),
    Index("ix_supplier_items_product_id_id", "product_id", "id"),
    # One supplier of a product is preferred, whatever two requests do at once.
    Index(
        "uq_supplier_items_preferred",
        "product_id",
        unique=True,
        postgresql_where=text("preferred"),
        sqlite_where=text("preferred"),
    ),
)
