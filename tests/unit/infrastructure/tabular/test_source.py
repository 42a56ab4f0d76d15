from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain.imports.errors import AmbiguousDecimal, UnknownColumns
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.plan import Options, Plan, Wishes
from app.infrastructure.tabular.source import analyse
from tests.fixtures.import_files import EURO, written


def test_an_analysis_says_what_the_import_would_read(tmp_path: Path) -> None:
    lines = ("SKU;Name;Preis;Price", "A1;Tea;x;2,50", ";;;", "A2;Long tea;;1.234,00", "A3;b")
    path = written(tmp_path, "\n".join(lines))
    analysis = analyse(path, wishes=Wishes(), options=EURO)
    stored = json.loads(json.dumps(analysis.as_dict()))
    plan = stored.pop("plan")
    assert stored == {
        "records": 4,
        "blank": 1,
        "malformed": 0,
        "ragged": 1,
        "ignored": ["Preis"],
        "cannot_create": [],
        "columns": [
            {"header": "SKU", "field": "sku", "filled": 2, "longest": 2},
            {"header": "Name", "field": "name", "filled": 2, "longest": 8},
            {"header": "Preis", "field": None, "filled": 1, "longest": 1},
            {"header": "Price", "field": "price", "filled": 2, "longest": 8},
        ],
        "sample": [["A1", "Tea", "x", "2,50"], ["A2", "Long tea", "", "1.234,00"]],
        "sheets": [],
        "ambiguous": None,
    }
    assert Plan.from_dict(plan) == analysis.plan
    assert (plan["preset"], plan["decimal"]) == ("free", ",")


@pytest.mark.case("IMP-11")
def test_a_doubtful_decimal_mark_waits_for_an_answer(tmp_path: Path) -> None:
    path = written(tmp_path, 'article number,price\nA1,"4,20"\nA2,"1,234"\n')
    analysis = analyse(path, wishes=Wishes(), options=EURO)
    assert isinstance(analysis.ambiguous, AmbiguousDecimal)
    assert analysis.as_dict()["ambiguous"] == {
        "detail": analysis.ambiguous.detail,
        "examples": ["4,20", "1,234"],
    }
    answered = analyse(path, wishes=Wishes(decimal=DecimalMark.COMMA), options=EURO)
    assert (answered.ambiguous, answered.plan.decimal) == (None, DecimalMark.COMMA)


@pytest.mark.case("IMP-10")
def test_a_file_that_cannot_create_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,price,foo\nA1,2.50,x\n")
    analysis = analyse(path, wishes=Wishes(), options=EURO)
    assert (analysis.cannot_create, analysis.ignored) == (("name",), ("foo",))
    with pytest.raises(UnknownColumns):
        analyse(path, wishes=Wishes(), options=Options(currency="EUR", strict=True))
