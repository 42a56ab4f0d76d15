"""`stockbook serve`: the HTTP server, with the set-up token while there is no user."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Annotated

import typer
import uvicorn

from app.application.auth.use_cases.setup import IssuedToken, IssueSetupToken
from app.bootstrap import DatabaseFault, create_app, migrate_database, open_services
from app.cli import terminal
from app.core.logging import configure_logging
from app.core.settings import Settings

# What is being answered when the server is told to stop may still end.
DRAIN_SECONDS = 30
_NOT_STARTED = 3


def serve(
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Migrate the database first, if it is behind.")
    ] = False,
) -> None:
    """Start the HTTP server; refuses a database that is not at the newest schema."""
    settings = terminal.settings()
    if migrate:
        try:
            migrate_database(settings)
        except DatabaseFault as fault:
            terminal.fail(str(fault))
    else:
        terminal.require_schema(settings)
    configure_logging(settings.log_level)
    try:
        token = terminal.run(_setup_token(settings))
    except DatabaseFault as fault:
        terminal.fail(str(fault))
    if token is not None:
        typer.echo(_invitation(settings, token))
    _serve(settings)


class _Server(uvicorn.Server):
    """Ends the streams when it is told to stop, since it then waits for every answer to end."""

    def __init__(self, config: uvicorn.Config, *, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def _serve(settings: Settings) -> None:
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
        # Whom to believe is a setting of ours; the server would believe anybody on this machine.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config, end_streams=app.state.streams.stop)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise typer.Exit(_NOT_STARTED)


async def _setup_token(settings: Settings) -> IssuedToken | None:
    async with open_services(settings) as services:
        # Keys that cannot be read under this secret are found now, not at the first login.
        await services.accounts.published_keys()
        return await IssueSetupToken(services.work(None))()


def _invitation(settings: Settings, token: IssuedToken) -> str:
    """Say how the first admin is made; the password is left empty, and empty is refused."""
    body = json.dumps(
        {"token": token.text, "email": "you@example.com", "name": "Your name", "password": ""}
    )
    return "\n".join(
        (
            "",
            (
                f"There is no user yet. Fill in the rest and make the first admin until "
                f"{token.expires_at:%Y-%m-%d %H:%M} UTC:"
            ),
            "",
            f"curl -sS {settings.public_url}/api/v1/auth/setup \\",
            f"  -H 'Content-Type: application/json' -d '{body}'",
            "",
        )
    )
