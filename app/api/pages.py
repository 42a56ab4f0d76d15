"""Pages of lists over HTTP: `limit` and `cursor` in, `items` and `next_cursor` out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from app.api.cursors import Cursors
from app.api.deps import route_of
from app.application.common.paging import Key, Page, PageRequest

Item = TypeVar("Item")
Shown = TypeVar("Shown", bound=BaseModel)

MAX_LIMIT = 200
_OWN = {"limit", "cursor"}


class PageOut(BaseModel, Generic[Shown]):
    """Items in order; ask again with `cursor` set to `next_cursor`, which is null at the end."""

    items: list[Shown]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


class PageParams:
    """A cursor counts for its route with the same filters and sort, whatever their order."""

    def __init__(self, request: Request, *, limit: int, cursor: str | None) -> None:
        self._cursors: Cursors = request.app.state.cursors
        asked = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in _OWN)
        self._scope = f"{route_of(request)} {request.url.path} {asked!r}"
        self._limit = limit
        self._cursor = cursor

    def request(self) -> PageRequest:
        after = self._cursors.decode(self._cursor, scope=self._scope) if self._cursor else None
        return PageRequest(limit=self._limit, after=after)

    def out(self, page: Page[Item], show: Callable[[Item], Shown]) -> PageOut[Shown]:
        return PageOut(
            items=[show(item) for item in page.items], next_cursor=self.cursor(page.next_after)
        )

    def cursor(self, after: Key | None) -> str | None:
        """Return the cursor of the page after a key; None at the end."""
        return self._cursors.encode(after, scope=self._scope) if after else None


async def get_page_params(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items in a page.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="`next_cursor` of the page before.")
    ] = None,
) -> PageParams:
    return PageParams(request, limit=limit, cursor=cursor)


PageDep = Annotated[PageParams, Depends(get_page_params)]
