"""What the routes of suppliers and customers share: rights, refusals, conditions of lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.deps import requires
from app.api.errors import InvalidHeader, PreconditionRequired
from app.api.v1.schemas.common import Instant, PlainText
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.parties.queries import PartyFilter
from app.domain.auth.email import EMAIL_LENGTH
from app.domain.auth.roles import Permission
from app.domain.common.errors import AlreadyExists, InvalidValue, NotFound, VersionConflict
from app.domain.parties.party import PartyMerged

CanRead = Annotated[Actor, requires(Permission.PARTIES_READ)]
CanWrite = Annotated[Actor, requires(Permission.PARTIES_WRITE)]

QUERY_LENGTH = 200
ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
FIELDS = (AlreadyExists,)
CHANGE = (NotFound, VersionConflict, PreconditionRequired, PartyMerged)
DUPLICATES = (
    "Groups that share a tax id, a telephone number, or name and postal code, each however it is "
    "written; of a large group the oldest are shown. One may be in several groups."
)


async def party_filter(
    q: Annotated[
        PlainText | None,
        Query(
            max_length=QUERY_LENGTH,
            description="Words that all stand in name, legal name, code, e-mail or tax id, whole "
            "or in part, in any order; case and accents are alike.",
        ),
    ] = None,
    email: Annotated[
        PlainText | None,
        Query(max_length=EMAIL_LENGTH, description="The whole address; case does not count."),
    ] = None,
    active: Annotated[bool | None, Query()] = None,
    updated_since: Annotated[Instant | None, Query()] = None,
) -> PartyFilter:
    return PartyFilter(q=q, email=email, active=active, updated_since=updated_since)
