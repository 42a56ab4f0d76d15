"""Families and pictures as the files of shops tell them, wherever the file is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.imports.parsed import Above
from tests.fixtures.import_files import Outcome, imported, written

CDN = "https://cdn.example.com"
A, B, C = f"{CDN}/a.jpg", f"{CDN}/b.jpg", f"{CDN}/c.jpg"
CHUNKS = pytest.mark.parametrize("chunk", [1, 2, 100])


def read(tmp_path: Path, preset: str, *lines: str, chunk: int = 100) -> Outcome:
    outcome = imported(written(tmp_path, "\n".join(lines)), chunk=chunk)
    assert outcome.analysis.plan.preset == preset
    assert outcome.adds_up
    return outcome


def kin(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Return what each row says of its family."""
    return [
        (row.sku, row.family, row.family_name, row.family_options, row.family_images)
        for row in outcome.rows
    ]


def images(outcome: Outcome) -> dict[str, tuple[str, ...] | None]:
    return {row.sku: row.images for row in outcome.rows}


def told(outcome: Outcome) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.column, fault.code) for fault in outcome.warnings]


class TestOwnFile:
    HEADER = "sku,family,family_name,family_options,family_images,images"

    def test_says_all_of_a_family(self, tmp_path: Path) -> None:
        outcome = read(
            tmp_path,
            "stockbook",
            self.HEADER,
            f"P1, '007 ,Pens,Colour| Size ,{A}|{B},{C} | {A}|{C}",
        )

        assert kin(outcome) == [("P1", "007", "Pens", ("Colour", "Size"), (A, B))]
        assert outcome.rows[0].family_key == "007"
        assert images(outcome) == {"P1": (C, A)}

    def test_a_picture_is_no_reason_to_refuse_a_product(self, tmp_path: Path) -> None:
        outcome = read(
            tmp_path,
            "stockbook",
            self.HEADER,
            f"P1,f,,,pens.jpg,pen.jpg|{A}",
            "P2,f,,,,NULL",
            f"P3,f,,,,http://ann:secret@example.com/a.jpg|{A}|//cdn.example.com/a.jpg",
        )

        assert outcome.faults == []
        assert images(outcome) == {"P1": (A,), "P2": None, "P3": (A,)}
        assert told(outcome) == [
            (1, "family_images", "invalid_image"),
            (1, "images", "invalid_image"),
            (2, "images", "invalid_image"),
            (3, "images", "invalid_image"),
        ]
        assert outcome.warnings[1].value == f"pen.jpg|{A}"
        assert outcome.warnings[1].expected == (
            "an http or https address; pen.jpg is no address that begins with http:// or https:// "
            "and a host, so it is left out"
        )

    def test_the_null_word_takes_a_product_out_of_its_family(self, tmp_path: Path) -> None:
        outcome = read(tmp_path, "stockbook", self.HEADER, "P1,NULL,,,,", "P2,,,,,x")

        assert [(row.family, bool(row.cleared)) for row in outcome.rows] == [
            (None, True),
            (None, False),
        ]

    @pytest.mark.parametrize(
        ("cells", "column", "code"),
        [
            ("x" * 256 + ",,,,", "family", "too_long"),
            ("f,NULL,,,", "family_name", "not_clearable"),
            ("f,,a|b|c|d|e|f,,", "family_options", "too_many"),
            ("f,,a|a,,", "family_options", "duplicate"),
        ],
    )
    def test_what_cannot_be_kept_is_refused(
        self, tmp_path: Path, cells: str, column: str, code: str
    ) -> None:
        outcome = read(tmp_path, "stockbook", self.HEADER, f"P1,{cells}")

        assert [(fault.column, fault.code) for fault in outcome.faults] == [(column, code)]

    def test_other_files_may_part_addresses_as_they_like(self, tmp_path: Path) -> None:
        outcome = read(
            tmp_path,
            "free",
            "SKU;Colour of box;Image URLs",
            f'P1;red;"{A}, {B};{C}"',
            f"P2;red;{A} {B}",
            "P3;red;https://x.example/a,b.jpg",
        )

        assert images(outcome) == {
            "P1": (A, B, C),
            "P2": (A, B),
            "P3": ("https://x.example/a,b.jpg",),
        }


