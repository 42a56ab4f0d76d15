"""What an update really changed: field → (before, after)."""

from __future__ import annotations

from collections.abc import Mapping

Changes = dict[str, tuple[object, object]]


def apply_changes(entity: object, values: Mapping[str, object]) -> Changes:
    """Set the attributes that differ and return them with their old and new values.

    An update that changes nothing returns an empty mapping, touches nothing and so costs no
    version, no audit row and no event.
    """
    changes: Changes = {}
    for name, after in values.items():
        before = getattr(entity, name)
        if before != after:
            setattr(entity, name, after)
            changes[name] = (before, after)
    return changes
