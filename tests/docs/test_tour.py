"""The README's tour does what it says, run as it stands against the server of `make run`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import local_shop
from tests.fixtures.commands import ROOT, Server, serving, stockbook
from tests.fixtures.documents import blocks_of, matches, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = README.partition("## A tour of five minutes")[2].partition("\n## ")[0]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Server]:
    """What `make run` starts, in a folder of the test's own: see `Tasks.run`."""
    given = local_shop.settings(tmp_path, {})
    migrated = stockbook("migrate", given=given, folder=tmp_path)
    assert (migrated.returncode, migrated.stderr) == (0, "")
    with serving(given, tmp_path) as server:
        yield server


def test_both_commands_stand_first() -> None:
    start, checklist, tour = (
        README.index(text) for text in ("## Start", "### Is it right?", "## A tour")
    )
    assert start < README.index("make run") < README.index("make test\n") < checklist < tour
    assert [block.commands for block in blocks_of(README)][:2] == ["make run\n", "make test\n"]


def test_the_tour_and_the_pages_print_what_they_show(shop: Server, tmp_path: Path) -> None:
    """Pages may use what the tour defines: `$SHOP`, `$AUTH`, `$JSON`, `$MUG`, `pick`, `sell`,
    `take_back`."""
    tour = blocks_of(TOUR)
    examples = [block for page in PAGES for block in blocks_of(page.read_text(encoding="utf-8"))]

    printed = run(
        [*tour, *examples],
        folder=tmp_path,
        variables=_variables(shop),
        typed=f"{shop.setup_token}\n",
    )

    assert len(tour) == 13
    for block, output in zip([*tour, *examples], printed, strict=True):
        assert matches(block.shown or "", output), f"{block.commands}\nprinted\n{output}"


def _variables(shop: Server) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PORT": shop.url.rpartition(":")[2]}
