"""Quantities, identifiers, texts, changes and events."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.changes import apply_changes
from app.domain.common.errors import InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import ProductId, SaleId, Ulid
from app.domain.common.quantity import Delta, Quantity
from app.domain.common.text import clean_line, clean_text, fold, key

numbers = st.integers(0, 2**128 - 1)


class TestQuantity:
    @given(st.integers(0, 10**13))
    def test_its_text_reads_back(self, thousandths: int) -> None:
        assert Quantity.parse(str(Quantity(thousandths))) == Quantity(thousandths)

    @pytest.mark.parametrize("text", ["-1", "0.0001", "1e3", "", "10000000000.001", "½"])
    def test_it_refuses(self, text: str) -> None:
        with pytest.raises(InvalidValue):
            Quantity.parse(text)

    @pytest.mark.parametrize(
        ("text", "decimals", "fits"),
        [("1", 0, True), ("1.5", 0, False), ("1.5", 1, True), ("0.001", 2, False)],
    )
    def test_a_unit_allows_so_many_places(self, text: str, decimals: int, fits: bool) -> None:
        assert Quantity.parse(text).fits(decimals) is fits

    def test_a_delta_may_be_negative(self) -> None:
        assert Delta.parse("-2.5") == Delta(-2500)
        assert Delta.parse("-2.5").size == Quantity(2500)


class TestUlid:
    @given(numbers)
    def test_its_text_reads_back_in_either_case(self, number: int) -> None:
        identifier = ProductId(int=number)

        assert ProductId.parse(str(identifier)) == identifier
        assert ProductId.parse(str(identifier).lower()) == identifier
        assert len(str(identifier)) == 26

    @given(numbers, numbers)
    def test_texts_sort_as_the_numbers_do(self, one: int, other: int) -> None:
        assert (str(Ulid(int=one)) < str(Ulid(int=other))) == (one < other)

    @pytest.mark.parametrize(
        "text", ["", "0" * 25, "0" * 27, "U" + "0" * 25, "8" + "0" * 25, "İ" * 26, "O" * 26]
    )
    def test_it_refuses_what_is_no_identifier(self, text: str) -> None:
        with pytest.raises(InvalidValue):
            SaleId.parse(text)


class TestText:
    def test_it_is_composed_and_trimmed(self) -> None:
        assert clean_line("  Cafe\u0301 ", field="name", most=10) == "Café"

    @pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x9bb", "a\ud800b"])
    def test_control_characters_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidValue) as refusal:
            clean_text(text, field="name", most=10)

        assert refusal.value.errors[0].pointer == "/name"
        assert refusal.value.errors[0].code == "control_character"

    @pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\u2028b", "a\x85b"])
    def test_a_line_is_one_line(self, text: str) -> None:
        with pytest.raises(InvalidValue):
            clean_line(text, field="name", most=10)

    def test_lengths_are_bounded_after_cleaning(self) -> None:
        assert clean_line(" 12345 ", field="name", most=5) == "12345"
        for text in ("   ", "123456"):
            with pytest.raises(InvalidValue):
                clean_line(text, field="name", most=5)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Café  Crème", "cafe creme"), ("STRASSE", "straße"), ("Ａ１", "a1"), ("ΣΑΣ", "σας")],
    )
    def test_folding_makes_them_one(self, one: str, other: str) -> None:
        assert fold(one) == fold(other)

    @given(st.text())
    def test_folding_and_keys_are_stable(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)
        assert key(key(text)) == key(text)

    def test_a_key_keeps_accents_and_inner_spaces(self) -> None:
        assert key(" É-1 a") == "é-1 a"
        assert key("e-1") != key("é-1")


@dataclass(eq=False)
class Thing(EventRecorderMixin):
    name: str
    size: int


class TestChanges:
    def test_only_what_differs_is_set_and_told(self) -> None:
        thing = Thing("a", 1)

        assert apply_changes(thing, {"name": "b", "size": 1}) == {"name": ("a", "b")}
        assert (thing.name, thing.size) == ("b", 1)
        assert apply_changes(thing, {"name": "b"}) == {}


class TestEvents:
    def test_they_are_taken_once_in_order(self) -> None:
        thing = Thing("a", 1)
        first, second = DomainEvent(subject=Ulid(int=1)), DomainEvent(subject=Ulid(int=2))
        thing.record(first)
        thing.record(second)

        assert thing.take_events() == [first, second]
        assert thing.take_events() == []
