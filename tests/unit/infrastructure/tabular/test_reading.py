from __future__ import annotations

import csv
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports.errors import RecordTooLarge
from app.domain.imports.records import Checkpoint, Chunk, FileFormat, Malformed, Record
from app.infrastructure.tabular.reading import RECORD_LENGTH, read_chunk
from tests.fixtures.import_files import imported, written

START = Checkpoint(0, 1, 1)


def comma(encoding: str = "utf-8", *, padded: bool = False) -> FileFormat:
    return FileFormat(encoding, False, ",", "\n", ("a", "b"), START, padded)


def whole(path: Path, file: FileFormat, size: int) -> tuple[list[Record], list[Malformed]]:
    records: list[Record] = []
    malformed: list[Malformed] = []
    chunk = Chunk([], [], START, False)
    while not chunk.finished:
        chunk = read_chunk(path, file, chunk.next, limit=size)
        records += chunk.records
        malformed += chunk.malformed
    assert chunk.next.offset == path.stat().st_size
    return records, malformed


@pytest.mark.case("IMP-07")
def test_quoted_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    text = 'sku,description\r\nA1,"line1\r\nline2, ""best"""\r\nA2,plain\r\n'
    outcome = imported(written(tmp_path, text))
    assert [(row.row, row.line, row.sku, row.description) for row in outcome.rows] == [
        (1, 2, "A1", 'line1\r\nline2, "best"'),
        (2, 4, "A2", "plain"),
    ]


def test_a_record_with_broken_quotes_is_one_fault_and_the_next_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n"x"y,1\nc,"d\ne"f,\ng,h\n')
    expected = "a delimiter after a quote, quotes inside doubled"
    for size in (1, 2, 100):
        assert whole(path, comma(), size) == (
            [(1, 1, ["a", "b"]), (4, 5, ["g", "h"])],
            [
                Malformed(2, 2, "malformed_quotes", '"x"y,1', expected),
                Malformed(3, 3, "malformed_quotes", 'c,"d\ne"f,', expected),
            ],
        )


@pytest.mark.parametrize("padded", [False, True])
def test_a_quote_that_is_never_closed_says_what_it_swallows(tmp_path: Path, padded: bool) -> None:
    path = written(tmp_path, 'a,b\nc,"d\ne,f\ng,h\n')
    records, malformed = whole(path, comma(padded=padded), 10)
    assert records == [(1, 1, ["a", "b"])]
    expected = "a closing quote; all 3 lines from here to the end are one record"
    assert malformed == [Malformed(2, 2, "unclosed_quote", 'c,"d\ne,f\ng,h', expected)]


def test_a_quote_that_swallows_too_much_refuses_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\nc,"' + "x,1\n" * (RECORD_LENGTH // 4 + 1))
    with pytest.raises(RecordTooLarge) as fault:
        whole(path, comma(), 10)
    assert fault.value.extra == {"line": 2, "max": RECORD_LENGTH}


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\r\nc,d\re,f\n\ng,h")
    for size in (1, 3, 10):
        assert whole(path, comma(), size) == (
            [
                (1, 1, ["a", "b"]),
                (2, 2, ["c", "d"]),
                (3, 3, ["e", "f"]),
                (4, 4, []),
                (5, 5, ["g", "h"]),
            ],
            [],
        )


CELLS = st.text(alphabet='ab,;"\r\n\té€😀 \x00', max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=12)


@given(TABLES, st.integers(1, 5), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_what_was_written_is_read_from_any_checkpoint(
    table: list[list[str]], size: int, encoding: str
) -> None:
    buffer = StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(table)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), buffer.getvalue().encode(encoding))
        records, malformed = whole(path, comma(encoding), size)
    assert malformed == []
    assert [cells for _, _, cells in records] == table
    assert [number for number, _, _ in records] == list(range(1, len(table) + 1))


@given(st.text(alphabet='ab,"\r\n é', max_size=60), st.integers(1, 4), st.booleans())
def test_any_text_gives_the_same_records_in_chunks_of_any_size(
    text: str, size: int, padded: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        file = comma(padded=padded)
        assert whole(path, file, size) == whole(path, file, 1_000)
