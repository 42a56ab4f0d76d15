"""How fast `stockbook export` is as CSV and as XLSX, and how much memory it takes.

`python -m bench.exports --rows 1000000 --database sqlite postgres`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.commands import CommandFailed, Run
from bench.goods import write_goods
from bench.report import machine, mebibytes, rate, ratio, show
from bench.shops import POSTGRES, SQLITE, clean_shop, postgres_server

FORMATS = ("csv", "xlsx")


def main(arguments: Sequence[str]) -> int:
    wanted = _wanted(arguments)
    print(f"{wanted.rows:,} products; {machine()}", flush=True)
    measured: dict[tuple[str, str], tuple[Run, int]] = {}
    try:
        with postgres_server(wanted.postgres_url, wanted=POSTGRES in wanted.database) as server:
            for database in dict.fromkeys(wanted.database):
                for name, found in _exported(database, wanted.rows, server=server).items():
                    measured[database, name] = found
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    _report(measured, wanted.rows)
    return 0


def _wanted(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--database", nargs="+", choices=[SQLITE, POSTGRES], default=[SQLITE])
    parser.add_argument("--postgres-url", help="a server that may create databases; else our own")
    return parser.parse_args(arguments)


def _exported(database: str, rows: int, *, server: str | None) -> dict[str, tuple[Run, int]]:
    """Return each run with the size of its file."""
    with clean_shop(database, server=server) as shop:
        goods = shop.folder / "goods.csv"
        write_goods(goods, rows)
        shop.run("import", str(goods))
        found = {}
        for name in FORMATS:
            target = Path(shop.folder, f"list.{name}")
            run = shop.run("export", str(target))
            found[name] = (run, target.stat().st_size)
        return found


def _report(measured: dict[tuple[str, str], tuple[Run, int]], rows: int) -> None:
    head = ("database", "format", "seconds", "products/s", "MiB early", "MiB end", "MB of file")
    print()
    show(
        [
            head,
            *(
                (
                    *place,
                    f"{run.seconds:.1f}",
                    f"{rate(rows, run):,.0f}",
                    *mebibytes(run),
                    f"{size / 1e6:.1f}",
                )
                for place, (run, size) in measured.items()
            ),
        ]
    )
    print()
    for database in dict.fromkeys(database for database, _ in measured):
        first, second = (rate(rows, measured[database, name][0]) for name in FORMATS)
        print(f"{database}, products/s, csv : xlsx = {ratio(first, second)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
