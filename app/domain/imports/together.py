"""Records that belong together, such as the lines of an invoice: adjacent ones of one key."""

from __future__ import annotations

from itertools import takewhile

from app.domain.imports.plan import Plan
from app.domain.imports.records import Chunk


def size_of(chunk: Chunk) -> int:
    return len(chunk.records) + len(chunk.malformed)


def key_at(cells: list[str], plan: Plan, field: str) -> str | None:
    """Return the key of a record, None if it tells none."""
    columns = plan.columns(field)
    if not columns or columns[0] >= len(cells):
        return None
    return cells[columns[0]].strip() or None


def whole_records(chunk: Chunk, plan: Plan, field: str | None) -> int:
    """Return how many records of a chunk, from the first on, part nothing; 0 asks for more.

    The last ones may go on in the next chunk, unless nothing follows.
    """
    size = size_of(chunk)
    if field is None or chunk.finished:
        return size
    keys: dict[int, str | None] = {
        number: key_at(cells, plan, field) for number, _, cells in chunk.records
    }
    keys |= {broken.number: None for broken in chunk.malformed}
    backwards = [key for _, key in sorted(keys.items(), reverse=True)]
    last = next((key for key in backwards if key is not None), None)
    # Records without a key at the end may stand within what follows.
    open_ = takewhile(lambda key: key in (None, last), backwards)
    return size - len(list(open_))
