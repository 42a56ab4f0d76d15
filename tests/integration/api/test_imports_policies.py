"""What an import does about rows that fail: leaves them out, refuses all, or only tells."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.application.imports.run import job_kind
from app.infrastructure.db.tables.catalog import categories, product_barcodes, products
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.imports import import_differences, import_holders, import_keys
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.shop import tax_rates
from tests.fixtures.importing import Importer, Json, counts
from tests.fixtures.jobs import Queue

JOB = job_kind("products")


BAD = [(row, "price", "invalid_decimal", "much") for row in (10, 900)]


def thousand() -> str:
    """Return the file of IMP-25: rows 10 and 900 are bad."""
    bad = {row for row, _, _, _ in BAD}
    rows = (f"S{n},Tea {n},{'much' if n in bad else '2.50'}\n" for n in range(1, 1001))
    return "sku,name,price\n" + "".join(rows)


async def begun(importer: Importer, content: str, **form: str) -> str:
    sent = await importer.upload(content, autostart="true", **form)
    assert (sent.status_code, sent.json()["status"]) == (201, "queued"), sent.text
    return str(sent.json()["id"])


async def ended(importer: Importer, content: str, **form: str) -> Json:
    identifier = await begun(importer, content, **form)
    await importer.work()
    return await importer.shown(identifier)


async def in_chunks(
    importer: Importer, queue: Queue, *, rows: int = 1
) -> AsyncGenerator[None, None]:
    """Return the parts of the job that waits, so many records in each."""
    claim = await queue.claim()
    assert claim is not None
    handler = importer.services.jobs.worker().handlers[JOB]
    return replace(handler, chunk_rows=rows).run(claim)


async def run_through(parts: AsyncGenerator[None, None]) -> None:
    async for _ in parts:
        pass


async def written(importer: Importer) -> dict[str, list[dict[str, Any]]]:
    """Return all that an import may write of the shop."""
    tables = (products, product_barcodes, categories, stock_movements, outbox)
    found = {table.name: await importer.store.rows(select(table)) for table in tables}
    audited = select(audit_log).where(audit_log.c.object_kind.in_(["product", "category"]))
    return found | {"audit_log": await importer.store.rows(audited)}


@pytest.mark.case("IMP-25")
class TestAThousandRowsOfWhichTwoAreBad:
    async def told(self, importer: Importer, identifier: str) -> list[tuple[Any, ...]]:
        found = await importer.faults(identifier, "errors")
        return [(f["row"], f["column"], f["code"], f["value"]) for f in found]

    async def test_are_left_out(self, importer: Importer) -> None:
        done = await ended(importer, thousand(), on_error="skip")

        assert done["status"] == "completed_with_errors"
        assert done["counts"] == counts(created=998, failed=2)
        assert done["analysis"]["on_error"] == "skip"
        assert len(await importer.products()) == 998
        assert await self.told(importer, done["id"]) == BAD

    async def test_keep_all_others_out(self, importer: Importer) -> None:
        before = await written(importer)

        done = await ended(importer, thousand(), on_error="abort")

        assert (done["status"], done["error"]["code"]) == ("failed", "rows_rejected")
        assert done["error"]["detail"] == "2 rows cannot be imported, so nothing was."
        assert done["counts"] == counts(withheld=998, failed=2)
        assert done["analysis"]["on_error"] == "abort"
        assert await written(importer) == before
        assert await self.told(importer, done["id"]) == BAD

    async def test_are_told_by_a_dry_run(self, importer: Importer) -> None:
        before = await written(importer)

        done = await ended(importer, thousand(), dry_run="true")

        assert (done["status"], done["dry_run"]) == ("completed_with_errors", True)
        assert done["counts"] == counts(created=998, failed=2)
        assert await written(importer) == before
        assert await self.told(importer, done["id"]) == BAD


class TestDryRun:
    async def test_tells_each_field_and_is_followed_by_the_run(self, importer: Importer) -> None:
        await importer.run(
            "sku,name,price,category\nA1,Tea,2.50,Drinks\nA2,Milk,1.20,Drinks\nA3,Salt,1,\n"
        )
        before = await written(importer)

        done = await ended(
            importer,
            "sku,name,price,category,quantity\n"
            "A1,Tea,2.75,Drinks > Hot,\nA2,Milk,1.20,Drinks,\nA4,Jam,4,Food,3\nA4,Jam,5,Food,\n",
            dry_run="true",
        )

        assert done["counts"] == counts(created=1, updated=1, unchanged=1, failed=1, warnings=1)
        assert await written(importer) == before
        found = await importer.faults(done["id"], "differences")
        jam = found[1]["changes"]
        assert {name: jam.pop(name) for name in ("unit_id", "tax_rate_id")}.keys() == {
            "unit_id",
            "tax_rate_id",
        }
        assert found == [
            {
                "row": 1,
                "line": 2,
                "label": "A1",
                "created": False,
                "changes": {
                    "price": {"before": "2.50", "after": "2.75"},
                    "category": {"before": "Drinks", "after": "Drinks > Hot"},
                },
            },
            {
                "row": 3,
                "line": 4,
                "label": "A4",
                "created": True,
                "changes": {
                    "sku": {"before": None, "after": "A4"},
                    "name": {"before": None, "after": "Jam"},
                    "price": {"before": None, "after": "4.00"},
                    "tracks_stock": {"before": None, "after": True},
                    "active": {"before": None, "after": True},
                    "on_hand": {"before": "0.000", "after": "3.000"},
                    "category": {"before": None, "after": "Food"},
                },
            },
        ]

        again = await importer.post(f"/{done['id']}/start")
        assert (again.status_code, again.json()["dry_run"]) == (202, False)
        assert again.json()["counts"] == counts()
        await importer.work()

        real = await importer.shown(done["id"])
        assert (real["status"], real["counts"]) == ("completed_with_errors", done["counts"])
        assert await importer.faults(done["id"], "differences") == []
        assert (await importer.products())["A1"]["price_micros"].micros == 2_750_000

    async def test_may_be_repeated_by_other_choices(self, importer: Importer) -> None:
        first = await ended(importer, "sku;name;price\nA1;Tea;2,50\n", dry_run="true")

        anew = await importer.post(f"/{first['id']}/analysis", {"mode": "update"})
        assert (anew.status_code, anew.json()["status"]) == (200, "analysed")
        assert (anew.json()["counts"], anew.json()["dry_run"]) == (counts(), False)
        await importer.post(f"/{first['id']}/start", {"dry_run": True})
        await importer.work()

        done = await importer.shown(first["id"])
        assert (done["dry_run"], done["counts"]) == (True, counts(failed=1))

    async def test_is_no_import_before(self, importer: Importer) -> None:
        content = "sku,name,price\nA1,Tea,2.50\n"
        await ended(importer, content, dry_run="true")

        assert (await importer.upload(content)).json()["imported_before"] is None

    async def test_is_not_started_twice_while_it_goes_on(self, importer: Importer) -> None:
        identifier = await begun(importer, "sku,name,price\nA1,Tea,2.50\n", dry_run="true")

        for path, body in (("start", None), ("analysis", {"mode": "update"})):
            answer = await importer.post(f"/{identifier}/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (409, "import_started")

        await importer.work()
        assert (await importer.shown(identifier))["counts"] == counts(created=1)

    async def test_has_nothing_to_retry(self, importer: Importer) -> None:
        done = await ended(importer, thousand(), dry_run="true")

        answer = await importer.post(f"/{done['id']}/retry")

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")

    @pytest.mark.parametrize("seed", range(6))
    async def test_comes_to_what_the_run_comes_to_wherever_the_file_is_cut(
        self, importer: Importer, queue: Queue, seed: int
    ) -> None:
        draw = random.Random(seed)
        await importer.run(tangled(draw, rows=12))
        content = tangled(draw, rows=30)
        before = await written(importer)

        told = []
        for rows in (1, 4, 1000):
            identifier = await begun(importer, content, dry_run="true")
            await run_through(await in_chunks(importer, queue, rows=rows))
            told.append(await outcome(importer, identifier))
            assert await written(importer) == before
        real = await begun(importer, content)
        await run_through(await in_chunks(importer, queue, rows=4))

        assert told == [await outcome(importer, real)] * 3
        assert await importer.store.rows(select(import_holders)) == []


def tangled(draw: random.Random, *, rows: int) -> str:
    """Return a file whose rows fight for a few SKUs, barcodes and external ids."""
    lines = ["sku,name,price,barcodes,external_id"]
    for _ in range(rows):
        sku = draw.choice(["", *(f"s{n}" for n in range(14)), "S3", "S4"])
        codes = draw.sample([f"c{n}" for n in range(8)], draw.choice([0, 0, 1, 2]))
        external = draw.choice(["", "", "NULL", *(f"x{n}" for n in range(7))])
        price = draw.choice(["1", "2", "2", "dear", ""])
        lines.append(f"{sku},Name {sku},{price},{'|'.join(codes) or 'NULL'},{external}")
    return "\n".join(lines) + "\n"


async def outcome(importer: Importer, identifier: str) -> tuple[Json, list[Json], list[Json]]:
    shown = await importer.shown(identifier)
    return (
        shown["counts"],
        await importer.faults(identifier, "errors"),
        await importer.faults(identifier, "warnings"),
    )


class TestAbort:
    async def test_imports_all_of_a_file_without_faults(
        self, importer: Importer, queue: Queue
    ) -> None:
        identifier = await begun(
            importer,
            "sku,name,price,category\nA1,Tea,2,Hot > Drinks\nA2,Milk,1,Hot > Drinks\nA3,Jam,4,\n",
            on_error="abort",
        )

        parts = await in_chunks(importer, queue)
        for withheld in (1, 2):
            await anext(parts)
            shown = await importer.shown(identifier)
            assert (shown["status"], shown["phase"]) == ("running", "check")
            assert shown["counts"] == counts(withheld=withheld)
        await run_through(parts)

        done = await importer.shown(identifier)
        assert (done["status"], done["phase"]) == ("completed", None)
        assert done["counts"] == counts(created=3)
        assert list(await importer.products()) == ["A1", "A2", "A3"]
        assert await importer.categories() == ["Hot", "Hot > Drinks"]
        assert await importer.store.rows(select(import_keys)) == []
        events = await importer.store.rows(
            select(outbox.c.name).where(outbox.c.name == "import.completed")
        )
        assert len(events) == 1
        assert (await ended(importer, "sku,name,price\nA1,Tea,2\n", on_error="abort"))[
            "counts"
        ] == counts(unchanged=1)

    async def test_checks_again_when_the_shop_changed_meanwhile(
        self, importer: Importer, queue: Queue
    ) -> None:
        await importer.run("sku,name,price\nA9,Salt,1\n")
        content = "sku,name,price,barcodes\nA1,Tea,2,\nA2,Milk,1,C1\n"
        identifier = await begun(importer, content, on_error="abort")
        parts = await in_chunks(importer, queue)
        for _ in range(2):
            await anext(parts)
        # Between the check and the one transaction, another product takes the code.
        taken = (await importer.products())["A9"]["id"]
        await importer.store.execute(
            product_barcodes.insert().values(code_key="C1", code="C1", product_id=taken, position=0)
        )
        await run_through(parts)

        done = await importer.shown(identifier)
        assert (done["status"], done["error"]["code"]) == ("failed", "rows_rejected")
        assert done["counts"] == counts(withheld=1, failed=1)
        assert list(await importer.products()) == ["A9"]
        assert [f["code"] for f in await importer.faults(identifier, "errors")] == ["barcode_taken"]

    async def test_is_checked_anew_when_it_is_retried(self, importer: Importer) -> None:
        content = "sku,name,price,tax_rate\nA1,Tea,2,gone\nA2,Milk,1,\n"
        done = await ended(importer, content, on_error="abort")
        assert done["counts"] == counts(withheld=1, failed=1)

        await importer.store.execute(update(tax_rates).values(code="gone"))
        answer = await importer.post(f"/{done['id']}/retry")
        assert (answer.status_code, answer.json()["counts"]) == (202, counts())
        await importer.work()

        again = await importer.shown(done["id"])
        assert (again["status"], again["counts"]) == ("completed", counts(created=2))
        assert await importer.faults(done["id"], "errors") == []

    async def test_leaves_nothing_when_it_is_cancelled(
        self, importer: Importer, queue: Queue
    ) -> None:
        before = await written(importer)
        identifier = await begun(
            importer, "sku,name,price\nA1,Tea,2\nA2,Milk,1\n", on_error="abort"
        )
        parts = await in_chunks(importer, queue)
        await anext(parts)
        await importer.post(f"/{identifier}/cancel")
        await run_through(parts)

        done = await importer.shown(identifier)
        assert (done["status"], done["counts"]) == ("cancelled", counts(withheld=2))
        assert await written(importer) == before

    async def test_is_undone_when_the_worker_stops_in_the_one_transaction(
        self, importer: Importer, queue: Queue
    ) -> None:
        before = await written(importer)
        content = "sku,name,price\nA1,Tea,2\nA2,Milk,1\nA3,Jam,4\n"
        identifier = await begun(importer, content, on_error="abort")
        parts = await in_chunks(importer, queue)
        for _ in range(4):
            await anext(parts)
        await parts.aclose()

        shown = await importer.shown(identifier)
        assert (shown["phase"], shown["counts"]) == ("whole", counts(withheld=3))
        assert await written(importer) == before


class TestRetryOfFailedRows:
    FILE = (
        "sku,name,price,tax_rate\n"
        "A1,Tea,2,\nA2,Milk,1,late\nA3,Jam,dear,\nA2,Cream,3,\nA2,Curd,2,late\n\nA1,Mate,5,\n"
    )

    @pytest.mark.parametrize("rows", [1, 2, 1000])
    async def test_takes_only_them_and_counts_each_record_once(
        self, importer: Importer, queue: Queue, rows: int
    ) -> None:
        done = await ended(importer, self.FILE)
        assert done["counts"] == counts(created=2, failed=4, blank=1)
        assert (await importer.products())["A2"]["name"] == "Cream"

        await importer.store.execute(update(tax_rates).values(code="late"))
        answer = await importer.post(f"/{done['id']}/retry")
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        await run_through(await in_chunks(importer, queue, rows=rows))

        # The SKU went to the row that succeeded, and no row takes it twice.
        again = await importer.shown(done["id"])
        assert again["counts"] == counts(created=2, failed=4, blank=1)
        found = await importer.faults(done["id"], "errors")
        assert [(f["row"], f["code"]) for f in found] == [
            (2, "duplicate_in_file"),
            (3, "invalid_decimal"),
            (5, "duplicate_in_file"),
            (7, "duplicate_in_file"),
        ]

    async def test_ends_without_errors_when_the_shop_was_mended(self, importer: Importer) -> None:
        content = "sku,name,price,tax_rate\nA1,Tea,2,late\nA2,Milk,1,\nA3,Jam,4,late\n"
        done = await ended(importer, content)
        assert (done["status"], done["counts"]) == (
            "completed_with_errors",
            counts(created=1, failed=2),
        )

        await importer.store.execute(update(tax_rates).values(code="late"))
        await importer.post(f"/{done['id']}/retry")
        await importer.work()

        again = await importer.shown(done["id"])
        assert (again["status"], again["percent"]) == ("completed", 100)
        assert again["counts"] == counts(created=3)
        assert list(await importer.products()) == ["A1", "A2", "A3"]
        assert await importer.faults(done["id"], "errors") == []
        assert await importer.store.rows(select(import_keys)) == []
        answer = await importer.post(f"/{done['id']}/retry")
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")

    async def test_of_a_cancelled_import_is_refused(self, importer: Importer, queue: Queue) -> None:
        identifier = await begun(importer, "sku,name,price\nA1,Tea,dear\nA2,Milk,1\n")
        parts = await in_chunks(importer, queue)
        await anext(parts)
        await importer.post(f"/{identifier}/cancel")
        await run_through(parts)

        answer = await importer.post(f"/{identifier}/retry")

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")
        assert answer.json()["detail"] == "The import is cancelled."


async def test_differences_are_kept_by_dry_runs_only(importer: Importer) -> None:
    await ended(importer, "sku,name,price\nA1,Tea,2.50\n")

    assert await importer.store.rows(select(import_differences)) == []