class TestShopify:
    HEADER = (
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
        "Variant Price,Image Src,Variant Image"
    )

    @CHUNKS
    def test_a_product_without_options_keeps_its_pictures(self, tmp_path: Path, chunk: int) -> None:
        outcome = read(
            tmp_path,
            "shopify",
            self.HEADER,
            f"lock,Lock,Title,Default Title,,,L1,5,{A},{B}",
            "lock,,,,,,,,lock.jpg,",
            f"lock,,,,,,,,{C},",
            "bolt,Bolt,Title,Default Title,,,B1,5,,",
            f"bolt,,,,,,,,{A},",
            chunk=chunk,
        )

        assert [row.family for row in outcome.rows] == [None, None]
        assert images(outcome) == {"L1": (A, B), "B1": None}
        assert outcome.continuation == [2, 3, 5]
        assert [(a.row, a.images, a.above, a.family) for a in outcome.additions] == [
            (3, (C,), Above(1, "l1", False, None), None),
            (5, (A,), Above(4, "b1", False, None), None),
        ]
        assert told(outcome) == [(2, "Image Src", "invalid_image")]

    @CHUNKS
    def test_pictures_below_a_product_that_cannot_be_read_go_nowhere(
        self, tmp_path: Path, chunk: int
    ) -> None:
        outcome = read(
            tmp_path,
            "shopify",
            self.HEADER,
            "lock,Lock,Title,Default Title,,,L1,much,,",
            f"lock,,,,,,,,{C},",
            chunk=chunk,
        )

        assert outcome.failed == 1
        assert [(a.row, a.above) for a in outcome.additions] == [(2, None)]

    @CHUNKS
    def test_each_variant_tells_of_all_pictures_that_came_before(
        self, tmp_path: Path, chunk: int
    ) -> None:
        outcome = read(
            tmp_path,
            "shopify",
            self.HEADER,
            f"tee,Tee,Colour,Blue,Size,S,T1,5,{A},{C}",
            f"tee,,,,,,,,{B},",
            "tee,,,Red,,S,T2,5,tee.jpg,",
            f"tee,,,,,,,,{B},",
            chunk=chunk,
        )

        assert kin(outcome) == [
            ("T1", "tee", "Tee", ("Colour", "Size"), (A,)),
            ("T2", "tee", "Tee", ("Colour", "Size"), (A, B)),
        ]
        assert images(outcome) == {"T1": (C,), "T2": None}
        assert [(a.row, a.family_key, a.family_images) for a in outcome.additions] == [
            (2, "tee", (B,)),
            (4, "tee", (B,)),
        ]
        assert told(outcome) == [(3, "Image Src", "invalid_image")]


def test_medusa(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        "medusa",
        "Product Handle,Product Title,Product Thumbnail,Product Image 1 Url,Product Image 2,"
        "Variant Id,Variant Title,Variant Option 1 Name,Variant Option 1 Value,Variant Price EUR",
        f"tee,Tee,{A},{A},{B},v1,S,size,S,5",
        f"tee,Tee,{A},{A},{B},v2,M,size,M,5",
        f"cup,Cup,cup.jpg,{C},,v3,Default variant,Default option,Default,5",
    )

    assert kin(outcome) == [
        ("v1", "tee", "Tee", ("size",), (A, B)),
        ("v2", "tee", "Tee", ("size",), (A, B)),
        ("v3", None, None, None, None),
    ]
    assert images(outcome)["v3"] == (C,)
    assert (3, "Product Thumbnail", "invalid_image") in told(outcome)
    assert outcome.analysis.ignored == ()


