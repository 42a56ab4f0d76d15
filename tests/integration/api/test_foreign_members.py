"""No writing route takes a member that is the server's own, at any depth of its body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx2 import Response

from tests.fixtures.sound import DOCUMENT, WRITING, Json, Sound, described
from tests.fixtures.writes import Writes

# What a client might try anywhere, beside all that the route itself answers.
OWNED = {
    "id": "0" * 26,
    "version": 7,
    "role": "admin",
    "permissions": ["users.admin"],
    "is_admin": True,
    "active": False,
    "created_at": "2020-01-01T00:00:00Z",
    "created_by": "0" * 26,
    "updated_at": "2020-01-01T00:00:00Z",
    "user_id": "0" * 26,
    "sku_key": "x",
    "name_folded": "x",
    "number": "S-2026-000001",
    "sequence": 1,
    "status": "completed",
    "total": "0.01",
    "cost": "0.01",
    "price_cost": "0.01",
    "on_hand": "1000",
    "value_minor": 1,
    "password_hash": "x",
    "unheard_of": 1,
}

# Reviewed: all that these need is which thing, and by whom.
BODILESS = {
    *("activate", "deactivate", "reactivate", "cancel", "retry", "anonymize"),
    *("approve", "receive", "order", "post"),
    *("reopen", "reprice", "release"),
    *("logout", "logout-all", "password-reset"),
}

# Where one that is wrong is refused by itself, with a result of its own; their tests hold it.
BY_ITEM = {"POST /api/v1/sales/batch": "/sales/"}


@pytest.mark.case("B11")
async def test_a_member_that_is_not_asked_for_is_refused(writes: Writes) -> None:
    """A route that reads no body has nothing to assign from; that it reads none is held too."""
    bodiless = set()
    for route in WRITING:
        sound = await writes.sound(route)
        asked = described(route).get("requestBody")
        if asked is None:
            assert (sound.body, sound.files) == (None, None)
            bodiless.add(route)
            continue
        [content] = asked["content"].values()
        before = await writes.state()

        answer, expected = await _send_with_foreign(writes, sound, content["schema"])

        assert answer.status_code == 422, (route, answer.text)
        refused = {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}
        apart = BY_ITEM.get(route, "no such place")
        assert refused == {
            (pointer, "extra_forbidden") for pointer in expected if not pointer.startswith(apart)
        }, route
        assert await writes.state() == before, route
        if not route.startswith("POST /api/v1/auth/"):
            # Nothing but those members was wrong with it.
            answer = await sound.send(writes.http, writes.headers())
            assert answer.is_success, (route, answer.text)

    assert {route.rsplit("/", 1)[1] for route in bodiless if route.startswith("POST")} == BODILESS


async def _send_with_foreign(
    writes: Writes, sound: Sound, schema: Json
) -> tuple[Response, set[str]]:
    """Send a sound request with members too many; returns the answer and where they were put."""
    if sound.files is not None:
        foreign = _foreign(sound.route, schema)
        form = {name: str(value) for name, value in foreign.items()}
        answer = await writes.http.post(
            sound.path, files=sound.files(), data=form, headers=writes.headers()
        )
        return answer, {f"/{name}" for name in foreign}
    assert sound.body is not None
    body, put = sound.body(), set()
    for pointer, place, inner in list(_objects(body, schema)):
        foreign = _foreign(sound.route, inner)
        place.update(foreign)
        put |= {f"{pointer}/{name}" for name in foreign}
    return await replace(sound, body=lambda: body).send(writes.http, writes.headers()), put


def _foreign(route: str, schema: Json) -> Json:
    """Return members that the object does not have: the server's own, and those of the answer."""
    known = _resolved(schema)["properties"]
    shown: set[str] = set()
    for status, answer in described(route)["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if status < "300" and content:
            shown |= set(_resolved(content["schema"]).get("properties", ()))
    members = OWNED | dict.fromkeys(sorted(shown - OWNED.keys()), "x")
    return {name: value for name, value in members.items() if name not in known}


def _objects(value: Any, schema: Json, pointer: str = "") -> Iterator[tuple[str, Json, Json]]:
    """Walk the objects of a body that have members of their own, not the maps."""
    schema = _resolved(schema)
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _objects(item, schema["items"], f"{pointer}/{place}")
    elif isinstance(value, dict) and "properties" in schema:
        for name, item in list(value.items()):
            yield from _objects(item, schema["properties"][name], f"{pointer}/{name}")
        yield pointer, value, schema


def _resolved(schema: Json) -> Json:
    """Return the schema itself: what a reference names, and of an optional one the object."""
    if "$ref" in schema:
        found: Json = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    if "anyOf" in schema:
        return _resolved(next(one for one in schema["anyOf"] if one.get("type") != "null"))
    return schema


@pytest.mark.case("B11")
def test_every_object_that_a_route_reads_names_all_its_members() -> None:
    """Also those that no request above has: each is closed, or a map of texts."""
    pending = [
        content["schema"]
        for route in WRITING
        for content in described(route).get("requestBody", {"content": {}})["content"].values()
    ]
    opened: list[str] = []
    seen: set[str] = set()
    while pending:
        found = pending.pop()
        if repr(found) in seen:
            continue
        seen.add(repr(found))
        schema = _resolved(found)
        pending += [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
        pending += [schema["items"]] if "items" in schema else []
        pending += schema.get("properties", {}).values()
        is_open = schema.get("type") == "object" and schema.get("additionalProperties") is not False
        if is_open and "properties" in schema:
            opened.append(str(found))

    assert len(seen) > len(WRITING)
    assert opened == []
