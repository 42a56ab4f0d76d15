"""Map the shop, tax rates and units onto their tables."""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.shop.shop import Shop
from app.domain.shop.tax_rate import TaxRate
from app.domain.shop.unit import Unit
from app.infrastructure.db.tables.shop import shop, tax_rates, units


def map_shop(mapper: registry) -> None:
    mapper.map_imperatively(Shop, shop, version_id_col=shop.c.version)
    mapper.map_imperatively(TaxRate, tax_rates, version_id_col=tax_rates.c.version)
    mapper.map_imperatively(Unit, units, version_id_col=units.c.version)
