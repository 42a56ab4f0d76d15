"""The table of what must hold names every check there is, and every rule has one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from app.bootstrap import CHECKS
from tests.fixtures.commands import ROOT

PAGE = (Path(ROOT) / "docs" / "operations.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (I\d+) \|.*\| (.*) \|$", PAGE, re.MULTILINE))


def test_every_check_has_one_name() -> None:
    assert [name for name, count in Counter(c.name for c in CHECKS).items() if count > 1] == []


def test_every_rule_is_checked() -> None:
    assert list(ROWS) == [f"I{number}" for number in range(1, 16)]
    assert [rule for rule, checks in ROWS.items() if not re.findall(r"`\w+`", checks)] == []


def test_every_check_is_listed_once_and_exists() -> None:
    listed = Counter(name for checks in ROWS.values() for name in re.findall(r"`(\w+)`", checks))

    assert listed == Counter(check.name for check in CHECKS)
