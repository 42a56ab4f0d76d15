"""The rows that failed come back as a file, are corrected and sent again."""

from __future__ import annotations

import csv
import io

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.importing import Importer, counts

MARK = "\ufeff"
NO_IMPORT = "01JZ8Q4T7W3N5R9X2B6C8D0E1F"


async def rejected(importer: Importer, identifier: str) -> str:
    answer = await importer.get(f"/{identifier}/rejected.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="rejected-{identifier}.csv"'
    )
    return answer.content.decode()


def table(text: str, delimiter: str = ",") -> list[list[str]]:
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK), newline=""), delimiter=delimiter))


async def test_the_failed_rows_alone_with_their_reasons(importer: Importer) -> None:
    done = await importer.run(
        'SKU;Name;Price;Remark\r\n007;"Tea; ""green""\nloose";x;  kept \r\n008;Pot;3,50;\r\n'
        "009;;-1;\r\n"
    )

    text = await rejected(importer, done["id"])

    assert done["counts"] == counts(created=1, failed=2)
    header, first, second = table(text, ";")
    assert header == ["SKU", "Name", "Price", "Remark", "import_errors"]
    assert first[:4] == ["007", 'Tea; "green"\nloose', "x", "  kept "]
    assert first[4].startswith("Name: expected ")
    assert "Price: expected a plain figure such as 12,50" in first[4]
    assert first[4].endswith("(invalid_decimal)")
    assert second[:4] == ["009", "", "'-1", ""]
    assert second[4] == "Price: expected a price that is not negative (negative)"


@pytest.mark.case("IMP-26")
async def test_corrected_and_sent_again_it_goes_in(importer: Importer) -> None:
    first = await importer.run(b"sku,name,price\n=1+1,@Tea,x\n+7,-Pot,y\n1E5,Cup,1.00\n")
    text = await rejected(importer, first["id"])
    assert [row[:2] for row in table(text)[1:]] == [["'=1+1", "'@Tea"], ["'+7", "'-Pot"]]

    again = await importer.run(text.replace(",x,", ",2.50,").replace(",y,", ",1.25,"))

    assert again["counts"] == counts(created=2)
    assert again["analysis"]["preset"] == "stockbook"
    assert again["analysis"]["ignored"] == []
    stored = await importer.products()
    assert {sku: row["name"] for sku, row in stored.items()} == {
        "=1+1": "@Tea",
        "+7": "-Pot",
        "1E5": "Cup",
    }


async def test_uncorrected_it_fails_alike_and_its_column_does_not_pile_up(
    importer: Importer,
) -> None:
    content = b'sku,name,price\nA,\'=Tea,x\nB,NULL,1.00\nC,Cup\nD,Can,1.00,5\n"E"x,Urn,1\n'
    first = await importer.run(content)
    text = await rejected(importer, first["id"])

    again = await importer.run(text, strict="true")

    assert first["counts"] == counts(failed=5)
    assert again["counts"] == counts(failed=5)
    once, twice = table(text), table(await rejected(importer, again["id"]))
    assert [row[:-1] for row in once] == [
        ["sku", "name", "price"],
        ["A", "'=Tea", "x"],
        ["B", "NULL", "1.00"],
        ["C", "Cup"],
        ["D", "Can", "1.00", "5"],
        ['"E"x,Urn,1'],
    ]
    assert twice[:3] == once[:3]
    assert [row[:-1] for row in twice[3:5]] == [row[:-1] for row in once[3:5]]
    assert "too_few_cells" in twice[5][-1]


async def test_more_rows_than_one_part_come_in_order(importer: Importer) -> None:
    lines = [f"S{number},Tea,{'x' if number % 3 else '1.00'}" for number in range(2_000)]

    done = await importer.run("\n".join(["sku,name,price", *lines]) + "\n")

    rows = table(await rejected(importer, done["id"]))[1:]
    assert [row[0] for row in rows] == [f"S{number}" for number in range(2_000) if number % 3]


async def test_nothing_failed_is_a_header(importer: Importer) -> None:
    done = await importer.run(b"sku,name,price\nA1,Tea,2.50\n")

    assert await rejected(importer, done["id"]) == MARK + "sku,name,price,import_errors\r\n"


async def test_an_unknown_import_is_refused(importer: Importer) -> None:
    answer = await importer.get(f"/{NO_IMPORT}/rejected.csv")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_before_the_start_nothing_is_rejected_yet(importer: Importer) -> None:
    sent = await importer.upload("sku,name,price\nA1,Tea,2.50\n")

    answer = await importer.get(f"/{sent.json()['id']}/rejected.csv")

    assert (answer.status_code, answer.json()["code"]) == (409, "import_not_started")


async def test_a_cashier_may_not_read_it(importer: Importer) -> None:
    answer = await importer.get(f"/{NO_IMPORT}/rejected.csv", role=Role.CASHIER)

    assert answer.status_code == 403
