"""Mappings saved by name: kept, used by imports, changed without changing an import."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.import_mappings import import_mappings
from tests.fixtures.importing import Importer, Json

MAPPINGS = "/api/v1/import-mappings"
FILE = "Nr;Text;Preis\nA1;Tea;2,50\n"
COLUMNS = {"Nr": "sku", "Text": "name", "Preis": "price"}
NOTHING = "01JZ8Q4T7W3N5R9X2B6C8D0E1F"
UNSAID: Json = {
    "encoding": None,
    "delimiter": None,
    "sheet": None,
    "has_header": None,
    "preset": None,
    "decimal_mark": None,
    "mode": None,
    "on_error": None,
    "unit": None,
    "tax_rate": None,
    "strict": None,
    "null_word": None,
    "category_separator": None,
    "mapping": {},
}


class Mappings:
    """Calls the routes as a clerk."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    async def call(
        self,
        method: str,
        path: str = "",
        body: Json | None = None,
        *,
        match: str | None = None,
        role: Role = Role.CLERK,
        **params: str,
    ) -> Response:
        headers = self._importer.sign_in(role) | ({} if match is None else {"If-Match": match})
        return await self._importer.http.request(
            method, MAPPINGS + path, json=body, headers=headers, params=params
        )

    async def save(self, name: str, **choices: Any) -> Json:
        answer = await self.call("POST", body={"name": name, "choices": choices})
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def names(self) -> list[str]:
        return [item["name"] for item in (await self.call("GET")).json()["items"]]


@pytest.fixture
def mappings(importer: Importer) -> Mappings:
    return Mappings(importer)


async def trail(importer: Importer) -> list[tuple[str, Json]]:
    rows = await importer.store.rows(
        select(audit_log.c.action, audit_log.c.changes)
        .where(audit_log.c.object_kind == "import_mapping")
        .order_by(audit_log.c.id)
    )
    return [(row["action"], row["changes"]) for row in rows]


