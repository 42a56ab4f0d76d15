"""Known faults of imports elsewhere, run through the API and a worker on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.common.money import UnitPrice
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.jobs import jobs
from app.infrastructure.db.tables.shop import shop
from tests.fixtures.importing import Importer, counts


async def audit_of(importer: Importer, action: str) -> list[dict[str, Any]]:
    query = select(audit_log).where(audit_log.c.action == action).order_by(audit_log.c.id)
    return await importer.store.rows(query)


class TestDecoding:
    @pytest.mark.case("IMP-01")
    async def test_a_byte_mark_changes_nothing(self, importer: Importer) -> None:
        marked = await importer.run(b"\xef\xbb\xbfsku,name,price\nA1,Tea,2.50")

        columns = [column["header"] for column in marked["analysis"]["columns"]]
        assert columns == ["sku", "name", "price"]
        assert marked["analysis"]["format"]["byte_mark"] is True
        assert marked["counts"] == counts(created=1)
        plain = await importer.run("sku,name,price\nA1,Tea,2.50")
        assert plain["counts"] == counts(unchanged=1)

    @pytest.mark.case("IMP-03")
    async def test_unicode_text_of_a_spreadsheet_is_read(self, importer: Importer) -> None:
        text = "sku\tname\tprice\nA1\tCrème brûlée\t2.50\nA2\tCrème brûlée 2\t3\n"

        done = await importer.run(text.encode("utf-16"))

        assert done["counts"] == counts(created=2)
        assert done["analysis"]["format"]["encoding"] == "utf-16-le"
        assert done["analysis"]["format"]["delimiter"] == "\t"
        names = [product["name"] for product in (await importer.products()).values()]
        assert names == ["Crème brûlée", "Crème brûlée 2"]

    @pytest.mark.case("IMP-03")
    async def test_utf_16_without_a_mark_is_no_fault_of_the_server(
        self, importer: Importer
    ) -> None:
        done = await importer.run("sku\tname\tprice\nA1\tThé\t2\n".encode("utf-16-le"))

        assert done["counts"] == counts(created=1)
        assert done["analysis"]["format"]["encoding"] == "utf-16-le"
        assert done["analysis"]["format"]["byte_mark"] is False
        assert (await importer.products())["A1"]["name"] == "Thé"

    @pytest.mark.case("IMP-04")
    async def test_cp1252_is_read_to_the_letter(self, importer: Importer) -> None:
        done = await importer.run("sku,name,price\nA1,Café 5 €,2.50\n".encode("cp1252"))

        assert done["analysis"]["format"]["encoding"] == "cp1252"
        assert (await importer.products())["A1"]["name"] == "Café 5 €"

    @pytest.mark.case("IMP-04")
    async def test_an_undecidable_text_is_refused_before_anything_is_kept(
        self, importer: Importer
    ) -> None:
        answer = await importer.upload(b"sku,name,price\nA1,Tea \x81 \x8d,2.50\n")

        assert answer.status_code == 422
        problem = answer.json()
        assert problem["code"] == "undecidable_encoding"
        assert (problem["line"], problem["byte_offset"]) == (2, 22)
        assert (await importer.get()).json()["items"] == []


class TestStructure:
    @pytest.mark.case("IMP-06")
    async def test_semicolons_keep_the_comma_in_a_name(self, importer: Importer) -> None:
        done = await importer.run("sku;name;price\nA1;Tea, green;2,50\n")

        assert done["analysis"]["format"]["delimiter"] == ";"
        product = (await importer.products())["A1"]
        assert (product["name"], product["price_micros"].amount) == ("Tea, green", "2.50")

    @pytest.mark.case("IMP-08")
    async def test_empty_lines_cost_nothing(self, importer: Importer) -> None:
        rows = "A1,Tea,2,\n,,,\nA2,Pot,3,\nA3,Cup,4,\n" + ",,,\n" * 500

        done = await importer.run(f"sku,name,price,cost\n{rows}")

        assert done["counts"] == counts(created=3, blank=501)
        assert done["status"] == "completed"
        assert await importer.faults(done["id"]) == []

    @pytest.mark.case("IMP-06")
    async def test_one_unknown_column_means_the_delimiter_is_not_known(
        self, importer: Importer
    ) -> None:
        answer = await importer.upload("sku~name~price\nA1~Tea~2\n")

        assert answer.status_code == 422
        assert answer.json()["code"] == "delimiter_not_recognised"
        assert await importer.products() == {}

    @pytest.mark.case("IMP-07")
    async def test_line_breaks_stay_in_their_cell(self, importer: Importer) -> None:
        done = await importer.run(
            'sku,name,description,price\nA1,Tea,"line1\r\nline2, ""best""",2\nA2,Pot,,x\n'
            "A3,Cup,,1\n"
        )

        assert done["counts"] == counts(created=2, failed=1)
        description = (await importer.products())["A1"]["description"]
        assert description.splitlines() == ["line1", 'line2, "best"']
        [fault] = await importer.faults(done["id"])
        assert (fault["row"], fault["line"]) == (2, 4)

    @pytest.mark.case("IMP-09")
    async def test_rows_of_another_width_fail_and_nothing_shifts(self, importer: Importer) -> None:
        done = await importer.run(
            "sku,name,price,cost,unit\nA1,Tea,1,1,piece\nA2,Pot,2,1,piece\n"
            "A3,Cup,3,1,piece,extra\nA4,Jug,4,1\nA5,Bag,5,1,piece\n"
        )

        assert done["counts"] == counts(created=3, failed=2)
        faults = await importer.faults(done["id"])
        assert [(f["row"], f["code"], f["max"], f["actual"]) for f in faults] == [
            (3, "too_many_cells", 5, 6),
            (4, "too_few_cells", 5, 4),
        ]
        assert list(await importer.products()) == ["A1", "A2", "A5"]

    @pytest.mark.case("IMP-10")
    async def test_headers_are_matched_loosely_and_unknown_ones_told_once(
        self, importer: Importer
    ) -> None:
        done = await importer.run("SKU ,Product Name,price,foo\nA1,Tea,2,bar\n")

        assert done["counts"] == counts(created=1)
        assert done["analysis"]["ignored"] == ["foo"]

    @pytest.mark.case("IMP-10")
    async def test_a_strict_import_refuses_unknown_columns(self, importer: Importer) -> None:
        answer = await importer.upload("sku,name,price,foo\nA1,Tea,2,bar\n", strict="true")

        assert answer.status_code == 422
        assert (answer.json()["code"], answer.json()["columns"]) == ("unknown_columns", ["foo"])

    @pytest.mark.case("IMP-10")
    async def test_a_missing_column_is_told_with_the_names_it_may_have(
        self, importer: Importer
    ) -> None:
        answer = await importer.upload("colour,name,price\nred,Tea,2\n")

        assert answer.status_code == 422
        assert answer.json()["code"] == "missing_columns"
        assert answer.json()["missing"] == ["sku"]
        assert "articlenumber" in answer.json()["expected"]["sku"]


