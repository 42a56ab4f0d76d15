"""`If-Match`: a change names the version it was made from."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from app.api.errors import InvalidHeader, PreconditionRequired

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)


def expected_version(
    if_match: Annotated[
        str | None,
        Header(description='The ETag of the version that was read, quotes included: "3".'),
    ] = None,
) -> int:
    if if_match is None:
        raise PreconditionRequired("Send the ETag of what you read as If-Match.")
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidHeader('If-Match is one strong ETag, such as "3".')
    return int(found.group(1))


IfMatch = Annotated[int, Depends(expected_version)]
