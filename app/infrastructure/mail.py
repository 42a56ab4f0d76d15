"""Send mail: over SMTP, or onto the terminal of whoever tries the program out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TextIO

import aiosmtplib

from app.application.auth.letters import Mail, MailFailed

TIMEOUT_SECONDS = 20


class ConsoleMailer:
    """Prints the mail, token and all: not for production."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    async def send(self, mail: Mail) -> None:
        out = self._out or sys.stdout
        out.write(f"--- mail\nTo: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}---\n")
        out.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """`security` is `starttls`, `tls` or `none`; without a user name nobody signs in."""

    host: str
    port: int
    security: str
    username: str
    password: str


class SmtpMailer:
    """Opens a connection for each mail: they are few."""

    def __init__(self, server: SmtpServer, *, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        server = self._server
        try:
            message = self._message(mail)
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                username=server.username or None,
                password=server.password or None,
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, MessageError, OSError, ValueError) as error:
            raise MailFailed from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        # As one address, whatever commas it holds: a header of text would be split at them.
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message
