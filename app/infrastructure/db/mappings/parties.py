"""Map suppliers with their items, and customers, onto their tables.

Their match keys are no mapped collection: the repository writes them as a set.
"""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.parties.customer import Customer
from app.domain.parties.item import SupplierItem
from app.domain.parties.supplier import Supplier
from app.infrastructure.db.tables.parties import customers, supplier_items, suppliers


def map_parties(mapper: registry) -> None:
    mapper.map_imperatively(Supplier, suppliers, version_id_col=suppliers.c.version)
    mapper.map_imperatively(Customer, customers, version_id_col=customers.c.version)
    mapper.map_imperatively(
        SupplierItem,
        supplier_items,
        version_id_col=supplier_items.c.version,
        properties={"cost": supplier_items.c.cost_micros},
    )
