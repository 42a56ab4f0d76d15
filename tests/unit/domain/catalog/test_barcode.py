"""Barcodes: what is a trade item number, and which codes are one."""

from __future__ import annotations

import pytest

from app.domain.catalog.barcode import Barcode, code_key, is_gtin, parse_barcodes
from app.domain.common.errors import InvalidValue


@pytest.mark.parametrize(
    "code", ["96385074", "012345678905", "0012345678905", "4006381333931", "10012345678902"]
)
def test_a_valid_check_digit_makes_a_gtin(code: str) -> None:
    assert is_gtin(code)


@pytest.mark.parametrize(
    "code",
    ["4006381333932", "123456789", "01234567890", "400638133393A", "", "٤٠٠٦٣٨١٣٣٣٩٣١"],
)
def test_anything_else_is_not(code: str) -> None:
    assert not is_gtin(code)
    assert code_key(code) == code


def test_upc_and_ean_of_one_item_have_one_key() -> None:
    assert code_key("012345678905") == code_key("0012345678905") == "00012345678905"


def test_a_barcode_keeps_what_was_typed() -> None:
    assert Barcode.parse(" 012345678905 ") == Barcode("012345678905", "00012345678905")
    assert Barcode.parse("Shelf-7b") == Barcode("Shelf-7b", "Shelf-7b")


class TestCodesOfAProduct:
    def test_all_faults_are_told_at_once(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            parse_barcodes(["", "012345678905", "x" * 65, "0012345678905", "a\x00b"])

        assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
            ("/barcodes/0", "too_short"),
            ("/barcodes/2", "too_long"),
            ("/barcodes/3", "duplicate"),
            ("/barcodes/4", "control_character"),
        ]

    def test_more_than_twenty_are_refused(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            parse_barcodes([f"code {number}" for number in range(21)])

        assert refused.value.errors[0].code == "too_many"

    def test_order_is_kept(self) -> None:
        assert [b.code for b in parse_barcodes(["b", "a"])] == ["b", "a"]
