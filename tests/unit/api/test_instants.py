"""Instants and days as they are sent: written out, never as figures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.api.v1.schemas.common import Instant
from app.api.v1.schemas.purchases import PurchaseLineIn
from app.api.v1.schemas.shop import ClosePeriodIn, ReopenPeriodIn

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize("text", ["2026-10-31T18:00:00Z", "2026-10-31 19:00+01:00"])
def test_an_instant_is_read_in_utc(text: str) -> None:
    assert INSTANT.validate_python(text) == datetime(2026, 10, 31, 18, tzinfo=UTC)


@pytest.mark.parametrize("figure", ["2026", "20261031", " 1700000000.5 ", 1700000000, 0.5, True])
def test_a_figure_is_no_instant(figure: object) -> None:
    with pytest.raises(ValidationError) as refused:
        INSTANT.validate_python(figure)

    [error] = refused.value.errors()
    assert error["type"] == "invalid_instant"
    assert error["msg"] == "Should be a day and time such as 2026-10-31T18:00:00Z"


@pytest.mark.parametrize("figure", ["0", 86400, "2026-10-31T00:00:00"])
@pytest.mark.parametrize(
    ("model", "body", "name"),
    [
        (ClosePeriodIn, {}, "through"),
        (ReopenPeriodIn, {"reason": "Late"}, "through"),
        (PurchaseLineIn, {"product_id": "0" * 26, "quantity": "1"}, "expected_on"),
    ],
)
def test_a_figure_or_an_instant_is_no_day(
    model: type[ClosePeriodIn], body: dict[str, object], name: str, figure: object
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body | {name: figure})

    assert [(error["loc"], error["type"]) for error in refused.value.errors()] == [
        ((name,), "invalid_day")
    ]