class TestKeeping:
    async def test_what_is_saved_is_shown_and_audited(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        answer = await mappings.call(
            "POST",
            body={
                "name": " Baker &  Sons ",
                "choices": {"mapping": COLUMNS, "decimal_mark": ",", "mode": "update"},
            },
        )

        assert answer.status_code == 201
        made = answer.json()
        assert answer.headers["Location"] == f"{MAPPINGS}/{made['id']}"
        assert answer.headers["ETag"] == '"1"'
        assert made == {
            "id": made["id"],
            "name": "Baker &  Sons",
            "kind": "products",
            "choices": UNSAID | {"mapping": COLUMNS, "decimal_mark": ",", "mode": "update"},
            "created_at": made["created_at"],
            "updated_at": made["created_at"],
            "version": 1,
        }
        read = await mappings.call("GET", f"/{made['id']}")
        assert (read.json(), read.headers["ETag"]) == (made, '"1"')
        [(action, changes)] = await trail(importer)
        assert action == "import_mapping.created"
        assert changes["name"] == {"before": None, "after": "Baker &  Sons"}
        assert changes["choices"]["after"]["mapping"] == COLUMNS

    async def test_the_choices_of_an_import_are_saved_with_others_over_them(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        sent = await importer.upload(FILE, mapping='{"Nr": "sku", "Text": "name"}', mode="update")
        likewise = {"name": "Baker", "from_import": sent.json()["id"]}

        made = await mappings.call("POST", body=likewise)
        other = await mappings.call(
            "POST",
            body=likewise | {"name": "Other", "choices": {"mode": "upsert", "mapping": COLUMNS}},
        )

        assert made.json()["choices"] == UNSAID | {
            "mapping": {"Nr": "sku", "Text": "name"},
            "mode": "update",
        }
        assert other.json()["choices"] == UNSAID | {"mapping": COLUMNS, "mode": "upsert"}

    async def test_names_differ_in_more_than_case_and_accents(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        await mappings.save("Café")
        tea = await mappings.save("Tea")

        again = await mappings.call("POST", body={"name": "CAFE", "choices": {}})
        renamed = await mappings.call("PATCH", f"/{tea['id']}", {"name": "cafe"}, match='"1"')

        for refused in (again, renamed):
            assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
            assert refused.json()["errors"][0]["pointer"] == "/name"
        assert await mappings.names() == ["Café", "Tea"]
        assert len(await trail(importer)) == 2

    async def test_of_two_at_once_one_is_refused(self, mappings: Mappings) -> None:
        body = {"name": "Baker", "choices": {}}

        answers = await asyncio.gather(*(mappings.call("POST", body=body) for _ in range(4)))

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert await mappings.names() == ["Baker"]

    @pytest.mark.parametrize(
        ("choices", "code", "pointer"),
        [
            ({"mapping": {"Nr": "colour"}}, "invalid_mapping", None),
            ({"preset": "amazon"}, "invalid_mapping", None),
            ({"encoding": "utf-88"}, "unknown_encoding", None),
            ({"mapping": {"A": "sku", "B": "sku"}}, "duplicate_columns", None),
            ({"unit": "barrel"}, "unknown_reference", "/choices/unit"),
            ({"tax_rate": "huge"}, "unknown_reference", "/choices/tax_rate"),
            ({"saved_mapping": "Other"}, "invalid_request", "/choices/saved_mapping"),
        ],
    )
    async def test_what_could_read_no_file_is_not_saved(
        self,
        importer: Importer,
        mappings: Mappings,
        choices: Json,
        code: str,
        pointer: str | None,
    ) -> None:
        kept = await mappings.save("Kept", mode="update")

        made = await mappings.call("POST", body={"name": "New", "choices": choices})
        changed = await mappings.call("PATCH", f"/{kept['id']}", {"choices": choices}, match='"1"')

        for refused in (made, changed):
            assert (refused.status_code, refused.json()["code"]) == (422, code)
            found = [error["pointer"] for error in refused.json().get("errors", [])]
            assert found == ([] if pointer is None else [pointer])
        assert (await mappings.call("GET", f"/{kept['id']}")).json() == kept
        assert len(await trail(importer)) == 1

    async def test_nothing_to_save_and_an_unknown_import_are_refused(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        nothing = await mappings.call("POST", body={"name": "Baker"})
        unknown = await mappings.call("POST", body={"name": "Baker", "from_import": NOTHING})

        assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid_value")
        assert nothing.json()["errors"][0]["pointer"] == "/choices"
        assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_reference")
        assert unknown.json()["errors"][0]["pointer"] == "/from_import"
        assert await importer.store.rows(select(import_mappings)) == []

    async def test_pages_are_in_the_order_of_names(self, mappings: Mappings) -> None:
        for name in ("tea", "Élan", "Baker", "café"):
            await mappings.save(name)

        first = (await mappings.call("GET", limit="3")).json()
        second = (await mappings.call("GET", limit="3", cursor=first["next_cursor"])).json()

        assert [item["name"] for item in first["items"]] == ["Baker", "café", "Élan"]
        assert [item["name"] for item in second["items"]] == ["tea"]
        assert second["next_cursor"] is None


class TestChanging:
    async def test_given_members_change_and_choices_as_a_whole(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        made = await mappings.save("Baker", mode="update", mapping=COLUMNS)
        path = f"/{made['id']}"

        renamed = await mappings.call("PATCH", path, {"name": "Miller"}, match='"1"')
        changed = await mappings.call("PATCH", path, {"choices": {"mode": "create"}}, match='"2"')
        same = await mappings.call("PATCH", path, {"choices": {"mode": "create"}}, match='"3"')

        assert renamed.json() == made | {
            "name": "Miller",
            "version": 2,
            "updated_at": renamed.json()["updated_at"],
        }
        assert changed.json()["choices"] == UNSAID | {"mode": "create"}
        assert (changed.headers["ETag"], same.headers["ETag"]) == ('"3"', '"3"')
        assert same.json() == changed.json()
        assert [(action, sorted(changes)) for action, changes in await trail(importer)] == [
            ("import_mapping.created", ["choices", "kind", "name"]),
            ("import_mapping.updated", ["name"]),
            ("import_mapping.updated", ["choices"]),
        ]

    async def test_a_mapping_is_forgotten_and_its_name_is_free(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        made = await mappings.save("Baker", mode="update")
        path = f"/{made['id']}"

        gone = await mappings.call("DELETE", path, match='"1"')
        again = await mappings.call("DELETE", path, match='"1"')

        assert (gone.status_code, gone.content, again.status_code) == (204, b"", 404)
        assert (await mappings.call("GET", path)).status_code == 404
        assert [action for action, _ in await trail(importer)] == [
            "import_mapping.created",
            "import_mapping.deleted",
        ]
        await mappings.save("baker")

    async def test_of_those_who_forget_it_at_once_one_does(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        path = f"/{(await mappings.save('Baker'))['id']}"

        answers = await asyncio.gather(
            *(mappings.call("DELETE", path, match='"1"') for _ in range(4))
        )

        # Who comes late finds none, or finds it gone when it is about to go.
        assert {answer.status_code for answer in answers} <= {204, 404, 412}
        assert [answer.status_code for answer in answers].count(204) == 1
        assert len(await trail(importer)) == 2

    @pytest.mark.parametrize(
        ("match", "code"),
        [(None, (428, "precondition_required")), ('"7"', (412, "version_conflict"))],
    )
    async def test_a_change_names_the_version_it_was_made_from(
        self, mappings: Mappings, match: str | None, code: tuple[int, str]
    ) -> None:
        made = await mappings.save("Baker")
        path = f"/{made['id']}"

        changed = await mappings.call("PATCH", path, {"name": "Miller"}, match=match)
        removed = await mappings.call("DELETE", path, match=match)

        for refused in (changed, removed):
            assert (refused.status_code, refused.json()["code"]) == code
        assert (await mappings.call("GET", path)).json() == made

    async def test_only_those_who_may_import_see_and_change(self, mappings: Mappings) -> None:
        made = await mappings.save("Baker")

        answers = [
            await mappings.call("GET", role=Role.VIEWER),
            await mappings.call("POST", body={"name": "X", "choices": {}}, role=Role.CASHIER),
            await mappings.call("DELETE", f"/{made['id']}", match='"1"', role=Role.CASHIER),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]


class TestImporting:
    async def test_a_file_is_read_by_the_mapping_that_it_names(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        await mappings.save("Baker", mapping=COLUMNS, mode="create", decimal_mark=",")

        sent = await importer.upload(FILE, saved_mapping="bäker", autostart="true")
        await importer.work()

        analysis = sent.json()["analysis"]
        assert analysis["saved_mapping"] == "Baker"
        assert (analysis["mode"], analysis["decimal_mark"]) == ("create", ",")
        assert [column["field"] for column in analysis["columns"]] == ["sku", "name", "price"]
        assert list(await importer.products()) == ["A1"]

    async def test_what_is_given_lies_over_it(self, importer: Importer, mappings: Mappings) -> None:
        await mappings.save("Baker", mapping=COLUMNS, mode="create")

        sent = await importer.upload(
            FILE, saved_mapping="Baker", mode="upsert", mapping='{"Text": "description"}'
        )

        analysis = sent.json()["analysis"]
        assert (analysis["saved_mapping"], analysis["mode"]) == ("Baker", "upsert")
        fields = [column["field"] for column in analysis["columns"]]
        assert fields == ["sku", "description", "price"]

    async def test_an_import_keeps_what_it_went_by(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        made = await mappings.save("Baker", mapping=COLUMNS)
        sent = (await importer.upload(FILE, saved_mapping="Baker")).json()
        other = {"choices": {"mapping": {"Nr": "external_id"}}}
        await mappings.call("PATCH", f"/{made['id']}", other, match='"1"')

        anew = await importer.post(f"/{sent['id']}/analysis", {"mode": "create"})
        await mappings.call("DELETE", f"/{made['id']}", match='"2"')
        started = await importer.post(f"/{sent['id']}/start", {"mode": "upsert"})
        await importer.work()

        for answer in (anew, started):
            columns = answer.json()["analysis"]["columns"]
            assert [column["field"] for column in columns] == ["sku", "name", "price"]
            assert answer.json()["analysis"]["saved_mapping"] == "Baker"
        assert list(await importer.products()) == ["A1"]

    @pytest.mark.parametrize("step", ["analysis", "start"])
    async def test_one_that_is_named_later_takes_the_place_of_earlier_choices(
        self, importer: Importer, mappings: Mappings, step: str
    ) -> None:
        await mappings.save("Baker", mapping=COLUMNS)
        sent = await importer.upload(FILE, mapping='{"Nr": "sku", "Text": "external_id"}')

        answer = await importer.post(
            f"/{sent.json()['id']}/{step}", {"saved_mapping": "Baker", "mode": "create"}
        )

        analysis = answer.json()["analysis"]
        assert (analysis["saved_mapping"], analysis["mode"]) == ("Baker", "create")
        fields = [column["field"] for column in analysis["columns"]]
        assert fields == ["sku", "name", "price"]

    async def test_an_unknown_name_is_refused_wherever_it_is_given(
        self, importer: Importer
    ) -> None:
        sent = (await importer.upload("sku,name,price\nA1,Tea,2\n")).json()
        unknown = {"saved_mapping": "Nobody"}

        answers = [
            await importer.upload(FILE, **unknown),
            await importer.post(f"/{sent['id']}/analysis", unknown),
            await importer.post(f"/{sent['id']}/start", unknown),
        ]

        for refused in answers:
            assert (refused.status_code, refused.json()["code"]) == (422, "unknown_reference")
            assert refused.json()["detail"] == "There is no saved mapping Nobody."
            assert refused.json()["errors"][0]["pointer"] == "/saved_mapping"
        assert len((await importer.get()).json()["items"]) == 1
        assert await importer.shown(sent["id"]) == sent

    async def test_a_column_that_the_file_lacks_is_named(
        self, importer: Importer, mappings: Mappings
    ) -> None:
        await mappings.save("Baker", mapping=COLUMNS | {"Farbe": "attribute:Colour"})

        refused = await importer.upload(FILE, saved_mapping="Baker")

        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_mapping")
        assert refused.json()["detail"] == "The file has no column 'Farbe'."
        assert refused.json()["columns"] == ["Nr", "Text", "Preis"]
