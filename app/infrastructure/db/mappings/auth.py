"""Map users, sessions and signing keys onto their tables.

A session has no version: whoever changes one holds its row, or ends it by a guarded statement.
"""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.auth.session import Session
from app.domain.auth.signing import SigningKey
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions, signing_keys, users


def map_auth(mapper: registry) -> None:
    mapper.map_imperatively(User, users, version_id_col=users.c.version)
    mapper.map_imperatively(Session, sessions)
    mapper.map_imperatively(SigningKey, signing_keys)
