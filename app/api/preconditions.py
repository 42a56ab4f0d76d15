"""`If-Match`: a change names the version it was made from."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from app.api.errors import InvalidHeader, PreconditionRequired

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)


IfMatchHeader = Annotated[
    str | None,
    Header(description='The ETag of the version that was read, quotes included: "3".'),
]


async def version_if_named(if_match: IfMatchHeader = None) -> int | None:
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidHeader('If-Match is one strong ETag, such as "3".')
    return int(found.group(1))


async def expected_version(named: Annotated[int | None, Depends(version_if_named)]) -> int:
    if named is None:
        raise PreconditionRequired("Send the ETag of what you read as If-Match.")
    return named


IfMatch = Annotated[int, Depends(expected_version)]
IfMatchIfSent = Annotated[int | None, Depends(version_if_named)]
