"""The tree of typed errors: every refusal of the domain has a stable code and says why.

The HTTP status of a code is chosen in one table at the edge, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field; `pointer` is a JSON pointer into the request body."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal: `detail` is a sentence for people, `extra` is data for programs."""

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail or f"{self.title}."
        self.errors = errors
        self.extra = dict(extra or {})
        super().__init__(self.detail)


class InvalidValue(DomainError):
    """A value breaks a rule of its field."""

    code = "invalid_value"
    title = "A value is not acceptable"

    @classmethod
    def of(cls, field: str, detail: str, *, code: str = "invalid_value") -> InvalidValue:
        """Name the field by its JSON pointer without the first slash, as in `lines/0/quantity`."""
        return cls(
            f"{field}: {detail}",
            errors=(FieldError("/" + field.lstrip("/"), code, detail),),
        )


class NotFound(DomainError):
    """The named thing does not exist."""

    code = "not_found"
    title = "Not found"

    @classmethod
    def of(cls, kind: str, identifier: object) -> NotFound:
        return cls(f"There is no {kind} {identifier}.", extra={"kind": kind})


class UnknownReference(DomainError):
    """A body names something that does not exist."""

    code = "unknown_reference"
    title = "A reference points to nothing"

    @classmethod
    def of(cls, field: str, kind: str, identifier: object) -> UnknownReference:
        detail = f"There is no {kind} {identifier}."
        return cls(detail, errors=(FieldError("/" + field, cls.code, detail),))


class Conflict(DomainError):
    """The state of the thing does not allow this."""

    code = "conflict"
    title = "The current state does not allow this"


class HistoryIsKept(Conflict):
    """What has happened is never changed or removed, only followed by something else."""

    code = "history_is_kept"
    title = "History is never changed"


class AlreadyExists(Conflict):
    """A unique value is taken."""

    code = "already_exists"
    title = "That value is taken"

    @classmethod
    def of(cls, field: str, detail: str) -> AlreadyExists:
        return cls(detail, errors=(FieldError("/" + field, cls.code, detail),))


class VersionConflict(DomainError):
    """The thing was changed since the caller read it."""

    code = "version_conflict"
    title = "Changed by someone else meanwhile"


class PermissionDenied(DomainError):
    """The caller is known but may not do this."""

    code = "permission_denied"
    title = "Not permitted"


class Unauthenticated(DomainError):
    """The caller is not known."""

    code = "unauthenticated"
    title = "Sign in first"


class Busy(DomainError):
    """The database could not serve the request in time; trying again is safe."""

    code = "busy"
    title = "Busy, try again"
