"""Map categories, families and products onto their tables.

A product's barcodes are no mapped collection: the repository reads them with the product in one
statement and writes them as a set.
"""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.catalog.category import Category
from app.domain.catalog.family import Family
from app.domain.catalog.product import Product
from app.infrastructure.db.tables.catalog import categories, product_families, products


def map_catalog(mapper: registry) -> None:
    mapper.map_imperatively(Category, categories, version_id_col=categories.c.version)
    mapper.map_imperatively(Family, product_families, version_id_col=product_families.c.version)
    mapper.map_imperatively(
        Product,
        products,
        version_id_col=products.c.version,
        properties={"price": products.c.price_micros, "cost": products.c.cost_micros},
    )
