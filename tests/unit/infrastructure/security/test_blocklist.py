"""The shipped list of common passwords is there and in the form in which it is asked."""

from __future__ import annotations

from app.domain.common.text import fold
from app.infrastructure.security.blocklist import common_passwords


def test_holds_thousands_in_folded_form() -> None:
    listed = common_passwords()

    assert len(listed) > 9_000
    assert {"password", "dragon", "iloveyou", "qwertyuiop"} <= listed
    assert [word for word in listed if word != fold(word)] == []
