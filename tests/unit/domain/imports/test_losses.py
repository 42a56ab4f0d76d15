from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports.losses import lost_letters


@pytest.mark.case("IMP-05")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Màu Đỏ", "M?u ??"),
        ("Màu Đỏ", "Màu ??"),
        ("Чай?", "????"),
        ("Tea 🍵", "Tea ??"),
        ("line\r\nđ", "line\r\n?"),
    ],
)
def test_a_question_mark_where_a_letter_was_is_a_loss(old: str, new: str) -> None:
    assert lost_letters(old, new)


@pytest.mark.case("IMP-05")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Màu Đỏ", "Màu Đỏ"),
        ("Màu Đỏ", "Mau Do"),
        ("Màu Đỏ", "Màu Đỏ?"),
        ("Màu Đỏ", "Xanh ??"),
        ("Tea", "T?a"),
        ("Чай?", "Чай?"),
        ("]^-đ", "a?"),
    ],
)
def test_another_text_is_a_change_like_any_other(old: str, new: str) -> None:
    assert not lost_letters(old, new)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_what_a_code_page_cannot_hold_is_always_found(text: str) -> None:
    seen = text.encode("cp1252", errors="replace").decode("cp1252", errors="replace")
    assert lost_letters(text, seen) == (seen != text)
