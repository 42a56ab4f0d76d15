"""Roles and what each may do: the one table of permissions."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks of its caller."""

    SHOP_READ = "shop.read"
    SHOP_WRITE = "shop.write"
    PERIODS_CLOSE = "periods.close"
    PERIODS_REOPEN = "periods.reopen"
    CATALOG_READ = "catalog.read"
    CATALOG_WRITE = "catalog.write"
    COST_READ = "cost.read"
    INVENTORY_READ = "inventory.read"
    INVENTORY_RECEIVE = "inventory.receive"
    INVENTORY_ADJUST = "inventory.adjust"
    INVENTORY_RESERVE = "inventory.reserve"
    INVENTORY_COUNT = "inventory.count"
    INVENTORY_COUNT_POST = "inventory.count_post"
    INVENTORY_TRANSFER = "inventory.transfer"
    INVENTORY_VERIFY = "inventory.verify"
    LOCATIONS_WRITE = "locations.write"
    SALES_READ = "sales.read"
    SALES_WRITE = "sales.write"
    SALES_VOID = "sales.void"
    SALES_OVERSELL = "sales.oversell"
    PARTIES_READ = "parties.read"
    PARTIES_WRITE = "parties.write"
    PARTIES_PERSONAL = "parties.personal"
    RETURNS_READ = "returns.read"
    RETURNS_WRITE = "returns.write"
    RETURNS_APPROVE = "returns.approve"
    RETURNS_RECEIVE = "returns.receive"
    RETURNS_REFUND = "returns.refund"
    RETURNS_REDUCE = "returns.reduce"
    RETURNS_FREE = "returns.free"
    PURCHASES_READ = "purchases.read"
    PURCHASES_WRITE = "purchases.write"
    PURCHASES_ORDER = "purchases.order"
    PURCHASES_RECEIVE = "purchases.receive"
    PURCHASES_RETURN = "purchases.return"
    IMPORTS_READ = "imports.read"
    IMPORTS_WRITE = "imports.write"
    REPORTS_READ = "reports.read"
    USERS_ADMIN = "users.admin"
    AUDIT_READ = "audit.read"


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    CASHIER = "cashier"
    CLERK = "clerk"
    VIEWER = "viewer"


_VIEWER = frozenset(
    {
        Permission.SHOP_READ,
        Permission.CATALOG_READ,
        Permission.INVENTORY_READ,
        Permission.SALES_READ,
        Permission.RETURNS_READ,
        Permission.REPORTS_READ,
    }
)
_CASHIER = _VIEWER | {
    Permission.INVENTORY_RESERVE,
    Permission.SALES_WRITE,
    Permission.SALES_OVERSELL,
    Permission.PARTIES_READ,
    Permission.RETURNS_WRITE,
    Permission.RETURNS_RECEIVE,
    Permission.RETURNS_REFUND,
}
_CLERK = _VIEWER | {
    Permission.CATALOG_WRITE,
    Permission.COST_READ,
    Permission.INVENTORY_RECEIVE,
    Permission.INVENTORY_ADJUST,
    Permission.INVENTORY_RESERVE,
    Permission.INVENTORY_COUNT,
    Permission.INVENTORY_TRANSFER,
    Permission.INVENTORY_VERIFY,
    Permission.PARTIES_READ,
    Permission.PARTIES_WRITE,
    Permission.RETURNS_RECEIVE,
    Permission.PURCHASES_READ,
    Permission.PURCHASES_WRITE,
    Permission.PURCHASES_RECEIVE,
    Permission.PURCHASES_RETURN,
    Permission.IMPORTS_READ,
    Permission.IMPORTS_WRITE,
}
_MANAGER = (
    _CASHIER
    | _CLERK
    | {
        Permission.SHOP_WRITE,
        Permission.PERIODS_CLOSE,
        Permission.LOCATIONS_WRITE,
        Permission.INVENTORY_COUNT_POST,
        Permission.SALES_VOID,
        Permission.RETURNS_APPROVE,
        Permission.RETURNS_REDUCE,
        Permission.RETURNS_FREE,
        Permission.PURCHASES_ORDER,
        Permission.AUDIT_READ,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: _MANAGER,
    Role.CASHIER: _CASHIER,
    Role.CLERK: _CLERK,
    Role.VIEWER: _VIEWER,
}
