"""Every writing route runs through `Once`: retried when the database asks, repeated never.

With an `Idempotency-Key` the answer is stored in the transaction of the effect, so a request that
is sent again gets the same answer and does nothing. Only successful answers are kept: what was
refused may be tried again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Header, Request, Response

from app.api.answers import respond
from app.api.deps import ServicesDep, SettingsDep, SignedIn, route_of
from app.api.errors import IdempotencyKeyRequired, InvalidHeader
from app.application.audit.use_cases.denials import RecordDenial
from app.application.common.actor import Actor
from app.application.common.answers import AlreadyAnswered, Answer, Ticket
from app.application.common.retry import retrying
from app.application.common.use_cases.keep_answer import KeepAnswer
from app.application.services import Services, Work
from app.core.settings import Settings
from app.domain.common.errors import PermissionDenied

Result = TypeVar("Result")

_PRINTABLE = range(0x20, 0x7F)


class Once:
    def __init__(
        self,
        request: Request,
        *,
        services: Services,
        settings: Settings,
        actor: Actor,
        key: str | None,
    ) -> None:
        self._request = request
        self._services = services
        self._settings = settings
        self._actor = actor
        self._key = key

    async def __call__(
        self,
        act: Callable[[Work], Awaitable[Result]],
        render: Callable[[Result], Answer],
        *,
        fingerprint: bytes | None = None,
    ) -> Response:
        """Do it in a fresh unit of work and answer; `fingerprint` stands for a body of its own."""
        rendered: list[Answer] = []

        def remember(result: object) -> Answer:
            rendered.append(render(cast("Result", result)))
            return rendered[-1]

        ticket = await self._ticket(remember, fingerprint)

        async def attempt() -> Result:
            return await act(self._services.work(ticket))

        try:
            result = await retrying(attempt)
        except AlreadyAnswered as earlier:
            return respond(earlier.answer, replayed=True)
        except PermissionDenied as denial:
            # Its own transaction was undone with the refusal.
            await RecordDenial(self._services.work(None))(denial, actor=self._actor)
            raise
        return respond(rendered[-1] if rendered else render(result))

    async def in_parts(
        self, act: Callable[[], Awaitable[Result]], render: Callable[[Result], Answer]
    ) -> Response:
        """Do what commits part by part, each of which counts once by itself, and answer.

        The answer is kept when all is done: a request that broke off goes on when it is sent again.
        """
        rendered: list[Answer] = []
        ticket = await self._ticket(lambda _: rendered[0], None)

        async def look() -> None:
            async with self._services.work(ticket):
                pass

        async def keep() -> None:
            await KeepAnswer(self._services.work(ticket))()

        try:
            if ticket is not None:
                await retrying(look)
            rendered.append(render(await act()))
            if ticket is not None:
                await retrying(keep)
        except AlreadyAnswered as earlier:
            return respond(earlier.answer, replayed=True)
        return respond(rendered[0])

    async def _ticket(
        self, render: Callable[[object], Answer], fingerprint: bytes | None
    ) -> Ticket | None:
        if self._key is None:
            if self._settings.require_idempotency_key and self._request.method == "POST":
                raise IdempotencyKeyRequired("Send an Idempotency-Key, such as a random UUID.")
            return None
        if not all(ord(character) in _PRINTABLE for character in self._key):
            raise InvalidHeader("Idempotency-Key is 1 to 255 printable ASCII characters.")
        return Ticket(
            scope=f"{self._actor.user_id} {route_of(self._request)}",
            key=self._key,
            fingerprint=fingerprint or await self._asked(),
            render=render,
        )

    async def _asked(self) -> bytes:
        """Hash what makes two requests the same: address, query, version named, body."""
        url = self._request.url
        parts = (
            url.path.encode(),
            url.query.encode(),
            self._request.headers.get("If-Match", "").encode(),
            await self._request.body(),
        )
        return hashlib.sha256(b"\0".join(parts)).digest()


async def get_once(
    request: Request,
    services: ServicesDep,
    settings: SettingsDep,
    actor: SignedIn,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            description="Makes it safe to send this request again: it is done once.",
        ),
    ] = None,
) -> Once:
    return Once(request, services=services, settings=settings, actor=actor, key=key)


OnceDep = Annotated[Once, Depends(get_once)]
