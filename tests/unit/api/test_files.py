"""A workbook that is sent is closed, whether or not anybody takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from app.api.files import WorkbookFile

CONTENT = b"x" * 200_000
OLD: Scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
NEW: Scope = {"type": "http", "asgi": {"spec_version": "2.4"}}


@dataclass
class Book:
    """A finished workbook."""

    left: bytes = CONTENT
    closed: bool = False

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        raise AssertionError(rows)

    def finish(self) -> int:
        raise AssertionError

    def read(self, size: int) -> bytes:
        assert not self.closed
        block, self.left = self.left[:size], self.left[size:]
        return block

    def close(self) -> None:
        self.closed = True


async def here() -> Message:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def gone() -> Message:
    return {"type": "http.disconnect"}


async def send_to_nobody(_: Message) -> None:
    raise OSError


async def sent_and_closed(scope: Scope, receive: Receive, send: Send) -> bool:
    book = Book()
    response = WorkbookFile(book, size=len(CONTENT), name="list.xlsx")
    try:
        await response(scope, receive, send)
    finally:
        assert book.closed
    return not book.left


@pytest.mark.parametrize("scope", [OLD, NEW])
async def test_all_of_it_is_sent_with_its_length(scope: Scope) -> None:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    assert await sent_and_closed(scope, here, send)
    assert dict(messages[0]["headers"]) == {
        b"content-length": b"200000",
        b"content-disposition": b'attachment; filename="list.xlsx"',
        b"content-type": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    assert b"".join(message.get("body", b"") for message in messages) == CONTENT


async def test_it_is_closed_when_the_client_leaves_while_it_is_sent() -> None:
    async def blocked(_: Message) -> None:
        await here()

    assert not await sent_and_closed(OLD, gone, blocked)


async def test_it_is_closed_when_there_is_nobody_to_send_to() -> None:
    with pytest.raises(ClientDisconnect):
        await sent_and_closed(NEW, here, send_to_nobody)


async def test_it_is_closed_when_the_request_is_cancelled() -> None:
    begun = asyncio.Event()

    async def blocked(_: Message) -> None:
        begun.set()
        await here()

    task = asyncio.create_task(sent_and_closed(NEW, here, blocked))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
