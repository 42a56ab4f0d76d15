"""Real files of suppliers and customers: the outcome of every record, twice, and what is stored."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from app.infrastructure.db.tables.foundation import outbox
from app.infrastructure.db.tables.parties import customers, suppliers
from tests.fixtures.importing import DATA, Importer, counts
from tests.fixtures.parties import Parties
from tests.fixtures.real_parties import FILES, RealParties

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the folder of real files is not there: {DATA}"
)
TABLES = {"suppliers": suppliers, "customers": customers}


async def send(importer: Importer, file: RealParties) -> dict[str, Any]:
    content = (DATA / file.name).read_bytes()
    return await importer.run(content, name=file.name, kind=file.kind, **file.form)


async def written(importer: Importer, kind: str) -> list[dict[str, Any]]:
    """Return what tells of every write: none changes without its version and an event."""
    table = TABLES[kind]
    word = kind.removesuffix("s")
    queries = (
        select(func.count(), func.sum(table.c.version), func.max(table.c.updated_at)),
        select(func.count()).select_from(outbox).where(outbox.c.name.startswith(f"{word}.")),
    )
    return [row for query in queries for row in await importer.store.rows(query)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_every_record_has_its_outcome_and_again_nothing_changes(
    importer: Importer, parties: Parties, file: RealParties
) -> None:
    first = await send(importer, file)

    outcome = {"failed": sum(file.errors.values()), "warnings": sum(file.warnings.values())}
    assert first["analysis"]["records"] == first["rows_done"] == file.records
    assert first["counts"] == counts(created=file.created, **outcome)
    assert set(file.ignored) <= set(first["analysis"]["ignored"])
    errors = await importer.faults(first["id"])
    warnings = await importer.faults(first["id"], "warnings")
    assert Counter((fault["code"], fault["column"]) for fault in errors) == file.errors
    assert Counter((fault["code"], fault["column"]) for fault in warnings) == file.warnings
    if file.ragged:
        assert [fault["row"] for fault in errors] == list(file.ragged)
    table = TABLES[file.kind]
    stored = {row["external_id"]: row for row in await importer.store.rows(select(table))}
    assert len(stored) == file.created
    for key, told in file.parties.items():
        shown = await parties.read(file.kind, {"id": str(stored[key]["id"])})
        assert {name: shown[name] for name in told} == told, key

    before = await written(importer, file.kind)
    again = await send(importer, file)

    assert again["counts"] == counts(unchanged=file.created, **outcome)
    assert again["imported_before"] == first["id"]
    assert await importer.faults(again["id"]) == errors
    assert await written(importer, file.kind) == before


@pytest.mark.parametrize("name", ["northwind-suppliers.csv", "northwind-customers.csv"])
async def test_no_value_stands_in_the_column_of_another(importer: Importer, name: str) -> None:
    [file] = [file for file in FILES if file.name == name]
    await send(importer, file)

    with (DATA / name).open(encoding="utf-8", newline="") as opened:
        header, *records = csv.reader(opened)
    whole = [
        {title.lower(): cell for title, cell in zip(header, cells, strict=True)}
        for cells in records
        if len(cells) == len(header)
    ]
    stored = await importer.store.rows(select(TABLES[file.kind]).order_by("id"))
    assert [told_by(row) for row in stored] == [
        tuple(" ".join(row[title].split()) for title in TITLES) for row in whole
    ]


TITLES = (
    "companyname", "contactname", "contacttitle", "address", "city", "postalcode", "phone", "region"
)  # fmt: skip


def told_by(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what is stored in the order of the titles, as the file writes it."""
    [contact], [address] = row["contacts"], row["addresses"]
    told = (row["name"], contact.name, contact.role, *address.lines, address.city)
    return (
        *told,
        *(text or "NULL" for text in (address.postal_code, row["phone"], address.region)),
    )
