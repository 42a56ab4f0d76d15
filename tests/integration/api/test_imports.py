"""The life of an import over HTTP: sent, looked at, started, watched, stopped, refused."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.application.imports.run import job_kind
from app.core.settings import Settings
from app.domain.auth.roles import Role
from app.infrastructure.db.tables.catalog import product_barcodes, products
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.imports import import_keys, imports
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.jobs import jobs
from tests.fixtures.app import application
from tests.fixtures.importing import Importer, counts
from tests.fixtures.jobs import Queue

TEA = "sku,name,price\nA1,Tea,2.50\n"
NO_IMPORT = "01JZ8Q4T7W3N5R9X2B6C8D0E1F"

JOB = job_kind("products")


async def started(importer: Importer, content: str = TEA) -> str:
    sent = await importer.upload(content, autostart="true")
    assert sent.json()["status"] == "queued", sent.text
    return str(sent.json()["id"])


class TestUpload:
    async def test_answers_with_what_was_found(self, importer: Importer) -> None:
        answer = await importer.upload("sku;name;price;foo\nA1;Tea;2,50;x\n", name="tea.csv")

        assert answer.status_code == 201
        shown = answer.json()
        assert answer.headers["Location"] == f"/api/v1/imports/{shown['id']}"
        assert shown["status"] == "analysed"
        assert shown["counts"] == counts()
        assert shown["file"]["name"] == "tea.csv"
        analysis = shown["analysis"]
        assert (analysis["preset"], analysis["decimal_mark"], analysis["mode"]) == (
            "free",
            ",",
            "upsert",
        )
        assert [column["field"] for column in analysis["columns"]] == [
            "sku",
            "name",
            "price",
            None,
        ]
        assert (analysis["ignored"], analysis["records"]) == (["foo"], 1)
        assert analysis["sample"] == [["A1", "Tea", "2,50", "x"]]
        assert await importer.products() == {}

    async def test_keeps_the_file_under_its_hash(
        self, importer: Importer, settings: Settings
    ) -> None:
        shown = (await importer.upload(TEA)).json()

        digest = hashlib.sha256(TEA.encode()).hexdigest()
        assert shown["file"] == {"name": "products.csv", "size": len(TEA), "sha256": digest}
        kept = [path for path in settings.files_dir.rglob("*") if path.is_file()]
        assert kept == [settings.files_dir / digest[:2] / digest]
        assert kept[0].read_text() == TEA

    async def test_a_file_of_too_many_rows_is_refused(
        self, importer: Importer, settings: Settings
    ) -> None:
        intake = replace(importer.services.intake, most_rows=2)
        application(settings).state.services = replace(importer.services, intake=intake)

        answer = await importer.upload("sku,name,price\nA1,Tea,2\n\nA2,Milk,1\n")
        fitting = await importer.upload("sku,name,price\nA1,Tea,2\nA2,Milk,1\n")

        assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
        assert answer.json()["max"] == 2
        assert answer.json()["detail"] == "The file has more than 2 rows; divide it."
        assert fitting.status_code == 201
        assert [item["rows_done"] for item in (await importer.get()).json()["items"]] == [0]

    async def test_a_file_that_is_too_large_is_not_kept(
        self, importer: Importer, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = importer.services.intake.files
        monkeypatch.setattr(files, "_max_bytes", 20)

        answer = await importer.upload(TEA)

        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert answer.json()["max_bytes"] == 20
        assert [path for path in settings.files_dir.rglob("*") if path.is_file()] == []
        assert (await importer.get()).json()["items"] == []

    @pytest.mark.parametrize(
        ("content", "media_type", "code"),
        [
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "text/csv", "not_text"),
            (b"sku,name,price\n", "image/png", "unsupported_media_type"),
        ],
    )
    async def test_another_kind_of_file_is_refused(
        self, importer: Importer, content: bytes, media_type: str, code: str
    ) -> None:
        answer = await importer.upload(content, media_type=media_type)

        assert (answer.status_code, answer.json()["code"]) == (415, code)

    async def test_an_unknown_form_field_is_refused(self, importer: Importer) -> None:
        answer = await importer.upload(TEA, colour="red")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/colour"

    async def test_a_mapping_that_does_not_fit_is_refused(self, importer: Importer) -> None:
        answer = await importer.upload(TEA, mapping='{"Colour": "sku"}')

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_mapping")
        assert answer.json()["columns"] == ["sku", "name", "price"]

    async def test_the_same_key_makes_one_import(self, importer: Importer) -> None:
        first = await importer.upload(TEA, key="k-1")
        again = await importer.upload(TEA, key="k-1")
        other = await importer.upload(TEA + "A2,Pot,3\n", key="k-1")

        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
        assert len((await importer.get()).json()["items"]) == 1


class TestStart:
    async def test_queues_the_import_and_a_worker_ends_it(self, importer: Importer) -> None:
        identifier = await started(importer)

        await importer.work()

        shown = await importer.shown(identifier)
        assert (shown["status"], shown["percent"]) == ("completed", 100)
        assert shown["counts"] == counts(created=1)
        assert shown["started_at"] <= shown["finished_at"]
        rows = await importer.store.rows(select(audit_log).order_by(audit_log.c.id))
        assert [(row["action"], row["role"], row["route"]) for row in rows] == [
            ("import.received", "clerk", "POST /api/v1/imports"),
            ("import.started", "clerk", "POST /api/v1/imports"),
            ("product.created", "clerk", f"job {JOB}"),
            ("import.completed", "clerk", f"job {JOB}"),
        ]
        assert {row["session_id"] for row in rows} != {None}
        assert await importer.store.rows(select(import_keys)) == []

    async def test_takes_choices_and_looks_at_the_file_by_them(self, importer: Importer) -> None:
        sent = (
            await importer.upload("Nr;Text;Preis\nA1;Tea;2,50\n", mapping='{"Nr": "sku"}')
        ).json()

        answer = await importer.post(
            f"/{sent['id']}/start",
            {"mapping": {"Text": "name", "Preis": "price"}, "mode": "create"},
        )

        assert answer.status_code == 202
        fields = [column["field"] for column in answer.json()["analysis"]["columns"]]
        assert fields == ["sku", "name", "price"]
        assert answer.json()["analysis"]["mode"] == "create"
        await importer.work()
        assert list(await importer.products()) == ["A1"]

    async def test_a_second_start_is_refused_and_a_repeated_one_replayed(
        self, importer: Importer
    ) -> None:
        sent = (await importer.upload(TEA)).json()
        path = f"/{sent['id']}/start"

        first = await importer.post(path, key="k-1")
        again = await importer.post(path, key="k-1")
        second = await importer.post(path)

        assert again.json() == first.json()
        assert (second.status_code, second.json()["code"]) == (409, "import_started")
        assert len(await importer.store.rows(select(jobs))) == 1

    async def test_what_the_shop_does_not_have_is_refused(self, importer: Importer) -> None:
        sent = (await importer.upload(TEA)).json()

        answer = await importer.post(f"/{sent['id']}/start", {"unit": "barrel"})

        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
        assert answer.json()["errors"][0]["pointer"] == "/unit"
        assert (await importer.shown(sent["id"]))["status"] == "analysed"

    @pytest.mark.parametrize(
        ("mode", "expected", "code"),
        [
            ("create", counts(created=1, failed=1), "already_exists"),
            ("update", counts(updated=1, failed=1), "not_found"),
        ],
    )
    async def test_the_mode_says_what_may_happen(
        self, importer: Importer, mode: str, expected: dict[str, int], code: str
    ) -> None:
        await importer.run(TEA)

        done = await importer.run("sku,name,price\nA1,Tea,3\nA2,Pot,4\n", mode=mode)

        assert done["counts"] == expected
        [fault] = await importer.faults(done["id"])
        assert fault["code"] == code

    async def test_analysis_is_open_until_the_start(self, importer: Importer) -> None:
        sent = (await importer.upload("sku,name,price\nA1,Café,2\n".encode("cp1252"))).json()

        other = await importer.post(f"/{sent['id']}/analysis", {"encoding": "latin-1"})
        await importer.post(f"/{sent['id']}/start")
        late = await importer.post(f"/{sent['id']}/analysis", {"mode": "create"})

        assert other.status_code == 200, other.text
        assert (late.status_code, late.json()["code"]) == (409, "import_started")


class TestProducts:
    async def test_events_and_audit_say_the_same_as_by_hand(self, importer: Importer) -> None:
        text = (
            "sku,name,price,cost,barcode,category,reorder point,description,quantity\n"
            "A1,Tea,2.50,1.25,4006381333931,Food > Tea,3,Green,7\n"
        )
        await importer.run(text)
        [product] = (await importer.products()).values()
        [event] = await importer.store.rows(
            select(outbox.c.payload).where(outbox.c.name == "product.created")
        )
        headers = importer.sign_in()
        body = {
            "sku": "B1",
            "name": "Tea",
            "price": {"amount": "2.50", "currency": "EUR"},
            "cost": {"amount": "1.25", "currency": "EUR"},
            "barcodes": ["4006381333948"],
            "category_id": str(product["category_id"]),
            "reorder_point": "3",
            "description": "Green",
        }
        made = await importer.http.post("/api/v1/products", json=body, headers=headers)
        assert made.status_code == 201, made.text
        by_hand = (
            await importer.store.rows(
                select(outbox.c.payload).where(outbox.c.name == "product.created")
            )
        )[-1]
        own = {"sku": "A1", "barcodes": ["4006381333931"]}
        assert event["payload"]["product"] == by_hand["payload"]["product"] | own
        assert set(event["payload"]) == set(by_hand["payload"])
        audits = await importer.store.rows(
            select(audit_log.c.changes).where(audit_log.c.action == "product.created")
        )
        changes = [dict(row["changes"]) for row in audits]
        assert changes[0].pop("on_hand") == {"before": "0.000", "after": "7.000"}
        assert changes[0].keys() == changes[1].keys()
        assert product["search_text"] == "a1\ntea\n4006381333931\n04006381333931"

    async def test_a_quantity_opens_stock_only_where_a_product_is_made(
        self, importer: Importer
    ) -> None:
        text = "sku,name,price,cost,quantity\nA1,Tea,2,1.50,4\nA2,Pot,3,,2\nA3,Cup,4,1,-5\n"

        done = await importer.run(text)
        again = await importer.run(text)

        assert done["counts"] == counts(created=3, warnings=2)
        assert again["counts"] == counts(unchanged=3, warnings=1)
        warnings = await importer.faults(done["id"], "warnings")
        assert [(w["row"], w["code"]) for w in warnings] == [
            (2, "cost_unknown"),
            (3, "negative_quantity"),
        ]
        moved = await importer.store.rows(select(stock_movements))
        assert [(str(m["quantity"]), m["value_minor"], m["kind"]) for m in moved] == [
            ("4.000", 600, "opening"),
            ("2.000", 0, "opening"),
        ]
        verified = await importer.http.get("/api/v1/inventory/verify", headers=importer.sign_in())
        assert verified.json()["clean"] is True, verified.text

    async def test_codes_may_change_hands_in_one_file_in_its_order(
        self, importer: Importer
    ) -> None:
        await importer.run("sku,name,price,barcode\nA1,Tea,2,X\nA2,Pot,2,Y\n")

        done = await importer.run("sku,barcode\nA1,Z\nA2,X\n")
        refused = await importer.run("sku,barcode\nA1,X\nA2,Z\n")

        assert done["counts"] == counts(updated=2)
        assert refused["counts"] == counts(failed=2)
        rows = await importer.store.rows(
            select(product_barcodes.c.code, products.c.sku).join(products).order_by(products.c.sku)
        )
        assert [(row["sku"], row["code"]) for row in rows] == [("A1", "Z"), ("A2", "X")]


class TestEnds:
    async def test_a_waiting_import_is_cancelled_at_once(self, importer: Importer) -> None:
        identifier = await started(importer)

        answer = await importer.post(f"/{identifier}/cancel")
        again = await importer.post(f"/{identifier}/cancel")
        await importer.work()

        assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
        assert (again.status_code, again.json()["code"]) == (409, "job_ended")
        assert await importer.products() == {}

    async def test_a_running_import_keeps_what_it_did(
        self, importer: Importer, queue: Queue
    ) -> None:
        rows = "".join(f"A{n},Tea,2\n" for n in range(3))
        identifier = await started(importer, f"sku,name,price\n{rows}")
        worker = importer.services.jobs.worker()
        worker.handlers = {JOB: replace(worker.handlers[JOB], chunk_rows=1)}
        claim = await queue.claim()
        assert claim is not None
        parts = worker.handlers[JOB].run(claim)
        await anext(parts)
        asked = await importer.post(f"/{identifier}/cancel")
        async for _ in parts:
            pass

        assert (asked.json()["status"], asked.json()["cancel_requested"]) == ("running", True)
        shown = await importer.shown(identifier)
        assert (shown["status"], shown["counts"]) == ("cancelled", counts(created=2))
        assert list(await importer.products()) == ["A0", "A1"]

    async def test_what_was_not_started_cannot_be_stopped(self, importer: Importer) -> None:
        sent = (await importer.upload(TEA)).json()

        for act in ("cancel", "retry"):
            answer = await importer.post(f"/{sent['id']}/{act}")
            assert (answer.status_code, answer.json()["code"]) == (409, "import_not_started")

    async def test_a_dead_import_goes_on_when_it_is_retried(self, importer: Importer) -> None:
        identifier = await started(importer)
        await importer.store.execute(update(jobs).values(status="dead", attempts=5))
        assert (await importer.shown(identifier))["status"] == "dead"

        answer = await importer.post(f"/{identifier}/retry")
        await importer.work()

        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        assert (await importer.shown(identifier))["status"] == "completed"
        again = await importer.post(f"/{identifier}/retry")
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_retry")

    async def test_a_file_that_is_gone_fails_the_import_and_says_so(
        self, importer: Importer, settings: Settings
    ) -> None:
        identifier = await started(importer)
        shutil.rmtree(settings.files_dir)

        await importer.work()

        shown = await importer.shown(identifier)
        assert (shown["status"], shown["error"]["code"]) == ("failed", "file_missing")


class TestReading:
    @pytest.mark.parametrize("act", ["start", "cancel", "retry"])
    async def test_an_unknown_import_is_not_found(self, importer: Importer, act: str) -> None:
        assert (await importer.post(f"/{NO_IMPORT}/{act}")).status_code == 404

    @pytest.mark.parametrize("path", ["", "/errors", "/warnings"])
    async def test_nothing_of_an_unknown_import_is_found(
        self, importer: Importer, path: str
    ) -> None:
        assert (await importer.get(f"/{NO_IMPORT}{path}")).status_code == 404

    async def test_pages_hold_each_import_and_each_fault_once(self, importer: Importer) -> None:
        rows = "".join(f"A{n},Tea,x\n" for n in range(5))
        done = await importer.run(f"sku,name,price\n{rows}")
        for _ in range(2):
            await importer.upload(TEA)

        first = (await importer.get(limit="2")).json()
        second = (await importer.get(limit="2", cursor=first["next_cursor"])).json()

        assert len(first["items"]) == 2
        assert [item["id"] for item in second["items"]] == [done["id"]]
        assert second["next_cursor"] is None
        faults: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await importer.get(f"/{done['id']}/errors", limit="2", **cursor)).json()
            faults += [fault["row"] for fault in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert faults == [1, 2, 3, 4, 5]

    async def test_only_those_who_may_import_see_and_send(self, importer: Importer) -> None:
        refused = await importer.upload(TEA, role=Role.CASHIER)
        unseen = await importer.get(role=Role.VIEWER)

        assert (refused.status_code, unseen.status_code) == (403, 403)
        assert await importer.store.rows(select(imports)) == []
