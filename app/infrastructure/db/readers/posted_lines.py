"""Lines of posted documents, as reports sum them: sold, voided and given back.

Each counts at the instant at which it was posted, and that never changes: a void counts when it
was made, not when its sale was, so that what a period came to stays what it was. A void undoes what
returns left of its sale: together they are the sale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Label,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from app.application.reports.queries import Figures, Sums, Within
from app.domain.common.identifiers import ProductId
from app.domain.returns.line import Disposition
from app.infrastructure.db.tables.returns import return_lines, returns
from app.infrastructure.db.tables.sales import sale_lines, sales

SALE_POSTED_AT = sales.c.posted_at
RETURN_POSTED_AT = returns.c.posted_at
# Only what counts in the open period is voided, and the present is never closed.
VOID_POSTED_AT = sales.c.voided_at

NAMES = tuple(field.name for field in fields(Sums))
_NONE = literal(0, BigInteger)
_sold, _back = sale_lines.c, return_lines.c
_KEPT = (Disposition.RESTOCK.value, Disposition.QUARANTINE.value)


@dataclass(frozen=True)
class Part:
    """One kind of posted document, with its lines and what each of them counts for."""

    name: str
    header: Table
    lines: Table
    link: ColumnElement[bool]
    at: ColumnElement[Any]
    is_posted: ColumnElement[bool]
    figures: Mapping[str, ColumnElement[int]]

    def counts(self, within: Within) -> ColumnElement[bool]:
        """Tell whether a document was posted where and when it is asked for."""
        conditions = [
            self.at >= within.span.since,
            self.at < within.span.until,
            self.is_posted,
            self.header.c.currency == within.currency,
        ]
        if within.location_id is not None:
            conditions.append(self.header.c.location_id == within.location_id)
        return and_(*conditions)


def _figures(
    lines: Table, *, gross: Any, discount: Any, cost: Any
) -> Mapping[str, ColumnElement[int]]:
    columns = lines.c
    return {
        "units": type_coerce(columns.quantity, BigInteger),
        "gross": gross,
        "discount": discount,
        "net": columns.net_minor,
        "tax": columns.tax_minor,
        "total": columns.total_minor,
        "cost": func.coalesce(cost, 0),
        "uncosted_net": case((columns.cost_minor.is_(None), columns.net_minor), else_=0),
    }


def _left(name: str) -> ColumnElement[int]:
    """Return what returns left of a figure of a line that was sold."""
    figure = type_coerce(_back[name], BigInteger)
    given_back = (
        select(cast(func.coalesce(func.sum(figure), 0), BigInteger))
        .join_from(returns, return_lines, _back.return_id == returns.c.id)
        .where(_back.sale_line_id == _sold.id, returns.c.series.is_not(None))
        .correlate(sale_lines)
        .scalar_subquery()
    )
    return type_coerce(_sold[name], BigInteger) - given_back


_discount = _sold.discount_minor + _sold.allotted_minor
SOLD = Part(
    "sold",
    sales,
    sale_lines,
    _sold.sale_id == sales.c.id,
    SALE_POSTED_AT,
    sales.c.series.is_not(None),
    _figures(sale_lines, gross=_sold.full_minor, discount=_discount, cost=_sold.cost_minor),
)
VOIDED = Part(
    "voided",
    sales,
    sale_lines,
    _sold.sale_id == sales.c.id,
    VOID_POSTED_AT,
    and_(sales.c.series.is_not(None), sales.c.voided_at.is_not(None)),
    {
        "units": _left("quantity"),
        "gross": _NONE,
        "discount": _NONE,
        **{name: _left(f"{name}_minor") for name in ("net", "tax", "total")},
        # What stayed away is lost, and its cost stays.
        "cost": func.coalesce(
            case((sales.c.goods_back.is_not(False), _left("cost_minor")), else_=0), 0
        ),
        "uncosted_net": case((_sold.cost_minor.is_(None), _left("net_minor")), else_=0),
    },
)
RETURNED = Part(
    "returned",
    returns,
    return_lines,
    _back.return_id == returns.c.id,
    RETURN_POSTED_AT,
    returns.c.series.is_not(None),
    _figures(
        return_lines,
        gross=_NONE,
        discount=_NONE,
        cost=case((_back.disposition.in_(_KEPT), _back.cost_minor), else_=0),
    ),
)
PARTS = (SOLD, VOIDED, RETURNED)

Keys = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True)
class Grouping:
    """By what the lines of each part are summed; `joined` is what that needs beside the lines."""

    keys: Mapping[str, Keys]
    joined: Sequence[tuple[FromClause, Mapping[str, ColumnElement[bool]]]] = ()


BY_PRODUCT = Grouping({part.name: {"product_id": part.lines.c.product_id} for part in PARTS})


def summed(
    within: Within, grouping: Grouping, *, products: Sequence[ProductId] | None = None
) -> Select[Any]:
    """Select the keys with the sums of every part, `sold_net` and so on, for all that has lines.

    `products` leaves only lines of those.
    """
    parts = [_of_part(part, within, grouping) for part in PARTS]
    if products is not None:
        parts = [
            query.where(part.lines.c.product_id.in_(products))
            for part, query in zip(PARTS, parts, strict=True)
        ]
    return _together(parts)


def summed_by_span(within: Within, spans: CTE) -> Select[Any]:
    """Do the same for each span, which reads its own piece of the index on the instants."""
    return _together([_of_spans(part, within, spans) for part in PARTS])


def read_figures(row: Mapping[str, Any]) -> Figures:
    sold, voided, returned = (
        Sums(**{name: int(row[f"{part.name}_{name}"] or 0) for name in NAMES}) for part in PARTS
    )
    return Figures(sold=sold, voided=voided, returned=returned)


def _of_part(part: Part, within: Within, grouping: Grouping) -> Select[Any]:
    keys = grouping.keys[part.name]
    query = select(*(column.label(name) for name, column in keys.items()), *_sums(part))
    query = query.select_from(part.header).join(part.lines, part.link)
    for table, conditions in grouping.joined:
        query = query.join(table, conditions[part.name], isouter=True)
    return query.where(part.counts(within)).group_by(*keys.values())


def _of_spans(part: Part, within: Within, spans: CTE) -> Select[Any]:
    # What holds of them all is said as well: it tells the planner how few a span has.
    posted = and_(part.counts(within), part.at >= spans.c.since, part.at < spans.c.until)
    # An outer join for its order as well: the spans are few, and each looks into the index.
    return (
        select(spans.c.position.label("position"), *_sums(part))
        .select_from(spans)
        .join(part.header, posted, isouter=True)
        .join(part.lines, part.link, isouter=True)
        .group_by(spans.c.position)
    )


def _sums(part: Part) -> Iterator[Label[Any]]:
    yield literal(part.name).label("part")
    yield func.count(part.header.c.id.distinct()).label("documents")
    for name, figure in part.figures.items():
        yield cast(func.sum(figure), BigInteger).label(name)


def _together(parts: Sequence[Select[Any]]) -> Select[Any]:
    """Put the parts beside one another, a row for each key that any of them has."""
    lines = union_all(*parts).subquery("lines")
    keys = [column for column in lines.c if column.name not in ("part", *NAMES)]
    sums = [
        cast(
            func.coalesce(func.sum(case((lines.c.part == part.name, lines.c[name]), else_=0)), 0),
            BigInteger,
        ).label(f"{part.name}_{name}")
        for part in PARTS
        for name in NAMES
    ]
    return select(*keys, *sums).group_by(*keys)
