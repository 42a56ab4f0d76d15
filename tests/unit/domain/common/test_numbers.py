from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.common.numbers import DocumentNumber, posting_year


def test_reads_what_it_prints() -> None:
    number = DocumentNumber("S", 2026, 42)

    assert str(number) == "S-2026-000042"
    assert DocumentNumber.read("S-2026-000042") == number
    assert DocumentNumber.read(" s-2026-000042 ") == number
    assert DocumentNumber.read(str(DocumentNumber("S", 2026, 1_234_567))) == DocumentNumber(
        "S", 2026, 1_234_567
    )


@pytest.mark.parametrize(
    "text", ["", "42", "S-2026-42", "S-2026-0000042", "S-26-000042", "S-2026-٠٠٠٠٤٢"]
)
def test_anything_else_is_no_number(text: str) -> None:
    assert DocumentNumber.read(text) is None


def test_year_turns_at_midnight_of_the_shop() -> None:
    instant = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert posting_year(instant, time_zone="UTC") == 2026
    assert posting_year(instant, time_zone="Europe/Berlin") == 2027
    assert posting_year(instant, time_zone="America/New_York") == 2026
