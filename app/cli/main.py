"""The command line: `stockbook --help` lists the commands."""

from __future__ import annotations

import typer

from app.cli import admin, keys
from app.cli.demo.command import demo
from app.cli.exports import export_products
from app.cli.imports import import_file
from app.cli.migrate import migrate
from app.cli.replay import command as replay
from app.cli.serve import serve
from app.cli.verify import verify
from app.cli.worker import worker

app = typer.Typer(
    name="stockbook",
    help="The record of goods and money for shops and small wholesalers.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with the values of local variables could show a secret.
    pretty_exceptions_enable=False,
)
app.add_typer(admin.app, name="admin")
app.add_typer(keys.app, name="keys")
app.add_typer(replay.app, name="replay")
app.command("serve")(serve)
app.command("worker")(worker)
app.command("migrate")(migrate)
app.command("import")(import_file)
app.command("export")(export_products)
app.command("verify")(verify)
app.command("demo")(demo)


if __name__ == "__main__":
    app()
