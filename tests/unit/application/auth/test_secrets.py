"""Refresh tokens: told apart from made-up ones, and always followed by the same successor."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application.auth.secrets import OneTimeToken, RefreshTokens
from app.domain.auth.errors import RefreshRefused
from app.domain.common.identifiers import SessionId

TOKENS = RefreshTokens(b"k" * 32)
SESSION = SessionId(int=2**120 + 7)


def test_two_sessions_and_two_sign_ins_get_different_tokens() -> None:
    texts = {TOKENS.first(SESSION).text, TOKENS.first(SESSION).text}

    assert len(texts) == 2


def test_what_was_given_out_is_read_back() -> None:
    token = TOKENS.first(SESSION)

    assert TOKENS.read(token.text) == token
    assert token.session_id == SESSION
    assert len(token.hash) == 32


def test_the_successor_is_always_the_same_and_hidden_without_the_key() -> None:
    token = TOKENS.first(SESSION)

    successor = TOKENS.successor(token)

    assert TOKENS.successor(TOKENS.read(token.text)) == successor
    assert successor.session_id == SESSION
    assert successor != token
    assert RefreshTokens(b"other" * 8).successor(token) != successor


def test_another_server_key_knows_none_of_them() -> None:
    with pytest.raises(RefreshRefused):
        RefreshTokens(b"other" * 8).read(TOKENS.first(SESSION).text)


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_token_with_one_byte_changed_is_refused(place: int, flip: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKENS.first(SESSION).text.removeprefix("sbr_")))
    raw[place] ^= flip
    with pytest.raises(RefreshRefused):
        TOKENS.read("sbr_" + base64.urlsafe_b64encode(bytes(raw)).decode())


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(RefreshRefused):
        TOKENS.read(text)
    with pytest.raises(RefreshRefused):
        TOKENS.read("sbr_" + text)


def test_a_one_time_token_is_random_and_long() -> None:
    first, second = OneTimeToken.new(), OneTimeToken.new()

    assert first.text != second.text
    assert len(first.text) == 43
    assert OneTimeToken(first.text).hash == first.hash
