"""Tables of the shop: the shop itself, tax rates and units."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, String, Table

from app.domain.common.identifiers import ShopId, TaxRateId, UnitId
from app.domain.shop import shop as shop_rules
from app.domain.shop import tax_rate as tax_rules
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import UlidType

tax_rates = Table(
    "tax_rates",
    metadata,
    Column("id", UlidType(TaxRateId), primary_key=True),
    Column("code", KeyText, nullable=False, unique=True),
    Column("name", String(tax_rules.NAME_LENGTH), nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("rate_ppm BETWEEN 0 AND 1000000", name="rate_ppm"),
)

shop = Table(
    "shop",
    metadata,
    Column("id", UlidType(ShopId), primary_key=True),
    Column("name", String(shop_rules.NAME_LENGTH), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("prices_include_tax", Boolean, nullable=False),
    Column("default_tax_rate_id", UlidType(TaxRateId), ForeignKey(tax_rates.c.id), nullable=False),
    Column("closed_through", Date),
    Column("version", Integer, nullable=False),
)

units = Table(
    "units",
    metadata,
    Column("id", UlidType(UnitId), primary_key=True),
    Column("code", KeyText, nullable=False, unique=True),
    Column("name", String(unit_rules.NAME_LENGTH), nullable=False),
    Column("decimals", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals"),
)
