"""Each house rule finds what breaks it and nothing else, and the project keeps all of them."""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from scripts.lints.__main__ import ROOT, RULES, findings, sources
from scripts.lints.source import Source

DOMAIN = "app/domain/sales/sale.py"
USE_CASE = "app/application/sales/use_cases/create.py"
READER = "app/infrastructure/db/readers/sales.py"


def found(path: str, text: str) -> list[str]:
    """Return `line: rule` of every finding."""
    source = Source(PurePosixPath(path), dedent(text).lstrip())
    return [
        line.split(": ")[0].rsplit(":")[-1] + ": " + line.split(": ")[1]
        for line in findings(source)
    ]


BREAKS = {
    "bare error": (DOMAIN, 'raise ValueError("no")', "1: value-error"),
    "bare error class": (DOMAIN, "raise RuntimeError", "1: value-error"),
    "float call": (DOMAIN, 'price = float("1.5")', "1: float"),
    "float annotation": (USE_CASE, "def pay(amount: float) -> None: ...", "1: float"),
    "float literal": (READER, "rate = 0.19", "1: float"),
    "true division": (DOMAIN, "share = total / 3", "1: float"),
    "true division in place": (DOMAIN, "total /= 3", "1: float"),
    "clock by class": (USE_CASE, "at = datetime.now(UTC)", "1: clock"),
    "clock by module": (READER, "at = datetime.datetime.now()", "1: clock"),
    "clock by seconds": ("app/api/once.py", "at = time.time()", "1: clock"),
    "date of today": (DOMAIN, "day = date.today()", "1: clock"),
    "commit in a repository": (READER, "await self.session.commit()", "1: commit"),
    "commit in a route": ("app/api/v1/sales.py", "await work.commit()", "1: commit"),
    "commit beside use cases": (
        "app/application/sales/posting.py",
        "await work.commit()",
        "1: commit",
    ),
    "second commit": (
        USE_CASE,
        """
        async def __call__(self):
            await work.commit()
            await work.commit()
        """,
        "3: commit",
    ),
    "long file": (READER, "x = 1\n" * 501, "1: size"),
    "long function": (READER, "def long():\n" + "    x = 1\n" * 60, "1: size"),
    "greedy constructor": (
        READER,
        """
        class Reader:
            def __init__(self, a, b, c, *, d, e, f): ...
        """,
        "2: size",
    ),
    "local import": (
        READER,
        """
        def read():
            from app import bootstrap
        """,
        "2: local-import",
    ),
    "hidden import": (READER, "if TYPE_CHECKING: ...", "1: local-import"),
    "empty name": (READER, "class SaleManager: ...", "1: name"),
    "name of a base": (READER, "class BaseRepository: ...", "1: name"),
    "homeless file": ("app/application/sales/utils.py", "x = 1", "1: name"),
}

KEEPS = {
    "own error": (DOMAIN, "raise InvalidValue('no')"),
    "raised again": (DOMAIN, "raise"),
    "bare error outside the domain": (READER, "raise ValueError"),
    "whole numbers": (DOMAIN, "share = total // 3"),
    "float with a reason": (USE_CASE, "await sleep(ms / 1000)  # float: seconds, not money"),
    "float far from money": ("app/infrastructure/jobs/bell.py", "seconds = 0.5"),
    "path": (READER, "folder / 'file'"),
    "the clock itself": ("app/infrastructure/clock.py", "return datetime.now(UTC)"),
    "a clock that is asked": (USE_CASE, "at = self._clock.now()"),
    "measured duration": ("app/api/middleware.py", "started = time.perf_counter_ns()"),
    "one commit": (USE_CASE, "async def __call__(self):\n    await work.commit()"),
    "two use cases": (
        USE_CASE,
        """
        async def one():
            await work.commit()
        async def two():
            await work.commit()
        """,
    ),
    "the unit of work": (
        "app/infrastructure/db/uow.py",
        "await self.session.commit()",
    ),
    "longest file": (READER, "x = 1\n" * 500),
    "longest function": (READER, "def long():\n" + "    x = 1\n" * 59),
    "long migration": ("alembic/versions/0009_x.py", "def long():\n" + "    x = 1\n" * 60),
    "five dependencies": (
        READER,
        """
        class Reader:
            def __init__(self, a, b, c, *, d, e): ...
        """,
    ),
    "values of an error": (
        READER,
        """
        class Refused:
            def __init__(self, a: str, b: int, c: str | None, *, d: bool, e: bytes, f: int): ...
        """,
    ),
    "import at the head": (READER, "from app import bootstrap"),
    "speaking name": (READER, "class SqlSaleReader: ..."),
}


class TestARuleFinds:
    @pytest.mark.parametrize(("path", "text", "finding"), BREAKS.values(), ids=BREAKS.keys())
    def test_what_breaks_it(self, path: str, text: str, finding: str) -> None:
        assert found(path, text) == [finding]

    def test_every_rule_has_a_breach_above(self) -> None:
        assert {finding.split(": ")[1] for _, _, finding in BREAKS.values()} == set(RULES)


class TestARuleLeavesAlone:
    @pytest.mark.parametrize(("path", "text"), KEEPS.values(), ids=KEEPS.keys())
    def test_what_keeps_it(self, path: str, text: str) -> None:
        assert found(path, text) == []

    def test_but_an_excuse_without_a_reason(self) -> None:
        assert found(USE_CASE, "await sleep(ms / 1000)  # float:") == ["1: float"]


class TestTheProject:
    def test_keeps_the_house_rules(self) -> None:
        assert [line for source in sources(ROOT) for line in findings(source)] == []
