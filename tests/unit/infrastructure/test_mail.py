"""Mail over SMTP, to a server of the test's own; and the console twin."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

import pytest

from app.application.auth.letters import Mail, MailFailed
from app.infrastructure.mail import ConsoleMailer, SmtpMailer, SmtpServer

MAIL = Mail(to="grace@shop.test", subject="Your account at Café", text="Hello Grace,\n\ntoken\n")


@dataclass
class Twin:
    """Speaks as much SMTP as it takes to be handed a mail; `refusal` is its answer to RCPT."""

    commands: list[str] = field(default_factory=list)
    data: bytes = b""
    refusal: bytes | None = None
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 twin\r\n")
        while line := await reader.readline():
            command = line.decode().strip()
            self.commands.append(command)
            if command == "DATA":
                writer.write(b"354 go on\r\n")
                self.data = await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            elif command.startswith("RCPT") and self.refusal:
                writer.write(self.refusal)
            elif command == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    def mailer(self, security: str = "none") -> SmtpMailer:
        server = SmtpServer(
            host="127.0.0.1", port=self.port, security=security, username="", password=""
        )
        return SmtpMailer(server, sender="Corner <shop@corner.test>")


@pytest.fixture
async def twin() -> AsyncIterator[Twin]:
    twin = Twin()
    server = await asyncio.start_server(twin.serve, "127.0.0.1", 0)
    twin.port = server.sockets[0].getsockname()[1]
    yield twin
    server.close()
    await server.wait_closed()


async def test_is_handed_over_with_its_headers(twin: Twin) -> None:
    await twin.mailer().send(MAIL)

    message = message_from_bytes(twin.data, policy=default)
    assert (message["To"], message["From"]) == ("grace@shop.test", "Corner <shop@corner.test>")
    assert message["Subject"] == "Your account at Café"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@corner.test>")
    assert "Hello Grace," in message.get_content()
    assert [line for line in twin.commands if line.startswith("RCPT")] == [
        "RCPT TO:<grace@shop.test>"
    ]


async def test_a_refusal_is_told(twin: Twin) -> None:
    twin.refusal = b"550 nobody here\r\n"

    with pytest.raises(MailFailed):
        await twin.mailer().send(MAIL)


async def test_nothing_is_sent_in_the_clear_where_starttls_is_asked_for(twin: Twin) -> None:
    with pytest.raises(MailFailed):
        await twin.mailer("starttls").send(MAIL)

    assert twin.data == b""


@pytest.mark.parametrize("address", ["a,b@shop.test", "a\nb@shop.test", "x"])
async def test_an_address_stays_one_address(twin: Twin, address: str) -> None:
    with pytest.raises(MailFailed):
        await twin.mailer().send(Mail(to=address, subject="x", text="x"))

    assert twin.data == b""


async def test_a_server_that_is_not_there_is_told(unused_tcp_port: int) -> None:
    with pytest.raises(MailFailed):
        await Twin(port=unused_tcp_port).mailer().send(MAIL)


async def test_the_console_twin_prints_it() -> None:
    out = io.StringIO()

    await ConsoleMailer(out).send(MAIL)

    assert out.getvalue() == (
        "--- mail\nTo: grace@shop.test\nSubject: Your account at Café\n\n"
        "Hello Grace,\n\ntoken\n---\n"
    )
