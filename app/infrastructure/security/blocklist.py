"""Passwords that everybody tries, shipped with the program: nothing is asked over the network.

The list holds the letters of the 12 000 most used passwords, and those of 15 characters or more
whole, folded and sorted. Which passwords are used most was counted by Mark Burnett over leaked
collections (2015, public domain) and published in the frequency lists of zxcvbn.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FILE = "common_passwords.txt"


@cache
def common_passwords() -> frozenset[str]:
    text = files("app.infrastructure.security").joinpath(_FILE).read_text(encoding="utf-8")
    return frozenset(text.split())
