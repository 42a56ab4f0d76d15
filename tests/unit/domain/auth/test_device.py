"""A device's label is what its owner would call it."""

from __future__ import annotations

import pytest

from app.domain.auth.device import device_label

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/1 Firefox/145.0",
            "Firefox on Windows",
        ),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/142.0 Safari/537.36", "Chrome on Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10) {WEBKIT} Chrome/142 Safari/537 Edg/142",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/142 Safari/537", "Chrome on Android"),
        (f"Mozilla/5.0 (iPhone; like Mac OS X) {WEBKIT} Version/19 Safari/604", "Safari on iPhone"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X) {WEBKIT} Safari/605", "Safari on macOS"),
        ("Firefox/145.0", "Firefox"),
        ("till/2.4 (counter 3)", "till/2.4"),
        ("x" * 200, "x" * 60),
        ("", "Unknown device"),
        ("   ", "Unknown device"),
        (None, "Unknown device"),
    ],
)
def test_names_browser_and_system_or_the_program(user_agent: str | None, label: str) -> None:
    assert device_label(user_agent) == label
