"""`stockbook admin`: make admins, for whoever may run programs on the server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.application.auth.use_cases.setup import CreateAdmin
from app.application.common.actor import Actor
from app.bootstrap import open_services
from app.cli import terminal
from app.core.settings import Settings
from app.domain.auth.password import LEAST_LENGTH, MOST_LENGTH
from app.domain.auth.user import User
from app.domain.common.identifiers import TokenId

app = typer.Typer(help="Make admins.", no_args_is_help=True)


@app.callback()
def admin() -> None:
    """Accounts of admins; everything else about users is done over the API."""


@app.command()
def create(
    email: Annotated[str, typer.Option(prompt=True, help="The address they sign in with.")],
    name: Annotated[str, typer.Option(prompt=True, help="How they are called.")],
) -> None:
    """Make an admin. The password is asked for unseen, or read from standard input."""
    settings = terminal.settings()
    terminal.require_schema(settings)
    user = terminal.run(_create(settings, email=email, name=name, password=_password()))
    typer.echo(f"{user.email} is an admin now and can sign in.")


def _password() -> str:
    """Ask twice without echo; a program hands it over on standard input, one line."""
    if sys.stdin.isatty():
        prompt = f"Password ({LEAST_LENGTH} to {MOST_LENGTH} characters)"
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


async def _create(settings: Settings, *, email: str, name: str, password: str) -> User:
    async with open_services(settings) as services:
        create_admin = CreateAdmin(
            services.work(None), ids=services.ids, passwords=services.accounts.new_passwords
        )
        actor = Actor(trace_id=str(services.ids.new(TokenId)), route="cli admin create")
        return await create_admin(email=email, name=name, password=password, actor=actor)
