"""An update names the version it was made from; a stale one is refused."""

from __future__ import annotations

from typing import Protocol

from app.domain.common.errors import VersionConflict


class Versioned(Protocol):
    version: int


def require_version(entity: Versioned, expected: int) -> None:
    """Refuse with `VersionConflict` unless the caller saw the present version.

    The UPDATE compares it once more in its WHERE, for whoever comes between.
    """
    if entity.version != expected:
        raise VersionConflict(
            f"This is version {entity.version} now, the request was made from version {expected}.",
            extra={"current_version": entity.version},
        )
