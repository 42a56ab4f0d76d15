"""Movements as rows of the ledger and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from app.domain.common.identifiers import DocumentId
from app.domain.inventory.movement import DocumentKind, Movement, MovementKind
from app.infrastructure.db.tables.inventory import stock_movements


def movements_of(kind: DocumentKind, identifier: DocumentId) -> Select[Any]:
    """Select what a document moved, without what undid it, in the order in which it was written."""
    columns = stock_movements.c
    return (
        select(stock_movements)
        .where(
            columns.document_kind == kind.value,
            columns.document_id == identifier,
            columns.reverses_id.is_(None),
        )
        .order_by(columns.id)
    )


def movement_row(movement: Movement) -> dict[str, Any]:
    return {
        "id": movement.id,
        "product_id": movement.product_id,
        "source_id": movement.source,
        "target_id": movement.target,
        "quantity": movement.quantity,
        "kind": movement.kind.value,
        "reason": movement.reason,
        "value_minor": movement.value_minor,
        "document_kind": movement.document_kind.value,
        "document_id": movement.document_id,
        "line_id": movement.line_id,
        "generation": movement.generation,
        "reverses_id": movement.reverses,
        "user_id": movement.user_id,
        "occurred_at": movement.occurred_at,
        "recorded_at": movement.recorded_at,
    }


def read_movement(row: Mapping[str, Any]) -> Movement:
    return Movement(
        id=row["id"],
        product_id=row["product_id"],
        source=row["source_id"],
        target=row["target_id"],
        quantity=row["quantity"],
        kind=MovementKind(row["kind"]),
        reason=row["reason"],
        value_minor=row["value_minor"],
        document_kind=DocumentKind(row["document_kind"]),
        document_id=row["document_id"],
        line_id=row["line_id"],
        generation=row["generation"],
        reverses=row["reverses_id"],
        user_id=row["user_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )
