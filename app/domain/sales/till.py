"""What a till calls a sale, so that one that is told twice counts once."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.common.errors import Conflict

REGISTER_LENGTH = 32
CLIENT_ID_LENGTH = 64
CLIENT_NUMBER_LENGTH = 64


class ClientIdReused(Conflict):
    """The client id stands for a sale of the register that differs from this one."""

    code = "client_id_reused"
    title = "The client id stands for another sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class TillRecord:
    """`client_id` and `client_number` each stand for one sale of the register.

    The number is what the till printed. `digest` is the hash of what was told under the id.
    """

    register: str
    client_id: str | None = None
    client_number: str | None = None
    digest: bytes | None = None
