"""Whatever comes in whatever parts: no more than may, and worth what was agreed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockedItem
from app.domain.purchases.line import NOTHING, PurchaseLine
from app.domain.purchases.receiving import Arrival, OverReceipt, Valuation, receive_lines
from app.domain.purchases.supplier_return import ReceiptLine
from app.domain.purchases.terms import NANOS, PAR, Cost, ExchangeRate, Measure, in_units

TEA = StockedItem(
    product_id=ProductId(int=1),
    sku="TEA",
    name="Tea",
    unit_code="piece",
    unit_decimals=0,
    tracks_stock=True,
)
LINE = LineId(int=1)
parts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12).map(
    lambda found: [part for part in found if sum(part)] or [(1, 0)]
)
micros = st.integers(0, 10**9)
rates = st.integers(1, 3 * NANOS).map(ExchangeRate)


def rounded(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def line(packs: int, pack: int, cost: int, *, tolerance_ppm: int = 0) -> PurchaseLine:
    return PurchaseLine(
        id=LINE,
        item=TEA,
        supplier_sku=None,
        measure=Measure.PACK,
        pack_size=Quantity.of(pack),
        quantity=Quantity.of(packs),
        cost=UnitPrice(cost),
        expected_on=None,
        tolerance_ppm=tolerance_ppm,
    )


def arrival(accepted: int, rejected: int, *, number: int = 1) -> Arrival:
    return Arrival(
        line_id=LINE,
        accepted=Quantity.of(accepted),
        rejected=Quantity.of(rejected),
        measure=Measure.UNIT,
        accepted_id=LineId(int=2 * number),
        rejected_id=LineId(int=2 * number + 1),
    )


@given(parts=parts, pack=st.integers(1, 24), cost=micros, rate=rates)
def test_parts_are_worth_the_whole_in_both_currencies(
    parts: list[tuple[int, int]], pack: int, cost: int, rate: ExchangeRate
) -> None:
    pieces = sum(accepted + rejected for accepted, rejected in parts)
    now: tuple[PurchaseLine, ...] = (line(-(-pieces // pack), pack, cost),)
    terms = Valuation(currency="USD", shop_currency="JPY", rate=rate, agreed=rate)
    values, shop_values = [], []

    for accepted, rejected in parts:
        now, received = receive_lines(now, [arrival(accepted, rejected)], terms)
        values += [part.value_minor for part in received]
        shop_values += [part.shop_value_minor for part in received]

    exact = Fraction(cost, 10**6) * pieces / pack
    assert sum(values) == rounded(exact * 100)
    assert sum(shop_values) == rounded(exact * Fraction(rate.nanos, NANOS))
    assert min(values + shop_values) >= 0
    assert now[0].received == Quantity.of(pieces)
    assert now[0].rejected == Quantity.of(sum(rejected for _, rejected in parts))


@given(
    packs=st.integers(1, 50),
    pack=st.integers(1, 24),
    tolerance=st.integers(0, 1_000_000),
    parts=parts,
)
def test_no_more_comes_than_was_ordered_and_tolerated(
    packs: int, pack: int, tolerance: int, parts: list[tuple[int, int]]
) -> None:
    now: tuple[PurchaseLine, ...] = (line(packs, pack, 1, tolerance_ppm=tolerance),)
    terms = Valuation(currency="EUR", shop_currency="EUR", rate=PAR, agreed=PAR)
    most = int(Fraction(packs * pack) * (1 + Fraction(tolerance, 10**6)))
    came = 0

    for accepted, rejected in parts:
        if came + accepted + rejected > most:
            with pytest.raises(OverReceipt) as refused:
                receive_lines(now, [arrival(accepted, rejected)], terms)
            told = refused.value.extra["lines"]
            left = str(Quantity.of(most - came))
            asked = str(Quantity.of(accepted + rejected))
            assert told == [{"line_id": str(LINE), "requested": asked, "receivable": left}]
        else:
            now, _ = receive_lines(now, [arrival(accepted, rejected)], terms)
            came += accepted + rejected

    assert now[0].received == Quantity.of(came)
    assert now[0].missing == Quantity.of(max(packs * pack - came, 0))


@given(
    quantity=st.integers(1, 60),
    parts=st.lists(st.integers(1, 9), min_size=1, max_size=9),
    value=st.integers(0, 10**6),
    shop_value=st.integers(0, 10**6),
)
def test_what_goes_back_in_parts_is_credited_whole(
    quantity: int, parts: list[int], value: int, shop_value: int
) -> None:
    received = ReceiptLine(
        id=LINE,
        purchase_line_id=LINE,
        item=TEA,
        location_id=LocationId(int=1),
        quantity=Quantity.of(quantity),
        returned=NOTHING,
        value_minor=value,
        shop_value_minor=shop_value,
    )
    whole = Quantity.of(quantity)
    given_back: list[tuple[int, int]] = []
    for part in [*parts, quantity]:
        back = Quantity(min(Quantity.of(part).thousandths, received.left.thousandths))
        given_back.append(received.credit(back))
        received = ReceiptLine(
            **{
                name: getattr(received, name)
                for name in ReceiptLine.__slots__
                if name != "returned"
            },
            returned=received.returned + back,
        )

    assert received.returned == whole
    assert (sum(c for c, _ in given_back), sum(s for _, s in given_back)) == (value, shop_value)
    assert min(min(pair) for pair in given_back) >= 0


@pytest.mark.case("INV-06", "INV-14")
def test_packs_are_ratios_of_integers() -> None:
    assert in_units(Quantity.of(2), per=Quantity.of(12)) == Quantity.of(24)
    assert in_units(Quantity.parse("0.5"), per=Quantity.of(9)) == Quantity.parse("4.5")
    assert in_units(Quantity.parse("0.001"), per=Quantity.parse("0.154")) is None
    pack = Cost(price=UnitPrice.parse("13.99"), per=Quantity.of(12))
    assert pack.value(Quantity.of(24), "EUR") == 27_98
    assert pack.value(Quantity.of(1), "EUR") == 1_17


@pytest.mark.parametrize("text", ["0", "-1", "1.0000000001", "1000001", "1e3", ""])
def test_an_exchange_rate_is_a_plain_decimal_above_nothing(text: str) -> None:
    with pytest.raises(InvalidValue):
        ExchangeRate.parse(text)


def test_an_exchange_rate_is_kept_as_it_was_said() -> None:
    assert str(ExchangeRate.parse("0.923456789")) == "0.923456789"
    assert ExchangeRate.parse("1.50") == ExchangeRate.parse("1.5")
