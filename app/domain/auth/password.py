"""Which passwords are taken: long ones that nobody guesses, of any characters.

After NIST SP 800-63B: a length and a list of what is too easy, compared as a whole; no rules on
kinds of characters, no expiry, nothing cut off.
"""

from __future__ import annotations

import unicodedata
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


def acceptable(password: str, *, email: str, name: str, field: str = "password") -> str:
    """Return the normalised password, or refuse it as `InvalidValue` with the reason."""
    known = (email, email.partition("@")[0], name, *name.split())
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
        detail = "is made of a word that everybody would try, or of your own name or address"
        raise InvalidValue.of(field, detail, code="password_too_easy")
    return chosen


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
