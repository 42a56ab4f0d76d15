"""Products: field rules, derived fields, changes and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product as combinations

import pytest

from app.domain.catalog.barcode import parse_barcodes
from app.domain.catalog.fields import ProductValues
from app.domain.catalog.product import (
    Product,
    ProductCreated,
    ProductDeactivated,
    ProductReactivated,
    ProductUpdated,
)
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import ProductId, TaxRateId, UnitId
from app.domain.common.money import UnitPrice

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def values(**others: object) -> ProductValues:
    base: ProductValues = {
        "sku": "KT-INS114-DRE",
        "name": "Café crème",
        "unit_id": UnitId(int=1),
        "tax_rate_id": TaxRateId(int=1),
        "price": UnitPrice.parse("12.50"),
    }
    return {**base, **others}  # type: ignore[typeddict-item]


def made(**others: object) -> Product:
    product = Product.create(ProductId(int=7), values(**others), at=NOON)
    product.take_events()
    return product


class TestCreation:
    def test_fills_what_follows_from_the_fields(self) -> None:
        product = made(barcodes=parse_barcodes(["012345678905", "Shelf 7"]))

        assert product.sku_key == "kt-ins114-dre"
        assert product.name_folded == "cafe creme"
        assert product.search_text == (
            "kt-ins114-dre\ncafe creme\n012345678905\n00012345678905\nshelf 7"
        )
        assert product.active
        assert product.tracks_stock
        assert product.created_at == product.updated_at == NOON

    def test_is_told_without_the_cost(self) -> None:
        product = Product.create(ProductId(int=7), values(cost=UnitPrice.parse("4.20")), at=NOON)

        [event] = product.take_events()
        assert isinstance(event, ProductCreated)
        assert event.subject == ProductId(int=7)
        assert event.product["price"] == "12.50"
        assert "cost" not in event.product

    def test_needs_sku_name_price_unit_and_tax_rate(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            Product.create(ProductId(int=7), {"sku": "A", "name": "B"}, at=NOON)

        assert refused.value.errors[0].pointer == "/price"

    def test_reports_every_fault(self) -> None:
        with pytest.raises(InvalidValue) as refused:
            made(
                sku="",
                name="x" * 256,
                description="y" * 50_001,
                external_id="z" * 256,
                attributes={"colour": "c" * 1_001},
            )

        assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
            ("/sku", "too_short"),
            ("/name", "too_long"),
            ("/description", "too_long"),
            ("/external_id", "too_long"),
            ("/attributes/colour", "too_long"),
        ]

    def test_a_sku_keeps_leading_zeros_and_its_case(self) -> None:
        product = made(sku=" 00Ab ")

        assert (product.sku, product.sku_key) == ("00Ab", "00ab")

    def test_the_sort_key_of_a_name_that_grows_when_folded_is_cut(self) -> None:
        assert len(made(name="\ufdfa" * 255).name_folded) == 255


class TestChange:
    def test_an_equal_value_changes_nothing(self) -> None:
        product = made()

        assert product.change(values(name=" Café crème "), at=LATER) == {}
        assert product.updated_at == NOON
        assert product.take_events() == []

    def test_says_what_differs_and_derives_anew(self) -> None:
        product = made()

        changes = product.change({"name": "Tea", "category_id": None}, at=LATER)

        assert changes == {"name": ("Café crème", "Tea")}
        assert product.search_text == "kt-ins114-dre\ntea"
        assert product.updated_at == LATER
        [event] = product.take_events()
        assert isinstance(event, ProductUpdated)
        assert event.changed == ("name",)

    def test_null_clears(self) -> None:
        product = made(description="Long text", external_id="7")

        product.change({"description": None, "external_id": None}, at=LATER)

        assert product.description is None
        assert product.external_id is None

    def test_a_refused_change_leaves_the_product_alone(self) -> None:
        product = made()

        with pytest.raises(InvalidValue):
            product.change({"name": "Tea", "sku": "\x00"}, at=LATER)

        assert product.name == "Café crème"
        assert product.take_events() == []


@pytest.mark.parametrize(("first", "second"), list(combinations([True, False], repeat=2)))
def test_activity_changes_only_when_it_differs(first: bool, second: bool) -> None:
    product = made()
    expected = []
    state = True
    for active in (first, second):
        changes = product.reactivate(at=LATER) if active else product.deactivate(at=LATER)
        assert changes == ({} if active == state else {"active": (state, active)})
        if active != state:
            expected.append(ProductReactivated if active else ProductDeactivated)
        state = active

    assert [type(event) for event in product.take_events()] == expected
    assert product.active is second
