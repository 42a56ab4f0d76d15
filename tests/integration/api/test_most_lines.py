"""Documents of as many lines as there may be pass from the body to the ledger and back."""

from __future__ import annotations

from app.domain.auth.roles import Role
from app.domain.inventory.document import MOST_LINES as MOST_OF_STOCK
from app.domain.returns.sales_return import MOST_LINES as MOST_OF_RETURNS
from app.domain.sales.sale import MOST_LINES as MOST_OF_SALES
from tests.fixtures.returning import RETURNS
from tests.fixtures.till import Json, Till

MOST = 2000


def test_all_documents_take_as_many() -> None:
    assert {MOST_OF_SALES, MOST_OF_RETURNS, MOST_OF_STOCK} == {MOST}


async def test_goods_come_leave_and_come_back_on_two_thousand_lines(till: Till) -> None:
    goods = await _products(till, MOST)
    headers = till.headers(Role.ADMIN)
    opening = await till.http.post(
        "/api/v1/inventory/openings",
        json={
            "lines": [{"product_id": one, "quantity": "3", "unit_cost": "0.50"} for one in goods]
        },
        headers=headers,
    )
    assert opening.status_code == 201, opening.text[:2000]
    sale = await till.sell(*(_line(one) for one in goods), cash="4000.00")
    assert sale.status_code == 201, sale.text[:2000]
    back = await till.http.post(
        RETURNS,
        json={
            "sale_id": sale.json()["id"],
            "lines": [
                {"sale_line_id": line["id"], "quantity": "1", "disposition": "restock"}
                for line in sale.json()["lines"]
            ],
            "complete": {},
        },
        headers=headers,
    )
    too_many = await till.sell(*(_line(one) for one in [*goods, goods[0]]), cash="4002.00")

    assert (opening.status_code, sale.status_code, back.status_code) == (201, 201, 201)
    assert (sale.json()["total"]["amount"], back.json()["total"]["amount"]) == (
        "4000.00",
        "2000.00",
    )
    assert [fault["pointer"] for fault in too_many.json()["errors"]] == ["/lines"]
    levels = await till.stock.levels()
    assert (len(levels), set(levels.values())) == (MOST, {"2.000"})


async def _products(till: Till, count: int) -> list[str]:
    made: list[str] = []
    for start in range(0, count, 500):
        answer = await till.http.post(
            "/api/v1/products/bulk",
            json={
                "products": [
                    {
                        "sku": f"P{number}",
                        "name": f"Product {number}",
                        "price": {"amount": "1.00", "currency": "EUR"},
                    }
                    for number in range(start, start + 500)
                ]
            },
            headers=till.headers(Role.ADMIN),
        )
        made += [result["product_id"] for result in answer.json()["results"]]
    return made


def _line(product: str) -> Json:
    return {"product_id": product, "quantity": "2"}
