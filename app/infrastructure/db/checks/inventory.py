"""Checks of stock: levels, values, documents and numbers against the ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.domain.inventory.document import SERIES
from app.domain.inventory.locations import VIRTUAL_IDS
from app.domain.inventory.movement import DocumentKind
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import (
    product_valuations,
    stock_document_lines,
    stock_documents,
    stock_levels,
    stock_movements,
)

_moved = stock_movements.c
_level = stock_levels.c
_valuation = product_valuations.c
_line = stock_document_lines.c
_ZERO = literal(0, BigInteger)
_COMES_IN = _moved.target_id.not_in(VIRTUAL_IDS)
_GOES_OUT = _moved.source_id.not_in(VIRTUAL_IDS)


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _levels() -> Select[Any]:
    """Set each level beside the sum of what moved in and out of its place."""
    parts = union_all(
        select(
            _moved.product_id,
            _moved.target_id.label("location_id"),
            _plain(_moved.quantity).label("moved"),
            _ZERO.label("held"),
        ).where(_COMES_IN),
        select(_moved.product_id, _moved.source_id, -_plain(_moved.quantity), _ZERO).where(
            _GOES_OUT
        ),
        select(_level.product_id, _level.location_id, _ZERO, _plain(_level.on_hand)),
    ).subquery("parts")
    moved, held = func.sum(parts.c.moved), func.sum(parts.c.held)
    return (
        select(
            parts.c.product_id,
            parts.c.location_id,
            moved.label("expected"),
            held.label("found"),
        )
        .group_by(parts.c.product_id, parts.c.location_id)
        .having(moved != held)
    )


def _valuations(moved: ColumnElement[int], held: ColumnElement[int]) -> Select[Any]:
    """Set what a product's valuation holds beside the sum over its movements."""
    change = case((_COMES_IN, moved), else_=_ZERO) - case((_GOES_OUT, moved), else_=_ZERO)
    parts = union_all(
        select(_moved.product_id, change.label("moved"), _ZERO.label("held")),
        select(_valuation.product_id, _ZERO, held),
    ).subquery("parts")
    expected, found = func.sum(parts.c.moved), func.sum(parts.c.held)
    return (
        select(parts.c.product_id, expected.label("expected"), found.label("found"))
        .group_by(parts.c.product_id)
        .having(expected != found)
    )


def _lines(moved: ColumnElement[int], written: ColumnElement[int]) -> Select[Any]:
    """Set each line of a stock document beside what moved for it."""
    total = func.coalesce(func.sum(moved), 0)
    return (
        select(
            _line.document_id,
            _line.id.label("line_id"),
            written.label("expected"),
            total.label("found"),
        )
        .join_from(
            stock_document_lines,
            stock_movements,
            and_(
                _moved.line_id == _line.id,
                _moved.document_id == _line.document_id,
                _moved.product_id == _line.product_id,
                # With the kind first, the unique index on effects answers this.
                _moved.document_kind
                == select(stock_documents.c.kind)
                .where(stock_documents.c.id == _line.document_id)
                .scalar_subquery(),
            ),
            isouter=True,
        )
        .group_by(_line.document_id, _line.id, written)
        .having(total != written)
    )


def orphans(kind: DocumentKind, line: Select[Any]) -> Select[Any]:
    """Select movements of a kind of document for which `line` finds no line of a document."""
    return select(
        _moved.id.label("movement_id"),
        literal(f"a line of a document of the kind {kind.value}").label("expected"),
        literal(None).label("found"),
    ).where(_moved.document_kind == kind.value, ~exists(line))


def _stock_line(kind: DocumentKind) -> Select[Any]:
    return select(_line.id).where(
        _line.id == _moved.line_id,
        _line.document_id == _moved.document_id,
        exists().where(
            stock_documents.c.id == _line.document_id, stock_documents.c.kind == kind.value
        ),
    )