@CHUNKS
def test_woocommerce(tmp_path: Path, chunk: int) -> None:
    outcome = read(
        tmp_path,
        "woocommerce",
        "ID,Type,SKU,Name,Regular price,Parent,Images,Attribute 1 name,Attribute 1 value(s),"
        "Attribute 2 name,Attribute 2 value(s)",
        f'44,variable,tee,Tee,,,"{A}, {B}",Fabric,Cotton,Color,"Blue, Red"',
        f'9,simple,cup,Cup,5,,"{C}, cup.jpg",,,,',
        f"47,variation,tee-blue,Tee - Blue,20,tee,{C},Color,Blue,Size,",
        "48,variation,tee-red,Tee - Red,20,id:44,,Color,Red,,",
        "49,variation,old-s,Old - S,20,id:7,,Size,S,,",
        chunk=chunk,
    )

    assert kin(outcome) == [
        ("cup", None, None, None, None),
        ("tee-blue", "tee", "Tee", ("Color", "Size"), (A, B)),
        ("tee-red", "tee", "Tee", ("Color",), (A, B)),
        ("old-s", "woocommerce-7", None, ("Size",), None),
    ]
    assert images(outcome) == {"cup": (C,), "tee-blue": (C,), "tee-red": None, "old-s": None}
    assert [(a.row, a.family_key, a.family_images) for a in outcome.additions] == [
        (1, "tee", (A, B))
    ]
    assert told(outcome) == [(2, "Images", "invalid_image")]


@CHUNKS
def test_magento(tmp_path: Path, chunk: int) -> None:
    variations = "sku=TEE-S,size=S,color=Blue|sku=TEE-M,size=M,color=Blue"
    outcome = read(
        tmp_path,
        "magento",
        "sku,attribute_set_code,product_type,name,price,base_image,additional_images,"
        "configurable_variations",
        f'TEE-S,Top,simple,Tee S,5,{A},"{B},{A}",',
        "TEE-M,Top,simple,Tee M,5,/t/e/tee.jpg,/t/e/back.jpg,",
        f'TEE,Top,configurable,Tee,,{C},,"{variations}"',
        chunk=chunk,
    )

    assert images(outcome) == {"TEE-S": (A, B), "TEE-M": None}
    assert outcome.continuation == [3]
    assert [
        (a.row, a.family, a.family_name, a.family_options, a.family_images, a.members)
        for a in outcome.additions
    ] == [(3, "TEE", "Tee", ("size", "color"), (C,), ("tee-s", "tee-m"))]
    assert told(outcome) == [(2, "base_image", "invalid_image")]


@CHUNKS
def test_vendure(tmp_path: Path, chunk: int) -> None:
    outcome = read(
        tmp_path,
        "vendure",
        "name,slug,assets,optionGroups,optionValues,sku,price,trackInventory,variantAssets",
        f"Laptop,laptop,{A}|laptop.jpg,screen size|RAM,13 inch|8GB,L1,5,,",
        f",,,,15 inch|8GB,L2,5,,{B}",
        f"Mouse,mouse,{C},,,M1,5,,",
        chunk=chunk,
    )

    assert kin(outcome) == [
        ("L1", "laptop", "Laptop", ("screen size", "RAM"), (A,)),
        ("L2", "laptop", "Laptop", ("screen size", "RAM"), (A,)),
        ("M1", None, None, None, None),
    ]
    assert images(outcome) == {"L1": None, "L2": (B,), "M1": (C,)}
    assert told(outcome) == [(1, "assets", "invalid_image")]


def test_prestashop(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        "prestashop",
        "Product ID;Active (0/1);Name *;Price tax excluded;Reference #;Image URLs (x,y,z...)",
        f"1;1;Cup;5;CUP;{A}, {B},cup.jpg",
    )

    assert images(outcome) == {"CUP": (A, B)}
    assert told(outcome) == [(1, "Image URLs (x,y,z...)", "invalid_image")]


def test_square_and_odoo_where_the_file_names_what_variants_belong_to(tmp_path: Path) -> None:
    square = read(
        tmp_path,
        "square",
        "Token,Item Name,Reference Handle,Variation Name,SKU,Price,Option Name 1,Option Value 1",
        "T1,Tee,#tee,Small,TEE-S,5,Size,Small",
        "T2,Tea,,Regular,TEA,5,,",
    )
    odoo = read(
        tmp_path,
        "odoo",
        "Product Template/External ID,Name,Internal Reference,Sales Price,Variant Values",
        'tmpl_7,Desk,DESK-W,5,"Legs: Steel, Color: White"',
        "tmpl_8,Lamp,LAMP,5,",
    )

    assert kin(square) == [
        ("TEE-S", "#tee", "Tee", ("Size",), None),
        ("TEA", None, None, None, None),
    ]
    assert kin(odoo) == [
        ("DESK-W", "tmpl_7", "Desk", ("Legs", "Color"), None),
        ("LAMP", None, None, None, None),
    ]
