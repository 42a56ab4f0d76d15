"""What a refusal of the database means: constraint name → error of the domain.

Rules are checked before anything is written; a constraint speaks up when two requests race.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from sqlalchemy import (
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from app.application.common.retry import TransactionAborted
from app.domain.common.errors import (
    AlreadyExists,
    Busy,
    DomainError,
    FieldError,
    HistoryIsKept,
    UnknownReference,
    VersionConflict,
)
from app.domain.inventory.document import DeliveryAlreadyReceived
from app.domain.inventory.movement import AlreadyApplied
from app.infrastructure.db.metadata import metadata

REFUSALS: Mapping[str, Callable[[], DomainError]] = {
    "uq_users_email_key": lambda: AlreadyExists.of("email", "Another user has this address."),
    "uq_locations_code": lambda: AlreadyExists.of("code", "Another location has this code."),
    "uq_stock_movements_effect": AlreadyApplied,
    "uq_stock_movements_reverses_id": AlreadyApplied,
    "uq_stock_documents_delivery": DeliveryAlreadyReceived,
    "uq_products_sku_key": lambda: AlreadyExists.of("sku", "Another product has this SKU."),
    "uq_products_external_id": lambda: AlreadyExists.of(
        "external_id", "Another product has this external id."
    ),
    "pk_product_barcodes": lambda: AlreadyExists.of(
        "barcodes", "Another product has one of these barcodes."
    ),
    "uq_categories_slug": lambda: AlreadyExists.of("slug", "Another category has this slug."),
    "uq_categories_path_key": lambda: AlreadyExists.of(
        "name", "There is a category of this name under the same parent."
    ),
    "uq_product_families_match_key": lambda: AlreadyExists.of(
        "key", "Another product family has this key."
    ),
    "fk_products_family_id": lambda: UnknownReference(
        "The product family was removed meanwhile.",
        errors=(FieldError("/family_id", UnknownReference.code, "It was removed meanwhile."),),
    ),
    "uq_sales_client_id": lambda: AlreadyExists.of(
        "client_id", "Another sale of the register has this client id."
    ),
    "uq_sales_client_number": lambda: AlreadyExists.of(
        "client_number", "Another sale of the register has this number."
    ),
    "uq_tax_rates_code": lambda: AlreadyExists.of("code", "Another tax rate has this code."),
    "uq_import_mappings_name_key": lambda: AlreadyExists.of(
        "name", "Another saved mapping has this name."
    ),
    "uq_units_code": lambda: AlreadyExists.of("code", "Another unit has this code."),
    "uq_suppliers_code_key": lambda: AlreadyExists.of("code", "Another supplier has this code."),
    "uq_suppliers_email_key": lambda: AlreadyExists.of(
        "email", "Another supplier has this e-mail address."
    ),
    "uq_suppliers_external_id": lambda: AlreadyExists.of(
        "external_id", "Another supplier has this external id."
    ),
    "uq_supplier_items_sku_key": lambda: AlreadyExists.of(
        "sku", "Another item of the supplier has this SKU."
    ),
    "uq_supplier_items_preferred": lambda: AlreadyExists.of(
        "preferred", "Another item of the product was preferred at the same time."
    ),
    "uq_customers_code_key": lambda: AlreadyExists.of("code", "Another customer has this code."),
    "uq_customers_email_key": lambda: AlreadyExists.of(
        "email", "Another customer has this e-mail address."
    ),
    "uq_customers_external_id": lambda: AlreadyExists.of(
        "external_id", "Another customer has this external id."
    ),
}

# What triggers say ahead of the name of their table.
TRIGGERS: Mapping[str, Callable[[], DomainError]] = {
    "append_only": HistoryIsKept,
    "applied_twice": AlreadyApplied,
}

_ABORTED = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_TOO_SLOW = {"55P03", "57014", "53300"}  # lock_not_available, query_canceled, too_many_connections
_TRIGGER = re.compile(r"\b(append_only|applied_twice): \w+")
_FAILED_COLUMNS = re.compile(r"UNIQUE constraint failed: (.+)")
_FAILED_CHECK = re.compile(r"CHECK constraint failed: (\w+)")
_FAILED_INDEX = re.compile(r"UNIQUE constraint failed: index '(\w+)'")


def translated(error: BaseException) -> DomainError | None:
    """Return the error of the domain that a database error stands for, None when it is a fault."""
    if isinstance(error, StaleDataError):
        return VersionConflict("It was changed or removed while this request was at work.")
    if isinstance(error, PoolTimeout | ConnectionError):
        return Busy("No database connection was to be had.")
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state in _ABORTED:
        return TransactionAborted()
    if state in _TOO_SLOW or error.connection_invalidated or _locked(error):
        return Busy()
    if isinstance(error, IntegrityError):
        if found := _TRIGGER.search(str(error.orig)):
            return TRIGGERS[found.group(1)]()
        refusal = REFUSALS.get(constraint_name(error) or "")
        return refusal() if refusal else None
    return None


def lock_timed_out(error: BaseException) -> bool:
    """Tell whether a statement waited in vain for a row that another transaction holds."""
    return isinstance(error, DBAPIError) and (
        getattr(error.orig, "sqlstate", None) == "55P03" or _locked(error)
    )


def constraint_name(error: IntegrityError) -> str | None:
    """Return the name of the violated constraint; SQLite names no foreign key."""
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if name is not None:
        return str(name)
    message = str(error.orig)
    if found := _FAILED_INDEX.search(message) or _FAILED_CHECK.search(message):
        return found.group(1)
    if found := _FAILED_COLUMNS.search(message):
        return _unique_names().get(found.group(1))
    return None


def _locked(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig)


@cache
def _unique_names() -> dict[str, str]:
    """Return unique constraints by their columns as SQLite writes them: `products.sku_key`."""
    names = {}
    for table in metadata.tables.values():
        for rule in _unique_rules(table):
            columns = ", ".join(f"{table.name}.{column.name}" for column in rule.columns)
            names[columns] = str(rule.name)
    return names


def _unique_rules(table: Table) -> Iterator[PrimaryKeyConstraint | UniqueConstraint | Index]:
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            yield constraint
    yield from (index for index in table.indexes if index.unique)
