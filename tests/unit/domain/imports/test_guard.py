from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports.guard import guarded, restored


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@home", "'@home"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("NULL", "'NULL"),
        ("'=1", "''=1"),
        ("NULLS", "NULLS"),
        ("90.750", "90.750"),
        ("0017", "0017"),
        ("'t Hooft", "'t Hooft"),
        ("", ""),
    ],
)
def test_a_text_that_a_spreadsheet_would_calculate_is_guarded(text: str, safe: str) -> None:
    assert guarded(text) == safe
    assert restored(safe) == text


@pytest.mark.case("B10")
@given(st.text(alphabet="'=+-@\t\rNUL＝＋－＠ab1", max_size=8))
def test_a_guarded_text_comes_back_as_it_was(text: str) -> None:
    assert restored(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", *"＝＋－＠"))
