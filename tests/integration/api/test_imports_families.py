"""Families and pictures of files, through the API and a worker on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.jobs.job import JobStatus
from app.infrastructure.db.tables.catalog import product_families, products
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.goods import Goods, Json
from tests.fixtures.importing import Importer, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.statements import recorded_statements

CDN = "https://cdn.example.com"
HEADER = (
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Price,Image Src,Variant Image"
)
COLOURS = ("Blue", "Green", "Red", "Black", "White")
SIZES = ("S", "M", "L")
MAGENTO = (
    "sku,attribute_set_code,product_type,name,price,additional_attributes,configurable_variations"
)
OWN = "sku,name,price,family,family_name,family_options,family_images,images"


def camisole(pictures: int = 4) -> str:
    """One handle in 15 variants, each with a picture of its own, and more pictures below."""
    lines = [HEADER]
    for number, (colour, size) in enumerate((c, s) for c in COLOURS for s in SIZES):
        head = ("Camisole", "Colour", "Size") if number == 0 else ("", "", "")
        title, first, second = head
        lines.append(
            f"camisole,{title},{first},{colour},{second},{size},C{number:02},5,"
            f"{CDN}/{number % 3}.jpg,{CDN}/own-{number}.jpg"
        )
    lines += [f"camisole,,,,,,,,{CDN}/{number}.jpg," for number in range(pictures)]
    return "\n".join(lines)


async def families(importer: Importer) -> dict[str, Json]:
    query = select(product_families).order_by(product_families.c.match_key)
    return {row["key"]: row for row in await importer.store.rows(query)}


async def records(importer: Importer, action: str) -> list[Json]:
    query = select(audit_log).where(audit_log.c.action == action).order_by(audit_log.c.id)
    return await importer.store.rows(query)


async def cut(importer: Importer, queue: Queue, content: str, *, rows: int) -> Json:
    """Import a file with so many records in a transaction."""
    sent = await importer.upload(content, autostart="true")
    assert sent.status_code == 201, sent.text
    claim = await queue.claim()
    assert claim is not None
    handler = importer.services.jobs.worker().handlers["import.products"]
    async for _ in replace(handler, chunk_rows=rows).run(claim):
        pass
    return await importer.shown(sent.json()["id"])


@pytest.mark.case("IMP-19")
class TestFifteenVariantsOfOneHandle:
    async def test_are_one_family_however_often_they_are_sent(
        self, importer: Importer, goods: Goods
    ) -> None:
        first = await importer.run(camisole())
        before = await goods.state()
        second = await importer.run(camisole())

        assert first["counts"] == counts(created=15, continuation=4)
        assert second["counts"] == counts(unchanged=15, continuation=4)
        assert list(await importer.products()) == [f"C{number:02}" for number in range(15)]
        after = await goods.state()
        for table in ("product_families", "products"):
            assert after[table] == before[table]
        listed = (await goods.get("/product-families")).json()["items"]
        assert [(item["key"], item["name"], item["options"]) for item in listed] == [
            ("camisole", "Camisole", ["Colour", "Size"])
        ]
        shown = (await goods.get(f"/product-families/{listed[0]['id']}")).json()
        assert shown["images"] == [f"{CDN}/{number}.jpg" for number in range(4)]
        assert [(v["sku"], v["values"]) for v in shown["variants"]] == [
            (f"C{number:02}", {"Colour": COLOURS[number // 3], "Size": SIZES[number % 3]})
            for number in range(15)
        ]
        product = (await goods.get("/products/lookup", code="C07")).json()
        assert product["family_id"] == listed[0]["id"]
        assert product["images"] == [f"{CDN}/own-7.jpg"]

    async def test_leave_the_same_records_as_a_family_made_by_hand(
        self, importer: Importer, goods: Goods
    ) -> None:
        by_hand = {
            "key": "by-hand",
            "name": "Camisole",
            "options": ["Colour", "Size"],
            "images": [f"{CDN}/{number}.jpg" for number in range(4)],
        }
        made = (await goods.post("/product-families", by_hand)).json()
        await goods.patch(f"/product-families/{made['id']}", {"name": "Top", "images": []})

        await importer.run(camisole())
        await importer.run(f"{OWN}\nC00,,,CAMISOLE,Top,,{CDN}/9.jpg,\n")

        hand, imported = await records(importer, "family.created")
        assert imported["changes"] == hand["changes"] | {
            "key": {"before": None, "after": "camisole"}
        }
        assert imported["object_kind"] == hand["object_kind"] == "family"
        changed, again = await records(importer, "family.updated")
        assert changed["changes"].keys() == again["changes"].keys() == {"name", "images"}
        assert again["changes"]["name"] == {"before": "Camisole", "after": "Top"}
        assert again["changes"]["images"]["after"] == [f"{CDN}/{n}.jpg" for n in (0, 1, 2, 3, 9)]
        told = await importer.store.rows(
            select(outbox).where(outbox.c.name.like("family.%")).order_by(outbox.c.id)
        )
        shapes = [(row["name"], sorted(row["payload"]), sorted(row["payload"]["family"]))
                  for row in told]  # fmt: skip
        assert shapes[:2] == shapes[2:]

    @pytest.mark.parametrize("rows", [1, 2, 7])
    async def test_do_not_depend_on_where_the_file_is_cut(
        self, importer: Importer, queue: Queue, rows: int
    ) -> None:
        done = await cut(importer, queue, camisole(), rows=rows)

        assert done["counts"] == counts(created=15, continuation=4)
        [family] = (await families(importer)).values()
        assert (family["name"], family["options"]) == ("Camisole", ("Colour", "Size"))
        assert family["images"] == tuple(f"{CDN}/{number}.jpg" for number in range(4))
        again = await cut(importer, queue, camisole(), rows=rows + 1)
        assert again["counts"] == counts(unchanged=15, continuation=4)
        assert (await families(importer))["camisole"] == family


LOCKS = "\n".join(
    (
        HEADER,
        f"lock,Lock,Title,Default Title,,,L1,5,{CDN}/1.jpg,",
        f"lock,,,,,,,,{CDN}/2.jpg,",
        f"lock,,,,,,,,{CDN}/3.jpg,",
        "bolt,Bolt,Title,Default Title,,,,5,bolt.jpg,",
        f"bolt,,,,,,,,{CDN}/4.jpg,",
        f"copy,Copy,Title,Default Title,,,l1,5,{CDN}/5.jpg,",
        f"copy,,,,,,,,{CDN}/6.jpg,",
    )
)


class TestPicturesBelowAProduct:
    @pytest.mark.parametrize("rows", [1, 2, 100])
    async def test_go_to_the_product_above_wherever_the_file_is_cut(
        self, importer: Importer, queue: Queue, rows: int
    ) -> None:
        done = await cut(importer, queue, LOCKS, rows=rows)
        kept = await importer.products()
        again = await cut(importer, queue, LOCKS, rows=rows)

        assert done["counts"] == counts(created=2, failed=1, continuation=4, warnings=2)
        assert again["counts"] == counts(unchanged=2, failed=1, continuation=4, warnings=2)
        assert {sku: row["images"] for sku, row in kept.items()} == {
            "bolt": (f"{CDN}/4.jpg",),
            "L1": tuple(f"{CDN}/{number}.jpg" for number in (1, 2, 3)),
        }
        assert await families(importer) == {}
        assert await importer.products() == kept
        assert [(f["row"], f["column"], f["code"]) for f in await importer.faults(done["id"])] == [
            (6, "Variant SKU", "duplicate_in_file")
        ]
        warnings = await importer.faults(done["id"], "warnings")
        assert [(f["row"], f["column"], f["code"], f["value"]) for f in warnings] == [
            (4, "Image Src", "invalid_image", "bolt.jpg"),
            (4, "Variant SKU", "sku_derived", ""),
        ]

    async def test_join_a_product_that_is_there_and_are_recorded(
        self, importer: Importer, goods: Goods
    ) -> None:
        await importer.run(LOCKS)
        await importer.run(LOCKS.replace(f"{CDN}/2.jpg", f"{CDN}/7.jpg"))

        product = (await goods.get("/products/lookup", code="L1")).json()
        assert product["images"] == [f"{CDN}/{number}.jpg" for number in (1, 2, 3, 7)]
        assert (await records(importer, "product.updated"))[-1]["changes"] == {
            "images": {
                "before": [f"{CDN}/{number}.jpg" for number in (1, 2, 3)],
                "after": [f"{CDN}/{number}.jpg" for number in (1, 2, 3, 7)],
            }
        }


class TestOwnFile:
    async def test_moves_products_and_leaves_blank_cells_alone(
        self, importer: Importer, goods: Goods
    ) -> None:
        await importer.run(
            f"{OWN}\nP1,Pen,1,pens,Pens,Colour|Size,{CDN}/pens.jpg,{CDN}/p1.jpg\n"
            "P2,Pen,1,PENS,,,,\nP3,Pot,1,pots,,,,\n"
        )
        before = await importer.products()
        blank = await importer.run(f"{OWN}\nP1,,,,,,,\nP2,,,pens,,,,\n")
        moved = await importer.run("sku,family\nP1,NULL\nP2,pots\n")

        after = await importer.products()
        made = await families(importer)
        assert blank["counts"] == counts(unchanged=2)
        assert moved["counts"] == counts(updated=2)
        assert {key: (f["name"], f["options"], f["images"]) for key, f in made.items()} == {
            "pens": ("Pens", ("Colour", "Size"), (f"{CDN}/pens.jpg",)),
            "pots": ("pots", (), ()),
        }
        assert before["P1"]["family_id"] == before["P2"]["family_id"] == made["pens"]["id"]
        assert after["P1"]["family_id"] is None
        assert after["P2"]["family_id"] == after["P3"]["family_id"] == made["pots"]["id"]
        assert after["P1"]["images"] == (f"{CDN}/p1.jpg",)

    async def test_a_row_that_says_otherwise_of_its_family_is_told(
        self, importer: Importer
    ) -> None:
        done = await importer.run(f"{OWN}\nP1,Pen,1,pens,Pens,,,\nP2,Pen,1,pens,Pots,,,\n")

        assert done["counts"] == counts(created=2, warnings=1)
        [warning] = await importer.faults(done["id"], "warnings")
        assert (warning["row"], warning["column"], warning["code"]) == (
            2,
            "family_name",
            "family_differs",
        )
        assert warning["expected"] == (
            "what row 1 of this file says of the family pens, which counts"
        )

    async def test_a_family_without_a_row_that_is_taken_is_not_made(
        self, importer: Importer
    ) -> None:
        done = await importer.run(f"{OWN}\nP1,Pen,,pens,,,,\n")

        assert done["counts"] == counts(failed=1)
        assert await families(importer) == {}


async def test_a_configurable_product_of_magento_gathers_its_simple_ones(
    importer: Importer, queue: Queue
) -> None:
    variations = "|".join(f"sku=TEE-{size},size={size}" for size in (*SIZES, "XL"))
    content = "\n".join(
        (
            MAGENTO,
            *(f'TEE-{s},Top,simple,Tee {s},5,"size={s},climate=Warm",' for s in SIZES),
            f'TEE,Top,configurable,Tee,,,"{variations}"',
        )
    )

    first = await cut(importer, queue, content, rows=2)
    kept = await importer.products()
    second = await cut(importer, queue, content, rows=3)

    [family] = (await families(importer)).values()
    assert (family["key"], family["name"], family["options"]) == ("TEE", "Tee", ("size",))
    assert first["counts"] == counts(created=3, continuation=1)
    assert second["counts"] == counts(unchanged=3, continuation=1)
    assert {row["family_id"] for row in kept.values()} == {family["id"]}
    assert await importer.products() == kept


async def test_a_dry_run_tells_of_families_by_their_keys_and_makes_none(
    importer: Importer, queue: Queue, goods: Goods
) -> None:
    await importer.run(f"{OWN}\nP1,Pen,1,old,,,,\n")
    before = await goods.state()
    sent = await importer.upload(
        f"{OWN}\nP1,,,new,New,,,{CDN}/1.jpg\nP2,Pen,1,new,New,,,\nP3,Pen,1,new,Newer,,,\n",
        dry_run="true",
        autostart="true",
    )
    claim = await queue.claim()
    assert claim is not None
    handler = importer.services.jobs.worker().handlers["import.products"]
    async for _ in replace(handler, chunk_rows=1).run(claim):
        pass

    identifier = sent.json()["id"]
    done = await importer.shown(identifier)
    assert done["counts"] == counts(updated=1, created=2, warnings=1)
    told = (await importer.get(f"/{identifier}/differences")).json()["items"]
    changes = {item["label"]: item["changes"] for item in told}
    assert changes["P1"]["family"]["before"] == "old"
    assert {told["family"]["after"] for told in changes.values()} == {"new"}
    after = await goods.state()
    for table in ("product_families", "products", "outbox"):
        assert after[table] == before[table]


@pytest.mark.parametrize("on_error", ["skip", "abort"])
async def test_as_a_whole_a_file_comes_to_the_same_wherever_it_is_cut(
    importer: Importer, queue: Queue, on_error: str
) -> None:
    lock = (
        "lock,Lock,Title,Default Title,,,L1,5,,",
        *(f"lock,,,,,,,,{CDN}/{n}," for n in range(53)),
    )
    tee = (
        f"tee,Tee,Size,S,,,T1,5,{CDN}/0,",
        *(f"tee,,,,,,,,{CDN}/{number}," for number in range(1, 52)),
        "tee,,,M,,,T2,5,,",
        "tee,Shirt,Size,L,,,T3,5,,",
    )
    content = "\n".join((HEADER, *lock, *tee))
    sent = await importer.upload(content, autostart="true", on_error=on_error)
    claim = await queue.claim()
    assert claim is not None
    handler = importer.services.jobs.worker().handlers["import.products"]
    async for _ in replace(handler, chunk_rows=9).run(claim):
        pass

    done = await importer.shown(sent.json()["id"])
    assert done["counts"] == counts(created=4, continuation=104, warnings=6)
    stored = await importer.products()
    assert stored["L1"]["images"] == tuple(f"{CDN}/{number}" for number in range(50))
    [family] = (await families(importer)).values()
    assert family["images"] == tuple(f"{CDN}/{number}" for number in range(50))
    assert family["name"] == "Tee"


async def test_rows_that_failed_and_are_tried_again_get_the_pictures_below_them(
    importer: Importer, goods: Goods
) -> None:
    await goods.product("OTHER", barcodes=["4006381333931"])
    content = "\n".join(
        (
            HEADER + ",Variant Barcode",
            f"lock,Lock,Title,Default Title,,,L1,5,{CDN}/1.jpg,,4006381333931",
            f"lock,,,,,,,,{CDN}/2.jpg,,",
        )
    )
    done = await importer.run(content)
    assert done["counts"] == counts(failed=1, continuation=1)
    other = (await goods.get("/products/lookup", code="OTHER")).json()
    await goods.patch(f"/products/{other['id']}", {"barcodes": []})

    await importer.post(f"/{done['id']}/retry")
    await importer.work()

    again = await importer.shown(done["id"])
    assert (again["status"], again["counts"]) == (
        JobStatus.COMPLETED.value,
        counts(created=1, continuation=1),
    )
    assert (await importer.products())["L1"]["images"] == (f"{CDN}/1.jpg", f"{CDN}/2.jpg")


async def test_the_number_of_statements_does_not_grow_with_families(importer: Importer) -> None:
    async def counted(families: int) -> int:
        rows = "".join(
            f"{families}-{number},Pen,1,{families}-{number},Pen,Colour,{CDN}/{number}.jpg,{CDN}/x\n"
            for number in range(families)
        )
        sent = await importer.upload(f"{OWN}\n{rows}", autostart="true")
        assert sent.status_code == 201
        with recorded_statements() as statements:
            await importer.work()
        return len(statements)

    few, many = await counted(2), await counted(60)

    assert few == many
    rows: list[dict[str, Any]] = await importer.store.rows(select(products.c.family_id))
    assert len({row["family_id"] for row in rows}) == 62
