"""How fast `stockbook import` is, and how much memory it takes: see bench/README.md.

`python -m bench.imports --rows 1000000 --database sqlite postgres`
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import CommandFailed, Run
from bench.goods import write_goods
from bench.report import machine, mebibytes, rate, ratio, show
from bench.shops import POSTGRES, SQLITE, clean_shop, postgres_server

CREATE, UNCHANGED, BAD = "create", "unchanged", "bad rows"


@dataclass(frozen=True, slots=True)
class Measured:
    """One import of a file."""

    database: str
    name: str
    run: Run

    @property
    def outcome(self) -> str:
        """What the command says at its end, behind the import's identifier."""
        line = next(line for line in self.run.said.splitlines() if line.startswith("Import "))
        return line.split(" ", 2)[2].rstrip(".").partition(";")[0]

    @property
    def inside(self) -> float:
        """The rows per second of the import alone, as the command says it; 0 if it does not."""
        told = re.search(r"; ([\d,]+) rows/s\.$", self.run.said, re.MULTILINE)
        return float(told[1].replace(",", "")) if told else 0


def main(arguments: Sequence[str]) -> int:
    wanted = _wanted(arguments)
    print(f"{wanted.rows:,} rows; {machine()}", flush=True)
    try:
        with (
            TemporaryDirectory(prefix="stockbook-bench-") as folder,
            postgres_server(wanted.postgres_url, wanted=POSTGRES in wanted.database) as server,
        ):
            clean, spoilt = Path(folder, "goods.csv"), Path(folder, "spoilt.csv")
            write_goods(clean, wanted.rows, stock=wanted.stock)
            bad = write_goods(spoilt, wanted.rows, bad_percent=wanted.bad, stock=wanted.stock)
            measured: list[Measured] = []
            for database in dict.fromkeys(wanted.database):
                measured += _clean(database, clean, server=server)
                if bad:
                    measured += _spoilt(database, spoilt, server=server)
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    _report(measured, wanted.rows)
    return 0


def _wanted(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--database", nargs="+", choices=[SQLITE, POSTGRES], default=[SQLITE])
    parser.add_argument("--bad", type=int, default=1, help="bad rows of the second file in %%")
    parser.add_argument("--stock", action="store_true", help="with an opening quantity in each row")
    parser.add_argument("--postgres-url", help="a server that may create databases; else our own")
    return parser.parse_args(arguments)


def _clean(database: str, file: Path, *, server: str | None) -> list[Measured]:
    with clean_shop(database, server=server) as shop:
        return [Measured(database, name, shop.run("import", str(file)))
                for name in (CREATE, UNCHANGED)]  # fmt: skip


def _spoilt(database: str, file: Path, *, server: str | None) -> list[Measured]:
    with clean_shop(database, server=server) as shop:
        return [Measured(database, BAD, shop.run("import", str(file), may_fail=True))]


def _report(measured: Sequence[Measured], rows: int) -> None:
    head = ("database", "run", "seconds", "rows/s", "import alone", "MiB early", "MiB end", "end")
    print()
    show([head, *(_line(each, rows) for each in measured)])
    print()
    show([("ratio", "rows/s", "import alone"), *_ratios(measured, rows)])


def _line(each: Measured, rows: int) -> Sequence[str]:
    return (
        each.database,
        each.name,
        f"{each.run.seconds:.1f}",
        f"{rate(rows, each.run):,.0f}",
        f"{each.inside:,.0f}",
        *mebibytes(each.run),
        each.outcome,
    )


def _ratios(measured: Sequence[Measured], rows: int) -> Iterator[tuple[str, str, str]]:
    found = {(each.database, each.name): each for each in measured}
    pairs = [
        (f"{database}, {CREATE} : {name}", (database, CREATE), (database, name))
        for database in dict.fromkeys(each.database for each in measured)
        for name in (BAD, UNCHANGED)
    ]
    pairs.append((f"{CREATE}, {SQLITE} : {POSTGRES}", (SQLITE, CREATE), (POSTGRES, CREATE)))
    for title, one, other in pairs:
        if one in found and other in found:
            first, second = found[one], found[other]
            whole = ratio(rate(rows, first.run), rate(rows, second.run))
            yield title, whole, ratio(first.inside, second.inside)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
