from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.imports.errors import (
    EmptyFile,
    EncodingUndecidable,
    NotText,
    RecordTooLarge,
    UnknownEncoding,
)
from app.infrastructure.tabular.encodings import Encoding, find_encoding
from tests.fixtures.import_files import imported, written

TEXT = "sku,name,price\nA1,Crème brûlée,2.50\n"


@pytest.mark.case("IMP-01")
def test_a_byte_mark_is_no_part_of_the_first_header(tmp_path: Path) -> None:
    plain = b"sku,name,price\nA1,Tea,2.50"
    with_mark = imported(written(tmp_path, b"\xef\xbb\xbf" + plain))
    without = imported(written(tmp_path, plain))
    assert with_mark.analysis.plan.format.header == ("sku", "name", "price")
    assert with_mark.analysis.plan.format.had_bom
    assert with_mark.rows == without.rows
    assert [(row.sku, row.name, row.price_micros) for row in without.rows] == [
        ("A1", "Tea", 2_500_000)
    ]


@pytest.mark.case("IMP-03")
@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet_is_read(tmp_path: Path, codec: str, mark: bool) -> None:
    text = "sku\tname\tprice\r\nA1\tCrème brûlée\t2.50\r\nA2\tBœuf\t3\r\n"
    path = written(tmp_path, ("\ufeff" * mark + text).encode(codec))
    outcome = imported(path, chunk=1)
    found = outcome.analysis.plan.format
    assert (found.encoding, found.delimiter, found.had_bom) == (codec, "\t", mark)
    assert [(row.sku, row.name) for row in outcome.rows] == [
        ("A1", "Crème brûlée"),
        ("A2", "Bœuf"),
    ]


@pytest.mark.case("IMP-03")
def test_half_a_character_of_utf_16_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ("\ufeff" + TEXT).encode("utf-16-le") + b"A")
    with pytest.raises(EncodingUndecidable) as fault:
        find_encoding(path)
    assert fault.value.extra == {"byte_offset": len(TEXT) * 2 + 2, "line": 3}


@pytest.mark.case("IMP-04")
def test_text_of_windows_is_read_exactly(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,name,price\nA1,Café 5 €,2.50\n".encode("cp1252"))
    for outcome in (imported(path),):
        assert outcome.analysis.plan.format.encoding == "cp1252"
        assert outcome.rows[0].name == "Café 5 €"


@pytest.mark.case("IMP-04")
def test_what_is_no_text_in_either_encoding_is_refused_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, b"sku,name\nA1,Caf\xe9\nA2,\x81\n")
    with pytest.raises(EncodingUndecidable) as fault:
        find_encoding(path)
    assert fault.value.extra == {"byte_offset": 20, "line": 3}


@pytest.mark.case("IMP-04")
def test_utf_8_with_one_damaged_byte_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,name\nA1,Café Crème\n".encode() + b"A2,Caf\xe9\n")
    with pytest.raises(EncodingUndecidable) as fault:
        find_encoding(path)
    assert fault.value.extra == {"byte_offset": 31, "line": 3}


@pytest.mark.case("IMP-04")
def test_the_declared_encoding_wins_and_is_proved(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,name\nA1,Łódź\n".encode("cp1250"))
    assert find_encoding(path, declared="Windows_1250") == Encoding("cp1250", 0)
    with pytest.raises(EncodingUndecidable) as fault:
        find_encoding(path, declared="UTF-8")
    assert fault.value.extra == {"byte_offset": 12, "line": 2}
    with pytest.raises(UnknownEncoding):
        find_encoding(path, declared="klingon")


def test_a_declared_encoding_skips_its_own_mark(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + TEXT.encode())
    assert find_encoding(path, declared="utf-8") == Encoding("utf-8", 3)
    path = written(tmp_path, ("\ufeff" + TEXT).encode("utf-16-be"))
    assert find_encoding(path, declared="utf-16") == Encoding("utf-16-be", 2)


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_a_character_may_lie_across_two_blocks(tmp_path: Path, cut: int) -> None:
    head = (b"x" * 99 + b"\n") * 10_485 + b"x" * (77 - cut)
    path = written(tmp_path, head + "😀€é".encode() * 10)
    assert find_encoding(path) == Encoding("utf-8", 0)
    path = written(tmp_path, head + "😀".encode()[:3])
    with pytest.raises(EncodingUndecidable) as fault:
        find_encoding(path, declared="utf-8")
    assert fault.value.extra["byte_offset"] == len(head)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04rest", b"%PDF-1.7", b"\x1f\x8b\x08", b"\xff\xfe\x00\x00a\x00\x00\x00"]
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotText):
        find_encoding(written(tmp_path, content))


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        find_encoding(written(tmp_path, b""))


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(RecordTooLarge):
        find_encoding(written(tmp_path, b"sku,name\n" + b"x" * (3 << 20)))