class TestNumbers:
    @pytest.mark.case("IMP-11")
    @pytest.mark.parametrize(
        ("mark", "cells", "prices"),
        [
            (",", '"4,20" "1.234,56"', ["4.20", "1234.56"]),
            (".", '"1,234.56" 4.2', ["1234.56", "4.20"]),
        ],
    )
    async def test_figures_are_read_by_the_mark_that_is_named(
        self, importer: Importer, mark: str, cells: str, prices: list[str]
    ) -> None:
        rows = "".join(f"A{n},Tea,{cell}\n" for n, cell in enumerate(cells.split(" ")))

        await importer.run(f"sku,name,price\n{rows}", decimal_mark=mark)

        stored = [p["price_micros"].amount for p in (await importer.products()).values()]
        assert stored == prices

    @pytest.mark.case("IMP-11")
    async def test_a_figure_that_can_be_read_twice_waits_for_the_mark(
        self, importer: Importer
    ) -> None:
        sent = await importer.upload('sku,name,price\nA1,Tea,"1,234"\n', autostart="true")

        shown = sent.json()
        assert shown["status"] == "analysed"
        assert shown["analysis"]["in_doubt"]["examples"] == ["1,234"]
        refused = await importer.post(f"/{shown['id']}/start")
        assert refused.status_code == 422
        assert refused.json()["code"] == "ambiguous_decimal"
        started = await importer.post(f"/{shown['id']}/start", {"decimal_mark": ","})
        assert started.status_code == 202
        await importer.work()
        assert (await importer.products())["A1"]["price_micros"].amount == "1.234"


