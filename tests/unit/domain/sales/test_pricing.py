from __future__ import annotations

import pytest

from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import AmountOff, Discount, DiscountTooLarge, PercentOff
from app.domain.sales.pricing import AmountTooLarge, LineTerms, SaleAmounts, Totals, price


def line(
    unit_price: str,
    quantity: str = "1",
    *,
    percent: int = 0,
    discount: Discount | None = None,
) -> LineTerms:
    return LineTerms(
        unit_price=UnitPrice.parse(unit_price),
        quantity=Quantity.parse(quantity),
        tax_rate_ppm=percent * 10_000,
        discount=discount,
    )


def price_of(
    *lines: LineTerms,
    included: bool = True,
    discount: Discount | None = None,
    currency: str = "EUR",
) -> SaleAmounts:
    return price(lines, currency=currency, prices_include_tax=included, discount=discount)


class TestTaxAdded:
    @pytest.mark.case("SAL-01")
    def test_line_net_is_rounded_then_its_tax(self) -> None:
        amounts = price_of(
            line("348.35", "16", percent=22, discount=PercentOff(40_000)), included=False
        )

        assert amounts.totals == Totals(
            discount_minor=222_94, net_minor=5350_66, tax_minor=1177_15, total_minor=6527_81
        )
        assert amounts.lines[0].full_minor == 5573_60

    def test_each_line_rounds_its_own_tax(self) -> None:
        amounts = price_of(*[line("0.03", percent=20)] * 3, included=False)

        assert [each.tax_minor for each in amounts.lines] == [1, 1, 1]
        assert amounts.totals.tax_minor == 3

    def test_half_a_cent_goes_away_from_zero(self) -> None:
        assert price_of(line("0.005"), included=False).totals.net_minor == 1
        assert price_of(line("0.50", percent=5), included=False).totals.tax_minor == 3


class TestTaxIncluded:
    def test_gross_is_rounded_and_net_taken_out_of_it(self) -> None:
        amounts = price_of(line("9.99", "3", percent=19))

        assert amounts.totals == Totals(
            discount_minor=0, net_minor=25_18, tax_minor=4_79, total_minor=29_97
        )

    def test_percentage_is_taken_off_the_exact_product(self) -> None:
        amounts = price_of(line("0.05", discount=PercentOff(500_000)))

        assert amounts.totals.total_minor == 3
        assert amounts.totals.discount_minor == 2

    def test_currency_without_minor_unit(self) -> None:
        amounts = price_of(line("100", "1.5", percent=10), currency="JPY")

        assert amounts.totals == Totals(
            discount_minor=0, net_minor=136, tax_minor=14, total_minor=150
        )


class TestLineDiscount:
    @pytest.mark.case("SAL-03")
    def test_whole_line_can_be_given_away(self) -> None:
        for discount in (PercentOff(1_000_000), AmountOff(12_50)):
            amounts = price_of(line("12.50", percent=19, discount=discount))
            assert amounts.totals == Totals(
                discount_minor=12_50, net_minor=0, tax_minor=0, total_minor=0
            )

    def test_amount_beyond_the_line_names_every_such_line(self) -> None:
        with pytest.raises(DiscountTooLarge) as refused:
            price_of(
                line("10", discount=AmountOff(10_01)),
                line("10", discount=AmountOff(10_00)),
                line("10", "2", discount=AmountOff(20_01)),
            )

        assert [error.pointer for error in refused.value.errors] == [
            "/lines/0/discount/amount",
            "/lines/2/discount/amount",
        ]


class TestDocumentDiscount:
    def test_is_allotted_by_largest_remainder(self) -> None:
        amounts = price_of(line("10"), line("10"), line("10"), discount=AmountOff(10_00))

        assert [each.allotted_minor for each in amounts.lines] == [3_34, 3_33, 3_33]
        assert amounts.totals.total_minor == 20_00

    def test_percentage_is_taken_of_the_sum_after_line_discounts(self) -> None:
        amounts = price_of(
            line("10", discount=PercentOff(500_000)), line("5"), discount=PercentOff(100_000)
        )

        assert [each.allotted_minor for each in amounts.lines] == [50, 50]
        assert amounts.totals.total_minor == 9_00

    def test_comes_before_tax(self) -> None:
        amounts = price_of(line("100", percent=20), included=False, discount=AmountOff(50_00))

        assert amounts.totals == Totals(
            discount_minor=50_00, net_minor=50_00, tax_minor=10_00, total_minor=60_00
        )

    @pytest.mark.case("SAL-04")
    def test_amount_beyond_the_basket_is_refused(self) -> None:
        with pytest.raises(DiscountTooLarge) as refused:
            price_of(line("30"), discount=AmountOff(45_00))
        assert [error.pointer for error in refused.value.errors] == ["/discount/amount"]

        assert price_of(line("30"), discount=AmountOff(30_00)).totals.total_minor == 0

    @pytest.mark.case("SAL-03")
    def test_line_and_document_discount_together_end_at_zero(self) -> None:
        amounts = price_of(
            line("10", discount=PercentOff(1_000_000)),
            line("10", discount=AmountOff(4_00)),
            discount=PercentOff(1_000_000),
        )

        assert [each.total_minor for each in amounts.lines] == [0, 0]

    def test_free_sale_takes_no_discount(self) -> None:
        assert price_of(line("0"), discount=PercentOff(500_000)).totals.discount_minor == 0


class TestBounds:
    def test_amount_out_of_range_names_the_line(self) -> None:
        with pytest.raises(AmountTooLarge) as refused:
            price_of(line("1"), line("1000000000", "10000000"))
        assert [error.pointer for error in refused.value.errors] == ["/lines/1"]

    def test_total_out_of_range(self) -> None:
        with pytest.raises(AmountTooLarge):
            price_of(line("1000000", "9000000"), line("1000000", "9000000"))
