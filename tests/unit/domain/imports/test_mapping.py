from __future__ import annotations

import pytest

from app.domain.imports.errors import (
    DuplicateColumns,
    InvalidMapping,
    MissingColumns,
    UnknownColumns,
)
from app.domain.imports.fields import FIELDS, header_key
from app.domain.imports.mapping import ignored_columns, make_plan
from app.domain.imports.plan import Mode, Options, Plan, Wishes
from app.domain.imports.records import Checkpoint, FileFormat

EURO = Options(currency="EUR")


def plan(*header: str, options: Options = EURO, **wishes: object) -> Plan:
    file = FileFormat("utf-8", False, ",", "\n", header, Checkpoint(0, 1, 2))
    return make_plan(file, Wishes(**wishes), options)  # type: ignore[arg-type]


@pytest.mark.case("IMP-10")
def test_headers_match_without_case_and_spaces_and_by_alias() -> None:
    found = plan("SKU ", "Product Name", "price", "foo")
    assert found.mapping == ((0, "sku"), (1, "name"), (2, "price"))
    assert (found.preset, ignored_columns(found)) == ("free", ("foo",))


@pytest.mark.case("IMP-10")
def test_a_strict_import_refuses_columns_that_nothing_reads() -> None:
    with pytest.raises(UnknownColumns) as fault:
        plan("sku", "price", "foo", options=Options(currency="EUR", strict=True))
    assert fault.value.extra == {"columns": ["foo"]}


@pytest.mark.case("IMP-10")
def test_a_missing_key_is_one_error_with_the_names_that_are_known() -> None:
    with pytest.raises(MissingColumns) as fault:
        plan("Product Name", "price", "foo")
    assert fault.value.extra["missing"] == ["sku"]
    assert fault.value.extra["expected"] == {"sku": list(FIELDS["sku"].aliases)}
    with pytest.raises(MissingColumns) as fault:
        plan("sku", options=Options(currency="EUR", mode=Mode.CREATE))
    assert fault.value.extra["missing"] == ["name", "price"]


@pytest.mark.case("IMP-10")
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ("Product Handle", "Product Title", "Variant Title", "Price USD"),
            {"name": ["producttitle"], "price": ["variantpriceeur", "priceeur"]},
        ),
        (("Handle", "Title", "Variant SKU"), {"price": ["variantprice", "price"]}),
        (("SKU", "Name", "Type", "Visibility in catalog"), {"price": ["regularprice"]}),
        (("Item Name", "Variation Name", "Price"), {"sku": ["sku"]}),
        (("sku", "attribute_set_code", "product_type"), {"name": ["name"], "price": ["price"]}),
    ],
)
def test_a_missing_column_is_told_by_its_names_in_that_kind_of_file(
    header: tuple[str, ...], expected: dict[str, list[str]]
) -> None:
    create = Options(currency="EUR", mode=Mode.CREATE)
    with pytest.raises(MissingColumns) as fault:
        plan(*header, options=create, mapping=dict.fromkeys({*header} & {"Product Title"}))
    assert fault.value.extra["expected"] == expected


def test_our_own_file_is_known_by_its_headers() -> None:
    own = plan(*FIELDS.keys() - {"discontinued"}, "attribute:Colour")
    assert own.preset == "stockbook"
    assert {name for _, name in own.mapping} == {*FIELDS} - {"discontinued"} | {"attribute:Colour"}
    assert ignored_columns(own) == ()


def test_the_headers_of_northwind_are_known() -> None:
    found = plan(
        "productID", "productName", "supplierID", "categoryID", "quantityPerUnit", "unitPrice",
        "unitsInStock", "unitsOnOrder", "reorderLevel", "discontinued",
    )  # fmt: skip
    assert dict(found.mapping) == {
        0: "sku",
        1: "name",
        5: "price",
        6: "quantity",
        8: "reorder_point",
        9: "discontinued",
    }


def test_a_wish_moves_a_field_and_leaves_a_column_alone() -> None:
    found = plan(
        "SKU", "Title", "Price", "Net", "Size",
        mapping={"net": "price", "Title": None, "Size": "attribute:Size"},
    )  # fmt: skip
    assert found.mapping == ((0, "sku"), (3, "price"), (4, "attribute:Size"))


@pytest.mark.parametrize("mapping", [{"Colour": "name"}, {"SKU": "colour"}, {"SKU": "attribute:"}])
def test_a_wish_for_what_there_is_not_is_refused(mapping: dict[str, str]) -> None:
    with pytest.raises(InvalidMapping):
        plan("SKU", "Price", mapping=mapping)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(InvalidMapping):
        plan("SKU", "Price", preset="woo")


@pytest.mark.parametrize("header", [("sku", "SKU", "price"), ("sku", "active", "discontinued")])
def test_two_columns_for_one_field_are_refused(header: tuple[str, ...]) -> None:
    with pytest.raises(DuplicateColumns):
        plan(*header)


def test_of_two_names_for_a_field_the_better_known_is_read() -> None:
    found = plan("Product Id", "Sku", "EAN", "Barcode")
    assert found.mapping == ((1, "sku"), (2, "barcodes"), (3, "barcodes"))
    assert ignored_columns(found) == ("Product Id",)


def test_no_two_fields_have_an_alias_in_common() -> None:
    aliases = [alias for field in FIELDS.values() for alias in field.aliases]
    assert len(aliases) == len(set(aliases))
    assert all(header_key(alias) == alias for alias in aliases)
    assert all(header_key(name) == field.aliases[0] for name, field in FIELDS.items())


def test_a_plan_comes_back_from_its_stored_form() -> None:
    found = plan("SKU", "Price", options=Options(currency="EUR", mode=Mode.UPDATE, unit="kg"))
    assert Plan.from_dict(found.as_dict()) == found