class TestIdentifiers:
    @pytest.mark.case("IMP-14")
    async def test_leading_zeros_stay(self, importer: Importer) -> None:
        done = await importer.run("sku,name,price,barcode\n0017,Tea,2,0049000000443\n")

        assert done["counts"] == counts(created=1)
        found = await importer.http.get(
            "/api/v1/products/lookup",
            params={"code": "0049000000443"},
            headers=importer.sign_in(),
        )
        assert (found.json()["sku"], found.json()["barcodes"]) == ("0017", ["0049000000443"])

    @pytest.mark.case("IMP-16")
    async def test_a_barcode_in_exponent_form_is_refused(self, importer: Importer) -> None:
        done = await importer.run(
            "sku,name,price,barcode\nA1,Tea,2,6.93217E+12\nA2,Pot,3,6932169358293.0\n"
        )

        assert done["counts"]["created"] == 1
        [fault] = await importer.faults(done["id"])
        assert (fault["row"], fault["column"], fault["code"], fault["value"]) == (
            1,
            "barcode",
            "damaged_by_spreadsheet",
            "6.93217E+12",
        )
        assert list(await importer.products()) == ["A2"]

    @pytest.mark.case("IMP-18")
    async def test_foreign_ids_do_not_decide(self, importer: Importer) -> None:
        done = await importer.run("id,sku,name,price\n900,A1,Tea,2\n901,A2,Pot,3\n")
        again = await importer.run("id,sku,name,price\n1,A1,Tea,2\n2,A2,Pot,3\n")

        assert done["counts"] == counts(created=2)
        assert again["counts"] == counts(unchanged=2)

    @pytest.mark.case("IMP-17")
    async def test_a_code_is_found_with_and_without_its_leading_zero(
        self, importer: Importer
    ) -> None:
        text = "sku,name,price,barcode\nA1,Tea,2,0012345678905\nA2,Pot,3,012345678905\n"

        done = await importer.run(text)

        assert done["counts"] == counts(created=1, failed=1)
        [fault] = await importer.faults(done["id"])
        assert (fault["row"], fault["column"], fault["code"]) == (2, "barcode", "barcode_taken")
        for code in ("012345678905", "0012345678905"):
            found = await importer.http.get(
                "/api/v1/products/lookup", params={"code": code}, headers=importer.sign_in()
            )
            assert (found.json()["sku"], found.json()["barcodes"]) == ("A1", ["0012345678905"])


class TestUpdates:
    @pytest.mark.case("IMP-22")
    async def test_empty_keeps_the_word_null_clears_and_zero_is_zero(
        self, importer: Importer
    ) -> None:
        await importer.run("sku,name,price,description\nA1,Tea,5.00,x\n")

        kept = await importer.run("sku,price,description\nA1,,\n")
        assert kept["counts"] == counts(unchanged=1)
        await importer.run("sku,price\nA1,0\n")
        product = (await importer.products())["A1"]
        assert (product["price_micros"].amount, product["description"]) == ("0.00", "x")
        cleared = await importer.run("sku,description\nA1,NULL\n")
        assert cleared["counts"] == counts(updated=1)
        assert (await importer.products())["A1"]["description"] is None

    @pytest.mark.case("IMP-24")
    async def test_only_what_is_mapped_is_touched(self, importer: Importer) -> None:
        await importer.run("sku,name,category,price,active\nA1,Tea,Food > Tea,5,false\n")
        before = (await importer.products())["A1"]

        # The unit is for products that are made, and none is.
        done = await importer.run(
            "sku,category,price\nA1,Other,6\n", mapping='{"category": null}', unit="kg"
        )

        assert done["counts"] == counts(updated=1)
        after = (await importer.products())["A1"]
        differing = {name for name in after if after[name] != before[name]}
        assert differing == {"price_micros", "updated_at", "version"}
        [row] = await audit_of(importer, "product.updated")
        assert row["changes"] == {"price": {"before": "5.00", "after": "6.00"}}
        assert row["object_id"] == after["id"]
        assert await importer.categories() == ["Food", "Food > Tea"]

    @pytest.mark.case("IMP-26")
    async def test_a_bad_cell_is_told_by_its_place_and_the_counts_add_up(
        self, importer: Importer
    ) -> None:
        rows = [f'A{n},"of\ntwo lines",Tea,2' for n in range(1, 3)]
        rows += [f"A{n},,Tea,2" for n in range(3, 17)] + ["A17,,Tea,abc", ",,,", "A19,,Tea,2"]

        done = await importer.run("sku,description,name,price\n" + "\n".join(rows))

        assert done["counts"] == counts(created=17, failed=1, blank=1)
        assert done["rows_done"] == done["analysis"]["records"] == 19
        assert done["status"] == "completed_with_errors"
        [fault] = await importer.faults(done["id"])
        place = {"row": 17, "line": 20, "column": "price", "value": "abc"}
        assert place.items() <= fault.items()
        assert fault["code"] == "invalid_decimal"

    @pytest.mark.case("IMP-31")
    async def test_a_name_that_is_too_long_fails_its_row_once_and_nothing_is_cut(
        self, importer: Importer
    ) -> None:
        lengths = (256, 10_000, 200_000)
        rows = [f"A{length},{'x' * length},,2\n" for length in lengths]
        rows += [f"A4,{'😀' * 255},,2\n", f"A5,Tea,{'d' * 20_480},2\n"]

        done = await importer.run("sku,name,description,price\n" + "".join(rows))

        assert done["counts"] == counts(created=2, failed=3)
        faults = await importer.faults(done["id"])
        assert [(f["column"], f["code"], f["max"], f["actual"]) for f in faults] == [
            ("name", "too_long", 255, length) for length in lengths
        ]
        stored = await importer.products()
        assert {sku: row["name"] for sku, row in stored.items()} == {"A4": "😀" * 255, "A5": "Tea"}
        assert stored["A5"]["description"] == "d" * 20_480
        [job] = await importer.store.rows(select(jobs))
        assert (job["status"], job["attempts"]) == ("completed", 1)

    @pytest.mark.case("IMP-29")
    async def test_a_category_is_found_below_its_own_parent(self, importer: Importer) -> None:
        text = "sku,name,price,category\nA1,Saw,2,Men > Tools\nA2,Axe,3, women >TOOLS\n"

        await importer.run(text)
        again = await importer.run(text.replace("women", "Women"))

        assert await importer.categories() == ["Men", "Men > Tools", "women", "women > TOOLS"]
        assert again["counts"] == counts(unchanged=2)
        assert len(await audit_of(importer, "category.created")) == 4


