"""The apostrophe that keeps a spreadsheet from reading a text as a formula, put on and taken off.

Exactly one is added in front of a text that would be read as a formula or as our NULL word, and of
one that already looks guarded; so taking one off gives every text back as it was (CWE-1236).
"""

from __future__ import annotations

import re

NULL_WORD = "NULL"

_RISKY = re.compile(rf"'*(?:[=+\-@\t\r＝＋－＠]|{NULL_WORD}\Z)")
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_SHIELDED = re.compile(r"'[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(rf"''*(?:[=+\-@\t\r＝＋－＠]|{NULL_WORD}\Z)")


def guarded(text: str) -> str:
    """Return the text as it is safe in a cell that a spreadsheet program opens."""
    return f"'{text}" if _RISKY.match(text) else text


def restored(text: str) -> str:
    """Return the text that was guarded; any other is returned as it is."""
    return text[1:] if _GUARDED.match(text) else text


def shielded(cell: str) -> str:
    """Return a cell of somebody else's file, safe to open, from which the import takes the same.

    What stands behind an apostrophe, or is our NULL word, keeps the meaning it had in that file.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unshielded(cell: str) -> str:
    """Return the cell as it was before `shielded`, but for one that had its apostrophe already."""
    return cell[1:] if _SHIELDED.match(cell) else cell