def _wrong_reversals() -> Select[Any]:
    original = stock_movements.alias("original")
    return (
        select(
            _moved.id.label("movement_id"),
            _plain(original.c.quantity).label("expected"),
            _plain(_moved.quantity).label("found"),
        )
        .join_from(stock_movements, original, original.c.id == _moved.reverses_id)
        .where(
            or_(
                original.c.product_id != _moved.product_id,
                original.c.quantity != _moved.quantity,
                original.c.value_minor != _moved.value_minor,
                original.c.source_id != _moved.target_id,
                original.c.target_id != _moved.source_id,
            )
        )
    )


def _unaudited() -> Select[Any]:
    audited = exists().where(
        audit_log.c.object_id == stock_documents.c.id,
        audit_log.c.object_kind == stock_documents.c.kind,
    )
    return select(
        stock_documents.c.id.label("document_id"),
        literal("an audit row").label("expected"),
        literal(None).label("found"),
    ).where(~audited)


_SIGNED = case((_COMES_IN, _plain(_moved.quantity)), else_=-_plain(_moved.quantity))

INVENTORY_CHECKS = (
    Check(
        "stock_levels",
        "What a place holds is what moved in less what moved out.",
        _levels(),
        quantity,
    ),
    Check(
        "stock_levels_negative",
        "No place holds less than nothing.",
        select(
            _level.product_id,
            _level.location_id,
            _ZERO.label("expected"),
            _plain(_level.on_hand).label("found"),
        ).where(_plain(_level.on_hand) < 0),
        quantity,
    ),
    Check(
        "stock_levels_virtual",
        "Virtual locations have no level.",
        select(
            _level.product_id,
            _level.location_id,
            literal(None).label("expected"),
            _plain(_level.on_hand).label("found"),
        ).where(_level.location_id.in_(VIRTUAL_IDS)),
        quantity,
    ),
    Check(
        "valuation_quantities",
        "A product's valued quantity is what moved into the shop less what moved out.",
        _valuations(_plain(_moved.quantity), _plain(_valuation.quantity)),
        quantity,
    ),
    Check(
        "valuation_values",
        "A product's value is what came in less what went out, to the minor unit.",
        _valuations(_plain(_moved.value_minor), _plain(_valuation.value_minor)),
    ),
    Check(
        "valuation_of_nothing",
        "What is used up has no value, and no value is negative.",
        select(
            _valuation.product_id,
            _ZERO.label("expected"),
            _plain(_valuation.value_minor).label("found"),
        ).where(
            or_(
                and_(_plain(_valuation.quantity) <= 0, _valuation.value_minor != 0),
                _valuation.value_minor < 0,
            )
        ),
    ),
    Check(
        "untracked_products",
        "A product that keeps no stock has none.",
        select(
            _valuation.product_id,
            _ZERO.label("expected"),
            _plain(_valuation.quantity).label("found"),
        )
        .join_from(product_valuations, products, products.c.id == _valuation.product_id)
        .where(~products.c.tracks_stock, _plain(_valuation.quantity) != 0),
        quantity,
    ),
    Check(
        "reversals",
        "A movement that reverses another is its mirror image.",
        _wrong_reversals(),
        quantity,
    ),
    *(
        Check(
            f"orphan_movements_{kind.value}",
            f"Every movement of the kind {kind.value} has its document and line.",
            orphans(kind, _stock_line(kind)),
        )
        for kind in SERIES
    ),
    Check(
        "stock_document_quantities",
        "Every line of a stock document moved what it says.",
        _lines(_SIGNED, _line.change),
        quantity,
    ),
    Check(
        "stock_document_values",
        "Every line of a stock document carries the value of its movement.",
        _lines(_plain(_moved.value_minor), _line.value_minor),
    ),
    Check(
        "stock_document_numbers",
        "Stock documents are numbered without gaps.",
        gaps(stock_documents, SERIES.values()),
    ),
    Check(
        "stock_document_audit",
        "Every stock document has an audit row.",
        _unaudited(),
    ),
)
