"""What the database says, in the terms of the model, read in as few statements as can be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.services import Services
from app.domain.common.identifiers import Ulid
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, SCRAP_ID
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.returns import returns
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.sound_books import Question
from tests.stateful.model import Shop

# One statement, each row marked with what it is: a step of the machine is paid in statements.
_PICTURE = """
    SELECT 'moved', product_id, source_id, target_id, quantity, 0, CAST(NULL AS BIGINT)
    FROM stock_movements
    UNION ALL
    SELECT 'level', product_id, location_id, NULL, on_hand, reserved, NULL FROM stock_levels
    UNION ALL
    SELECT 'holding', product_id, NULL, NULL, quantity, value_minor, NULL FROM product_valuations
    UNION ALL
    SELECT status, id, NULL, NULL, total_minor,
        version * 2 + (CASE WHEN needs_attention THEN 1 ELSE 0 END), sequence
    FROM sales
    UNION ALL
    SELECT 'kept', kept.sale_id, NULL, NULL, line.position, kept.remaining, NULL
    FROM stock_reservations AS kept JOIN sale_lines AS line ON line.id = kept.line_id
    WHERE kept.released_at IS NULL
    UNION ALL
    SELECT 'line', sale_id, NULL, NULL, position, 0, cost_minor FROM sale_lines
"""

# What was sold and neither undone nor brought back: in thousandths, and in cents.
_LEFT = """
    SELECT COALESCE(SUM(units), 0), COALESCE(SUM(total), 0) FROM (
        SELECT line.quantity AS units, line.total_minor AS total
        FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id
        WHERE sale.status = 'completed'
        UNION ALL
        SELECT -line.quantity, -line.total_minor
        FROM return_lines AS line JOIN returns AS back ON back.id = line.return_id
        LEFT JOIN sales AS sale ON sale.id = back.sale_id
        WHERE back.status = 'refunded' AND COALESCE(sale.status, 'completed') = 'completed'
    ) AS line
"""


@dataclass
class Picture:
    """All figures of a shop that is being compared; what is nothing is left out."""

    levels: dict[tuple[str, str], int] = field(default_factory=dict)
    holdings: dict[str, tuple[int, int]] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    movements: int = 0
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    kept_for: dict[tuple[str, int], int] = field(default_factory=dict)
    sales: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, shop: Shop) -> Picture:
        kept: Counter[tuple[str, str]] = Counter()
        for one in shop.kept.values():
            kept[one.product.id, one.place] += one.remaining
        return cls(
            levels={place: held for place, held in shop.levels.items() if held},
            holdings={p.id: (p.quantity, p.value) for p in shop.products.values() if p.quantity},
            drawn={product: drawn for product, drawn in shop.drawn.items() if drawn},
            movements=shop.movements,
            kept=dict(kept),
            kept_for={
                (one.sale.id, one.line): one.remaining
                for one in shop.kept.values()
                if one.sale is not None
            },
            sales={
                sale.id: (
                    sale.status,
                    sale.number,
                    sale.needs_attention,
                    sale.version,
                    sale.total,
                    sale.costs(),
                )
                for sale in shop.sales.values()
            },
        )

    def besides(self, wanted: Picture) -> dict[str, tuple[object, object]]:
        """Return the figures that differ, each as it is and as it should be."""
        mine, others = vars(self), vars(wanted)
        return {name: (mine[name], others[name]) for name in mine if mine[name] != others[name]}

    @classmethod
    def drawn_from(cls, rows: Sequence[Sequence[Any]]) -> Picture:
        picture, costs = cls(), defaultdict[str, dict[int, int | None]](dict)
        drawn: Counter[str] = Counter()
        for what, subject, source, target, figure, more, other in rows:
            key = _text(subject)
            match what:
                case "level" if figure:
                    picture.levels[key, _text(source)] = figure
                    if more:
                        picture.kept[key, _text(source)] = more
                case "holding" if figure or more:
                    picture.holdings[key] = (figure, more)
                case "moved":
                    picture.movements += 1
                    drawn[key] += figure * (_text(source) == str(DISCREPANCY_ID))
                    drawn[key] -= figure * (_text(target) == str(DISCREPANCY_ID))
                case "kept":
                    picture.kept_for[key, figure] = more
                case "line":
                    costs[key][figure] = other
                case "draft" | "confirmed" | "completed" | "voided":
                    version, needs_attention = divmod(more, 2)
                    header = (what, other, bool(needs_attention), version, figure)
                    picture.sales[key] = header
        picture.drawn = {product: count for product, count in drawn.items() if count}
        for key, header in picture.sales.items():
            in_order = [cost for _, cost in sorted(costs[key].items())]
            picture.sales[key] = (*header, in_order)
        return picture


@dataclass
class Books:
    services: Services
    connection: AsyncConnection
    question: Question

    async def findings(self) -> list[str]:
        found = await self.connection.exec_driver_sql(self.question.sql, self.question.values)
        if not any(found.one()):
            return []
        verification = await self.services.verifier.verify()
        return [
            f"{check.name}: {finding.subject}: {finding.expected}, not {finding.found}"
            for check in verification.checks
            for finding in check.findings
        ]

    async def left(self) -> tuple[int, int]:
        """Return units and money of all that was sold and stays so."""
        units, total = (await self.connection.exec_driver_sql(_LEFT)).one()
        return int(units), int(total)

    async def costs_of_what_is_gone(self) -> dict[str, int]:
        """Return what went to buyers less what came back from them and was kept, by product."""
        moved, to_buyers = stock_movements.c, stock_movements.c.target_id == CUSTOMER_ID
        from_buyers = and_(moved.source_id == CUSTOMER_ID, moved.target_id != SCRAP_ID)
        value = case((to_buyers, moved.value_minor), (from_buyers, -moved.value_minor), else_=0)
        posted = union_all(
            select(sales.c.id).where(sales.c.series.is_not(None)),
            select(returns.c.id).where(returns.c.series.is_not(None)),
        )
        query = (
            select(moved.product_id, func.sum(value))
            .where(moved.document_id.in_(posted))
            .group_by(moved.product_id)
        )
        rows = await self.connection.execute(query)
        return {str(product): int(cost) for product, cost in rows}

    async def picture(self) -> Picture:
        return Picture.drawn_from((await self.connection.exec_driver_sql(_PICTURE)).all())


def _text(identifier: bytes | UUID | None) -> str:
    if identifier is None:
        return ""
    if isinstance(identifier, bytes):
        return str(Ulid(bytes=identifier))
    return str(Ulid(int=identifier.int))
