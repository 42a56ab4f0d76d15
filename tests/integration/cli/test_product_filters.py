"""Conditions as they are typed at `stockbook export`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.application.catalog.queries import ProductFilter
from app.application.services import Services
from app.cli.product_filters import Wishes, product_filter
from app.domain.common.errors import DomainError
from app.domain.common.identifiers import CategoryId
from app.domain.common.money import UnitPrice
from tests.fixtures.goods import Goods


async def test_what_is_not_said_is_no_condition(services: Services) -> None:
    assert await product_filter(services.catalog, Wishes()) == ProductFilter()


async def test_conditions_are_those_of_the_list(services: Services) -> None:
    wishes = Wishes(
        search="green tea",
        sku_prefix="TEA",
        active=False,
        updated_since="2026-11-01T08:00+01:00",
        price_min="1.5",
        price_max="2",
    )

    assert await product_filter(services.catalog, wishes) == ProductFilter(
        q="green tea",
        sku_prefix="TEA",
        active=False,
        updated_since=datetime(2026, 11, 1, 7, tzinfo=UTC),
        price_min=UnitPrice(1_500_000),
        price_max=UnitPrice(2_000_000),
    )


async def test_a_time_without_a_zone_is_utc(services: Services) -> None:
    where = await product_filter(services.catalog, Wishes(updated_since="2026-11-01"))

    assert where.updated_since == datetime(2026, 11, 1, tzinfo=UTC)


async def test_a_category_is_found_by_its_path_as_the_import_reads_it(
    services: Services, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.product_filters._CATEGORIES", 2)
    men = await goods.category("Men")
    shoes = await goods.category("Shoes", men)
    await goods.category("Shoes")
    slashed = await goods.category("A/B")

    async def found(path: str) -> CategoryId | None:
        return (await product_filter(services.catalog, Wishes(category=path))).category_id

    assert str(await found(" men>SHOES")) == shoes["id"]
    assert str(await found("men/shoes")) == shoes["id"]
    assert str(await found("Men")) == men["id"]
    assert str(await found("A/B >")) == slashed["id"]


@pytest.mark.parametrize(
    ("wishes", "code", "said"),
    [
        (Wishes(category="Men > Shoes"), "not_found", "There is no category Men > Shoes."),
        (Wishes(category=" > "), "invalid_value", "category: must not be empty"),
        (
            Wishes(updated_since="soon"),
            "invalid_value",
            "updated_since: 'soon' is no date or time such as 2026-11-01T08:00+01:00",
        ),
        (
            Wishes(updated_since="0001-01-01"),
            "invalid_value",
            "updated_since: '0001-01-01' is no date or time such as 2026-11-01T08:00+01:00",
        ),
        (
            Wishes(price_min="2,50"),
            "invalid_value",
            "A price must be a plain decimal such as 12.50.",
        ),
        (Wishes(search="\x07"), "invalid_value", "search: holds a control character"),
    ],
)
async def test_bad_conditions_are_refused(
    services: Services, wishes: Wishes, code: str, said: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        await product_filter(services.catalog, wishes)

    assert (refusal.value.code, refusal.value.detail) == (code, said)
