"""The shop's settings, tax rates and units."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.common.currencies import UnknownCurrency
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import TaxRateId, UnitId
from app.domain.shop.books import Books, PeriodClosed
from app.domain.shop.shop import (
    SHOP_ID,
    BooksClosed,
    BooksReopened,
    PeriodClosedAlready,
    PeriodNotClosed,
    Shop,
    ShopUpdated,
)
from app.domain.shop.tax_rate import TaxRate, parse_percent, percent_text
from app.domain.shop.unit import Unit

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def shop() -> Shop:
    return Shop(
        id=SHOP_ID,
        name="Corner shop",
        currency="EUR",
        time_zone="UTC",
        prices_include_tax=True,
        default_tax_rate_id=TaxRateId(int=1),
    )


class TestShop:
    def test_says_what_differs(self) -> None:
        corner = shop()

        changes = corner.change({"name": "Corner shop", "time_zone": "Europe/Berlin"}, at=NOON)

        assert changes == {"time_zone": ("UTC", "Europe/Berlin")}
        [event] = corner.take_events()
        assert isinstance(event, ShopUpdated)
        assert event.shop["time_zone"] == "Europe/Berlin"

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe", "a\x00b"])
    def test_refuses_an_unknown_time_zone(self, zone: str) -> None:
        with pytest.raises(InvalidValue) as refused:
            shop().change({"time_zone": zone}, at=NOON)

        assert refused.value.errors[0].pointer == "/time_zone"

    @pytest.mark.parametrize("currency", ["XXX", "eur", ""])  # XXX: ISO 4217 for "no currency"
    def test_refuses_an_unknown_currency(self, currency: str) -> None:
        with pytest.raises(UnknownCurrency) as refused:
            shop().change({"currency": currency}, at=NOON)

        assert refused.value.errors[0].pointer == "/currency"


class TestPeriods:
    def test_a_day_that_is_over_is_closed(self) -> None:
        corner = shop()

        assert corner.close_period(date(2026, 11, 24), at=NOON) == {
            "closed_through": (None, "2026-11-24")
        }
        assert corner.close_period(date(2026, 11, 24), at=NOON) == {}

        assert corner.books == Books(time_zone="UTC", closed_through=date(2026, 11, 24))
        assert corner.take_events() == [BooksClosed(subject=SHOP_ID, closed_through="2026-11-24")]

    def test_today_on_the_calendar_of_the_shop_is_not_over(self) -> None:
        corner = shop()
        with pytest.raises(InvalidValue) as refused:
            corner.close_period(date(2026, 11, 25), at=NOON)
        assert refused.value.errors[0].pointer == "/through"

        corner.time_zone = "Pacific/Kiritimati"  # there it is tomorrow already
        corner.close_period(date(2026, 11, 25), at=NOON)

        assert corner.closed_through == date(2026, 11, 25)

    def test_closing_goes_forward_and_reopening_back(self) -> None:
        corner = shop()
        corner.close_period(date(2026, 10, 31), at=NOON)
        corner.take_events()

        with pytest.raises(PeriodClosedAlready):
            corner.close_period(date(2026, 10, 30), at=NOON)
        with pytest.raises(PeriodNotClosed):
            corner.reopen_period(date(2026, 11, 1))
        assert corner.reopen_period(date(2026, 10, 31)) == {}
        assert corner.take_events() == []
        assert corner.reopen_period(date(2026, 9, 30)) == {
            "closed_through": ("2026-10-31", "2026-09-30")
        }
        assert corner.reopen_period(None) == {"closed_through": ("2026-09-30", None)}
        assert corner.reopen_period(None) == {}

        assert corner.take_events() == [
            BooksReopened(subject=SHOP_ID, closed_through="2026-09-30"),
            BooksReopened(subject=SHOP_ID, closed_through=None),
        ]

    def test_a_zone_in_which_today_is_closed_is_refused(self) -> None:
        corner = shop()
        corner.time_zone = "Pacific/Kiritimati"
        corner.close_period(date(2026, 11, 25), at=NOON)

        with pytest.raises(PeriodClosed) as refused:
            corner.change({"time_zone": "UTC"}, at=NOON)

        assert refused.value.errors[0].pointer == "/time_zone"
        assert corner.time_zone == "Pacific/Kiritimati"


class TestPercent:
    @pytest.mark.parametrize(
        ("text", "ppm", "printed"),
        [
            ("19", 190_000, "19.00"),
            ("8.875", 88_750, "8.875"),
            ("0", 0, "0.00"),
            ("100", 1_000_000, "100.00"),
            ("0.0001", 1, "0.0001"),
        ],
    )
    def test_is_exact(self, text: str, ppm: int, printed: str) -> None:
        assert parse_percent(text) == ppm
        assert percent_text(ppm) == printed

    @pytest.mark.parametrize("text", ["100.0001", "-1", "1,5", "0.00001", "", "1e2"])
    def test_refuses_the_rest(self, text: str) -> None:
        with pytest.raises(InvalidValue):
            parse_percent(text)


@pytest.mark.parametrize("code", ["", "Standard", "a b", "-a", "x" * 33])
def test_a_tax_rate_has_a_plain_code(code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        TaxRate.create(TaxRateId(int=2), code=code, name="Name", rate_ppm=1)

    assert refused.value.errors[0].pointer == "/code"


class TestUnit:
    @pytest.mark.parametrize("decimals", [-1, 4])
    def test_has_up_to_three_decimals(self, decimals: int) -> None:
        with pytest.raises(InvalidValue) as refused:
            Unit.create(UnitId(int=20), code="box", name="Box", decimals=decimals)

        assert refused.value.errors[0].pointer == "/decimals"

    def test_is_renamed_once(self) -> None:
        unit = Unit.create(UnitId(int=20), code="box", name="Box", decimals=0)
        unit.take_events()

        assert unit.rename("Carton") == {"name": ("Box", "Carton")}
        assert unit.rename("Carton") == {}
        assert len(unit.take_events()) == 1
