"""How telephone numbers, tax ids, websites and languages are kept and compared."""

from __future__ import annotations

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.parties.text import (
    clean_language,
    clean_phone,
    clean_tax_id,
    clean_website,
    phone_key,
    tax_id_key,
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("+49 (0)30 901820", "+4930901820"),
        ("0049 30 90 18 20", "+4930901820"),
        ("+49-30/901820 ext. 12", "+4930901820"),
        ("030 901820 x3", "030901820"),
        ("(030) 901820", "030901820"),
        ("0151\u00a0123", "0151123"),
    ],
)
def test_telephone_numbers_compare_by_their_digits(typed: str, key: str) -> None:
    assert phone_key(clean_phone(typed)) == key


@pytest.mark.parametrize("typed", ["", "call me", "-", "+", "0" * 41, "1\n2", "１２"])
def test_no_telephone_number(typed: str) -> None:
    with pytest.raises(InvalidValue):
        clean_phone(typed)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("DE 123.456.789", "DE123456789"),
        ("de123456789", "DE123456789"),
        ("ie 1+23456a", "IE1+23456A"),
        ("12/345/67890", "1234567890"),
    ],
)
def test_tax_ids_compare_without_case_blanks_and_dots(typed: str, key: str) -> None:
    assert tax_id_key(clean_tax_id(typed)) == key


@pytest.mark.parametrize("typed", ["", "--", "DE_1", "ДЕ1", "1" * 33])
def test_no_tax_id(typed: str) -> None:
    with pytest.raises(InvalidValue):
        clean_tax_id(typed)


@pytest.mark.parametrize("typed", ["example.test", "https://example.test:8443/a?b#c", "münchen.de"])
def test_websites(typed: str) -> None:
    assert clean_website(typed) == typed


@pytest.mark.parametrize(
    "typed", ["", "javascript:alert(1)", "ftp://example.test", "a b", "https://me@example.test"]
)
def test_no_website(typed: str) -> None:
    with pytest.raises(InvalidValue):
        clean_website(typed)


@pytest.mark.parametrize("typed", ["de", "pt-BR", "zh-Hans-CN"])
def test_languages(typed: str) -> None:
    assert clean_language(typed) == typed


@pytest.mark.parametrize("typed", ["", "german", "d", "de_AT", "de-", "de" + "-abcdefgh" * 4])
def test_no_language(typed: str) -> None:
    with pytest.raises(InvalidValue):
        clean_language(typed)