@pytest.mark.case("IMP-13")
async def test_another_currency_in_a_price_is_refused(importer: Importer) -> None:
    await importer.store.execute(update(shop).values(currency="EUR"))

    done = await importer.run("sku,name,price\nA1,Tea,€ 12.50\nA2,Pot,12.50 EUR\nA3,Cup,USD12.50\n")

    assert done["counts"] == counts(created=2, failed=1)
    [fault] = await importer.faults(done["id"])
    assert (fault["row"], fault["code"], fault["value"]) == (3, "other_currency", "USD12.50")
    stored = await importer.products()
    assert {sku: row["price_micros"].amount for sku, row in stored.items()} == {
        "A1": "12.50",
        "A2": "12.50",
    }
    back = await importer.run(await importer.exported())
    assert back["counts"] == counts(unchanged=2)
    assert await importer.products() == stored


@pytest.mark.case("IMP-13")
@pytest.mark.parametrize("currency", ["JPY", "ISK"])
async def test_a_currency_without_decimals_gains_none(importer: Importer, currency: str) -> None:
    await importer.store.execute(update(shop).values(currency=currency))

    done = await importer.run(f"sku,name,price\nA1,Tea,123 {currency}\nA2,Pot,3361\n")
    stored = await importer.products()
    back = await importer.run(await importer.exported())

    assert done["counts"] == counts(created=2)
    assert [row["price_micros"] for row in stored.values()] == [
        UnitPrice(123_000_000),
        UnitPrice(3_361_000_000),
    ]
    assert back["counts"] == counts(unchanged=2)
    assert await importer.products() == stored


@pytest.mark.case("IMP-05")
async def test_letters_that_became_question_marks_are_pointed_out(importer: Importer) -> None:
    await importer.run("sku,name,price\nDO,Màu Đỏ,1.00\nXANH,Màu Xanh,1.00\n")
    # With the mark in front the spreadsheet does not lose them to begin with.
    assert (await importer.exported()).startswith("\ufeffsku,name".encode())

    before = await importer.products()
    sent = (await importer.upload("sku,name\nDO,M?u ??\nXANH,Green?\n")).json()

    for dry_run in (True, False):
        assert await importer.products() == before
        await importer.post(f"/{sent['id']}/start", {"dry_run": dry_run})
        await importer.work()

        done = await importer.shown(sent["id"])
        assert (done["dry_run"], done["counts"]) == (dry_run, counts(updated=2, warnings=1))
        [warning] = await importer.faults(done["id"], "warnings")
        assert (warning["row"], warning["column"], warning["code"]) == (1, "name", "lost_letters")
        assert warning["expected"] == "letters that did not become question marks: Màu Đỏ"
        if dry_run:
            found = await importer.faults(done["id"], "differences")
            assert [(told["row"], told["changes"]["name"]) for told in found] == [
                (1, {"before": "Màu Đỏ", "after": "M?u ??"}),
                (2, {"before": "Màu Xanh", "after": "Green?"}),
            ]

    names = [row["name"] for row in (await importer.products()).values()]
    assert names == ["M?u ??", "Green?"]


@pytest.mark.case("IMP-29")
async def test_the_levels_of_a_category_path_may_be_parted_as_one_likes(importer: Importer) -> None:
    await importer.run(
        "sku,name,price,category\nA,Saw,1.00,Tools ~ Garden\n", category_separator="~"
    )

    assert await importer.categories() == ["Tools", "Tools > Garden"]
