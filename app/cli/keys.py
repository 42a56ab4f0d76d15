"""`stockbook keys`: the keys that sign access tokens."""

from __future__ import annotations

import typer

from app.application.auth.use_cases.keys import EnsureSigningKeys, RotateSigningKeys
from app.application.common.actor import Actor
from app.bootstrap import open_services
from app.cli import terminal
from app.core.settings import Settings
from app.domain.auth.signing import SigningKey
from app.domain.common.identifiers import TokenId

app = typer.Typer(help="Rotate signing keys.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Keys that sign access tokens; the public parts are at /.well-known/jwks.json."""


@app.command()
def rotate() -> None:
    """Let the next key sign. Nobody is signed out: the one before verifies a while longer."""
    settings = terminal.settings()
    terminal.require_schema(settings)
    key = terminal.run(_rotate(settings))
    typer.echo(f"Key {key.kid} signs now.")


async def _rotate(settings: Settings) -> SigningKey:
    async with open_services(settings) as services:
        accounts = services.accounts
        await EnsureSigningKeys(services.work(None), ids=services.ids, keys=accounts.keys)()
        rotate_keys = RotateSigningKeys(
            services.work(None),
            ids=services.ids,
            keys=accounts.keys,
            overlap=accounts.key_overlap,
        )
        actor = Actor(trace_id=str(services.ids.new(TokenId)), route="cli keys rotate")
        return await rotate_keys(actor=actor)
