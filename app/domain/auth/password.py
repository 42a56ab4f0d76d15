"""Which passwords are taken: long ones that nobody guesses, of any characters.

After NIST SP 800-63B: a length and a list of what is too easy, compared as a whole; no rules on
kinds of characters, no expiry, nothing cut off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from itertools import pairwise

from app.domain.common.errors import InvalidValue
from app.domain.common.text import fold

LEAST_LENGTH = 15
MOST_LENGTH = 128
_LEAST_DISTINCT = 5
_COMMON = (
    "stockbook",
    "password",
    "passwort",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "changeme",
    "default",
    "correcthorsebatterystaple",
)


def normalised(password: str) -> str:
    """Return the form that is hashed: the same whichever keyboard composed the letters."""
    return unicodedata.normalize("NFC", password)


def acceptable(
    password: str,
    *,
    email: str,
    name: str,
    shop: str = "",
    blocked: Container[str] = (),
    field: str = "password",
) -> str:
    """Return the normalised password, or refuse it as `InvalidValue` with the reason.

    `blocked` holds, folded, what everybody tries: whole passwords, and words of letters alone.
    """
    known = (email, email.partition("@")[0], *_with_parts(name), *_with_parts(shop))
    chosen = normalised(password)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in chosen):
        raise InvalidValue.of(field, "holds a control character", code="control_character")
    if len(chosen) < LEAST_LENGTH:
        detail = f"has {len(chosen)} characters, at least {LEAST_LENGTH} are needed"
        raise InvalidValue.of(field, detail, code="too_short")
    if len(chosen) > MOST_LENGTH:
        detail = f"has {len(chosen)} characters, at most {MOST_LENGTH} are allowed"
        raise InvalidValue.of(field, detail, code="too_long")
    folded = fold(chosen)
    if len(set(folded)) < _LEAST_DISTINCT or _runs_on(folded):
        raise InvalidValue.of(field, "is too easy to guess", code="password_too_easy")
    if any(_only_repeats(folded, fold(word)) for word in (*_COMMON, *known)):
        detail = "is made of a word that everybody would try, or of your or the shop's own name"
        raise InvalidValue.of(field, detail, code="password_too_easy")
    if folded in blocked or _repeated(folded) in blocked:
        detail = "is one that many people use, so it is tried first"
        raise InvalidValue.of(field, detail, code="password_too_common")
    return chosen


def _with_parts(name: str) -> tuple[str, ...]:
    return (name, "".join(name.split()), *name.split())


def _repeated(text: str) -> str:
    """Return the shortest word of letters that the text repeats, digits and signs left out."""
    letters = "".join(character for character in text if character.isalpha())
    # A text that repeats a word is found in itself twice over, moved on by that word's length.
    return letters[: (letters * 2).find(letters, 1)] if letters else ""


def _runs_on(text: str) -> bool:
    """Tell whether each character follows the one before, as in 123456789 or abcdef."""
    pairs = list(pairwise(text))
    following = sum(ord(b) - ord(a) in {1, -9} for a, b in pairs)
    return following >= len(pairs) - 1


def _only_repeats(text: str, word: str) -> bool:
    """Tell whether the text is the word once or more, with nothing but digits and signs besides."""
    if len(word) < 3:
        return False
    rest = text.replace(word, "")
    return rest != text and not any(character.isalpha() for character in rest)
