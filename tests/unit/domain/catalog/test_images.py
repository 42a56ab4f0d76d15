"""Addresses of pictures: what is taken as it was typed, and what is none."""

from __future__ import annotations

import pytest

from app.domain.catalog.images import image_address, parse_images
from app.domain.common.errors import InvalidValue

PICTURE = "https://cdn.example.com/mug.jpg"


@pytest.mark.parametrize(
    "text",
    [
        PICTURE,
        "HTTP://EXAMPLE.COM/a.png?v=1&w=2#top",
        "https://example.com",
        "https://example.com:8443/a%20b.jpg",
        "http://127.0.0.1/a.jpg",
        "https://[2001:db8::1]/a.jpg",
        "https://пример.example/фото.jpg",
        "https://example.com/e\u0301.jpg",
        "https://example.com/" + "x" * 1_980,
    ],
)
def test_is_kept_as_it_was_typed(text: str) -> None:
    assert image_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mug.jpg",
        "/m/b/mug.jpg",
        "//cdn.example.com/mug.jpg",
        "ftp://example.com/mug.jpg",
        "file:mug.jpg",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "https:///mug.jpg",
        "https:mug.jpg",
        "https://:80/mug.jpg",
        "https://ann@example.com/mug.jpg",
        "https://ann:secret@example.com/mug.jpg",
        "https://@example.com/mug.jpg",
        "https://example.com:port/mug.jpg",
        "https://example.com:99999/mug.jpg",
        "https://[::1/mug.jpg",
        "https://example.com/a b.jpg",
        " https://example.com/a.jpg",
        "https://example.com/a.jpg\n",
        "https://example.com/a\u00a0b.jpg",
        "https://example.com/a\u0000b.jpg",
        "https://example.com/a\ud800b.jpg",
        "https://example.com\\@evil.example/a.jpg",
        "https://example.com/a|b.jpg",
        'https://example.com/"onerror="x',
        "https://example.com/<b>.jpg",
        "https://example.com/" + "x" * 1_981,
    ],
)
def test_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        image_address(text, field="images/3")

    assert [(f.pointer, f.code) for f in refused.value.errors] == [("/images/3", "invalid_image")]


def test_all_faults_of_a_list_are_told_at_once() -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_images([PICTURE, "mug.jpg", PICTURE])

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
        ("/images/1", "invalid_image"),
        ("/images/2", "duplicate"),
    ]


def test_there_are_fifty_at_most() -> None:
    many = [f"{PICTURE}?{number}" for number in range(51)]
    assert parse_images(many[:50]) == tuple(many[:50])

    with pytest.raises(InvalidValue) as refused:
        parse_images(many)

    assert [(f.pointer, f.code) for f in refused.value.errors] == [("/images", "too_many")]
