"""Which passwords are taken, and why others are not."""

from __future__ import annotations

import pytest

from app.domain.auth.password import acceptable, normalised
from app.domain.common.errors import InvalidValue

EMAIL, NAME = "ada.lovelace@shop.test", "Ada Lovelace"


@pytest.mark.parametrize(
    "password",
    [
        "four brown ducks at noon",
        "correct horse battery staple 7 times",
        "пятнадцать букв",
        "密码密码一二三四五六七八九十零",
        "   spaces count  ",
        "🦆🐇🦊🐢🦔 and friends",
        "ada likes brown ducks",
        "x" * 100 + "with some more of it",
        "9f8a7c6b5d4e3f2a1b0c",
        "k" * 100 + "abcdefghijklmnopqrstuvwxyz12",
    ],
)
def test_takes_what_is_long_and_not_obvious(password: str) -> None:
    assert acceptable(password, email=EMAIL, name=NAME) == password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "too_short"),
        ("fourteen chars", "too_short"),
        ("a" * 64 + "b1c2d3" * 11, "too_long"),
        ("aaaaaaaaaaaaaaaa", "password_too_easy"),
        ("abababababababab", "password_too_easy"),
        ("1234567890123456", "password_too_easy"),
        ("abcdefghijklmnop", "password_too_easy"),
        ("PasswordPassword", "password_too_easy"),
        ("stockbook1234567!", "password_too_easy"),
        ("Ada Lovelace 1815", "password_too_easy"),
        ("ada.lovelace@shop.test", "password_too_easy"),
        ("AdaAdaAdaAdaAda!", "password_too_easy"),
        ("four brown\x00 ducks at noon", "control_character"),
        ("four brown\n ducks at noon", "control_character"),
        ("four brown \ud800 ducks at noon", "control_character"),
    ],
)
def test_refuses_with_the_reason(password: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        acceptable(password, email=EMAIL, name=NAME)

    [fault] = refused.value.errors
    assert (fault.pointer, fault.code) == ("/password", code)
    assert not password or password not in fault.detail


def test_the_same_letters_are_the_same_password() -> None:
    assert normalised("cafe\u0301") == normalised("caf\u00e9") == "caf\u00e9"


@pytest.mark.case("A12")
@pytest.mark.parametrize(
    "password",
    ["dragondragondragon", "monkey1-monkey2-monkey3", "Qwerty Qwerty Qwerty", "1q2w3e4r5t6y7u8i"],
)
def test_what_many_people_use_is_refused_as_such(password: str) -> None:
    blocked = {"dragon", "monkey", "qwerty", "1q2w3e4r5t6y7u8i"}

    with pytest.raises(InvalidValue) as refused:
        acceptable(password, email=EMAIL, name=NAME, blocked=blocked)

    assert [fault.code for fault in refused.value.errors] == ["password_too_common"]


@pytest.mark.case("A12")
def test_a_common_word_among_others_does_no_harm() -> None:
    chosen = "a dragon on two bicycles"

    assert acceptable(chosen, email=EMAIL, name=NAME, blocked={"dragon"}) == chosen


@pytest.mark.case("A12")
@pytest.mark.parametrize(
    "password", ["Corner Shop 123456", "cornershop-2026-!", "Corner&Corner&1234"]
)
def test_the_name_of_the_shop_is_no_password(password: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        acceptable(password, email=EMAIL, name=NAME, shop="Corner Shop")

    assert [fault.code for fault in refused.value.errors] == ["password_too_easy"]
