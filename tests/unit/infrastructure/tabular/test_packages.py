from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from app.domain.imports.errors import (
    DamagedWorkbook,
    EncryptedWorkbook,
    FileFault,
    NotText,
    RecordTooLarge,
    TooManyColumns,
    WorkbookTooLarge,
)
from app.domain.imports.plan import Wishes
from app.infrastructure.tabular import packages, strings, workbooks
from app.infrastructure.tabular.source import analyse
from tests.fixtures.import_files import EURO, written
from tests.fixtures.workbooks import HEADER, packed, parts, workbook

HEAD = "<x:row><x:c t='str'><x:v>SKU</x:v></x:c></x:row>"


def refused(path: Path, fault: type[FileFault]) -> FileFault:
    """Analyse a file that is no good, and check that nothing is left beside it."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(fault) as found:
        analyse(path, wishes=Wishes(), options=EURO)
    assert type(found.value) is fault
    assert sorted(path.parent.iterdir()) == before
    return found.value


def test_a_cut_off_workbook_is_damaged(tmp_path: Path) -> None:
    whole = workbook(tmp_path, [HEADER, ("A1", "Tea", 1)])
    raw = whole.read_bytes()
    for length in (4, 100, len(raw) // 2, len(raw) - 1):
        whole.write_bytes(raw[:length])
        refused(whole, DamagedWorkbook)


def test_a_workbook_with_wrong_bytes_is_damaged_or_read_as_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, ("A1", "Tea", 1)])
    raw = path.read_bytes()
    for place in range(0, len(raw), 37):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0xFF]) + raw[place + 1 :])
        try:
            analyse(path, wishes=Wishes(), options=EURO)
        except FileFault as fault:
            assert fault.code in {  # noqa: PT017 - either of two outcomes is right
                "damaged_workbook",
                "encrypted_workbook",
                "not_text",
                "workbook_too_large",
                "undecidable_encoding",
            }


@pytest.mark.parametrize(
    "sheet",
    [
        HEAD + "<x:row r='1'/>",
        HEAD + "<x:row r='1048577'/>",
        HEAD + "<x:row><x:c r='C2'><x:v>1</x:v></x:c><x:c r='A2'><x:v>1</x:v></x:c></x:row>",
        HEAD + "<x:row><x:c r='ABCD2'><x:v>1</x:v></x:c></x:row>",
        HEAD + "<x:row><x:c t='s'><x:v>0</x:v></x:c></x:row>",
        HEAD + "<x:row><x:c t='s'><x:v>-1</x:v></x:c></x:row>",
        HEAD + "<x:row",
    ],
)
def test_what_the_format_does_not_allow_is_damage(tmp_path: Path, sheet: str) -> None:
    refused(packed(tmp_path, parts(sheet)), DamagedWorkbook)


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "_rels/.rels"])
def test_a_part_that_is_missing_is_damage(tmp_path: Path, name: str) -> None:
    contents = parts(HEAD)
    del contents[name]
    refused(packed(tmp_path, contents), DamagedWorkbook)


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_no_entity_is_expanded_and_none_is_fetched(tmp_path: Path, name: str) -> None:
    contents = parts(HEAD)
    for entity in ('<!ENTITY a "aaaa">', '<!ENTITY a SYSTEM "secret.txt">'):
        bomb = f"<!DOCTYPE x [{entity}]>{contents[name]}"
        fault = refused(packed(tmp_path, {**contents, name: bomb}), DamagedWorkbook)
        assert "document type" in fault.detail


def test_what_unpacks_to_more_than_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "UNPACKED", 1 << 20)
    path = packed(tmp_path, parts(HEAD + " " * (1 << 20)))
    assert path.stat().st_size < 5_000
    assert refused(path, WorkbookTooLarge).extra == {"max": 1 << 20}


def test_a_text_that_many_cells_share_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "UNPACKED", 100_000)
    rows = HEAD + "<x:row><x:c t='s'><x:v>0</x:v></x:c></x:row>" * 200
    refused(packed(tmp_path, parts(rows, strings=[f"<t>{'a' * 1_000}</t>"])), WorkbookTooLarge)


def test_too_many_texts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strings, "STRINGS", 2)
    path = packed(tmp_path, parts(HEAD, strings=["<t>a</t>"] * 3))
    refused(path, WorkbookTooLarge)


def test_a_cell_and_a_row_have_a_limit(tmp_path: Path) -> None:
    long = f"<x:row><x:c t='str'><x:v>{'a' * ((1 << 20) + 1)}</x:v></x:c></x:row>"
    refused(packed(tmp_path, parts(HEAD + long)), RecordTooLarge)
    far = "<x:row><x:c r='XFD2'><x:v>1</x:v></x:c></x:row>"
    fault = refused(packed(tmp_path, parts(HEAD + far)), TooManyColumns)
    assert fault.extra == {"max": 500, "actual": 16_384}


def test_a_list_of_very_many_parts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_DIRECTORY", 100)
    refused(packed(tmp_path, parts(HEAD)), WorkbookTooLarge)


def test_a_password_is_named_as_such(tmp_path: Path) -> None:
    container = b"\xd0\xcf\x11\xe0" + bytes(2_000)
    packet = container + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    refused(written(tmp_path, packet), EncryptedWorkbook)
    fault = refused(written(tmp_path, container), NotText)
    assert ".xls)" in fault.detail


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({"readme.txt": "x"}, "no workbook"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, ".ods"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, contents: dict[str, str], said: str) -> None:
    assert said in refused(packed(tmp_path, contents), NotText).detail


def test_other_office_documents_are_named(tmp_path: Path) -> None:
    contents = parts(HEAD)
    for target, said in {"word/document.xml": "another kind", "xl/workbook.bin": ".xlsb"}.items():
        relations = contents["_rels/.rels"].replace("xl/workbook.xml", target)
        path = packed(tmp_path, {**contents, "_rels/.rels": relations})
        assert said in refused(path, NotText).detail


def test_macros_are_not_looked_at(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, ("A1", "Tea", 1)])
    with ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Auto_Open")
    assert analyse(path, wishes=Wishes(), options=EURO).records == 1
