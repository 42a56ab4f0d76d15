from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.api.cursors import Cursors
from app.api.errors import InvalidCursor

cursors = Cursors(b"one secret")
keys = st.lists(
    st.text(st.characters(codec="utf-8")) | st.integers(-(2**63), 2**63 - 1) | st.binary(),
    min_size=1,
).map(tuple)


class TestCursors:
    @given(keys, st.text(st.characters(codec="utf-8")))
    def test_a_key_comes_back(self, key: tuple[str | int | bytes, ...], scope: str) -> None:
        assert cursors.decode(cursors.encode(key, scope=scope), scope=scope) == key

    def test_it_counts_for_its_list_alone(self) -> None:
        cursor = cursors.encode(("a", 1), scope="GET /products [('sort', 'name')]")

        with pytest.raises(InvalidCursor):
            cursors.decode(cursor, scope="GET /products [('sort', '-name')]")

    def test_another_secret_makes_another_cursor(self) -> None:
        with pytest.raises(InvalidCursor):
            cursors.decode(Cursors(b"other").encode(("a",), scope="s"), scope="s")

    @given(st.integers(0, 200), st.sampled_from("ABCabc012-_"))
    def test_a_changed_character_is_noticed(self, place: int, character: str) -> None:
        cursor = cursors.encode(("some name", b"\x01\x02"), scope="s")
        place %= len(cursor)
        changed = cursor[:place] + character + cursor[place + 1 :]
        assume(changed != cursor)

        with pytest.raises(InvalidCursor):
            cursors.decode(changed, scope="s")

    @given(st.text())
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidCursor):
            cursors.decode(text, scope="s")
