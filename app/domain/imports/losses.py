"""Letters that a program could not write and put a question mark for (plain CSV saved by Excel)."""

from __future__ import annotations

import re


def lost_letters(old: str, new: str) -> bool:
    """Tell whether a text is an older one with question marks where letters beyond ASCII were."""
    if new.count("?") <= old.count("?") or old.isascii():
        return False
    return re.fullmatch("".join(map(_seen_as, old)), new, re.DOTALL) is not None


def _seen_as(sign: str) -> str:
    """Return the pattern of what may stand for a character; an emoji may have become two marks."""
    if sign.isascii():
        return re.escape(sign)
    return rf"(?:{re.escape(sign)}|\?{{1,2}})" if ord(sign) > 0xFFFF else rf"[{re.escape(sign)}?]"
