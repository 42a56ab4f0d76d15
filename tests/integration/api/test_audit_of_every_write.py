"""Whatever door a change comes through, it leaves an audit row: every writing route is walked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import func, select, update

from app.api.access import accesses
from app.application.auth.use_cases.setup import IssueSetupToken
from app.application.services import Services
from app.domain.auth.registration import Registration
from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.jobs import jobs
from scripts.permissions_table import application
from tests.fixtures.accounts import EMAIL, PASSWORD, Mailbox, Store, send_mail
from tests.fixtures.counting import Counter, row
from tests.fixtures.goods import Goods, euro
from tests.fixtures.importing import Importer
from tests.fixtures.people import PEOPLE
from tests.fixtures.till import Till

API = "/api/v1"
MAIN, QUARANTINE = (f"{number:026}" for number in (1, 8))
NEWER = "five grey geese at dawn"
CSV = ("goods.csv", b"sku,name,price,cost\nBOX,Box,2.00,1.00\n", "text/csv")
# Reviewed: it changes nothing but which token a session has, and its misuse is audited.
UNRECORDED = {f"POST {API}/auth/refresh"}


@dataclass
class Walk:
    """Does one thing after another and holds each against the audit log."""

    client: AsyncClient
    store: Store
    headers: dict[str, str] = field(default_factory=dict)
    walked: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    async def rows(self) -> int:
        [row] = await self.store.rows(select(func.count().label("n")).select_from(audit_log))
        return int(row["n"])

    async def do(self, route: str, *, of: str = "", **request: Any) -> Response:
        """Call the route on the thing `of`, `a/b` for one inside another; counted as walked."""
        method, path = route.split(" ")
        address = path
        for identifier in of.split("/"):
            address = address.replace("{}", identifier, 1)
        before = await self.rows()
        named = {"If-Match": request.pop("match")} if "match" in request else {}
        answer = await self.client.request(
            method,
            API + address,
            headers=self.headers | named,
            **request,
        )
        assert answer.is_success, (route, answer.text)
        self.walked.add(route)
        if await self.rows() == before:
            self.silent.add(f"{method} {API}{path}")
        return answer

    async def make(self, route: str, **body: Any) -> tuple[str, str]:
        """Make something; returns its id and ETag."""
        answer = await self.do(route, json=body)
        return answer.json()["id"], answer.headers.get("ETag", "")

    async def change(self, route: str, thing: tuple[str, str], **body: Any) -> tuple[str, str]:
        """Change something; returns its id and its new ETag."""
        content = {"json": body} if body else {}
        answer = await self.do(route, of=thing[0], match=thing[1], **content)
        return thing[0], answer.headers["ETag"]


@pytest.mark.case("INV-12", "A18")
async def test_every_writing_route_leaves_an_audit_row(
    client: AsyncClient, services: Services, store: Store
) -> None:
    walk = Walk(client, store)

    await sign_up(walk, services)
    await keep_shop(walk)
    await keep_users(walk)
    product = await keep_goods(walk)
    await move_goods(walk, product)
    await reserve(walk, product)
    supplier = await keep_parties(walk, "suppliers")
    await keep_supplier_items(walk, supplier[0], product)
    await buy(walk, supplier[0], product)
    await keep_parties(walk, "customers")
    customer = await walk.make("POST /customers", name="Di")
    await walk.change("POST /customers/{}/anonymize", customer)
    await sell(walk, product)
    await take_back(walk, product)
    await import_goods(walk, store)
    await end_sessions(walk)
    await ask_by_mail(walk, services)
    await sign_out(walk)

    writing = {
        f"{route.method} {route.path}"
        for route in accesses(application())
        if route.method not in {"GET", "HEAD"}
    }
    assert {named(route) for route in walk.walked} == {named_of(route) for route in writing}
    assert walk.silent == UNRECORDED
    anyone = {f"{r.method} {r.path}" for r in accesses(application()) if r.allows(None)}
    rows = await store.rows(select(audit_log))
    unlinked = [
        (row["route"], row["action"])
        for row in rows
        if row["route"] in writing - anyone
        and None in (row["user_id"], row["session_id"], row["token_id"], row["role"])
    ]
    assert unlinked == []
    assert all(row["trace_id"] for row in rows)


def named(route: str) -> str:
    method, path = route.split(" ")
    return f"{method} {API}{path}"


def named_of(route: str) -> str:
    """Write every parameter of a path alike."""
    head, *tail = route.split("{")
    return head + "".join("{}" + part.split("}", 1)[1] for part in tail)


async def sign_up(walk: Walk, services: Services) -> None:
    token = await IssueSetupToken(services.work(None))()
    assert token is not None
    first = {"token": token.text, "email": EMAIL, "name": "Ada", "password": PASSWORD}
    await walk.do("POST /auth/setup", json=first)
    login = await walk.do("POST /auth/login", json={"email": EMAIL, "password": PASSWORD})
    fresh = {"refresh_token": login.json()["refresh_token"]}
    answer = await walk.do("POST /auth/refresh", json=fresh)
    walk.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def keep_shop(walk: Walk) -> None:
    shop = await walk.client.get(f"{API}/shop", headers=walk.headers)
    await walk.do("PATCH /shop", match=shop.headers["ETag"], json={"name": "Corner"})
    await walk.do("POST /shop/close-period", json={"through": "2020-12-31"})
    await walk.do("POST /shop/reopen-period", json={"through": None, "reason": "Forgot one"})
    rate = await walk.make("POST /tax-rates", code="reduced", name="Reduced", percent="7")
    await walk.change("PATCH /tax-rates/{}", rate, percent="9")
    unit = await walk.make("POST /units", code="crate", name="Crate", decimals=0)
    await walk.change("PATCH /units/{}", unit, name="Box")
    place = await walk.make("POST /locations", code="cellar", name="Cellar")
    place = await walk.change("PATCH /locations/{}", place, name="Vault")
    place = await walk.change("POST /locations/{}/deactivate", place)
    await walk.change("POST /locations/{}/activate", place)


async def keep_users(walk: Walk) -> None:
    clerk = {"email": "clerk@shop.test", "name": "Clerk", "role": "clerk"}
    invited = (await walk.do("POST /users", json=clerk)).json()
    choose = {"token": invited["token"], "password": NEWER}
    await walk.do("POST /auth/password", json=choose)
    read = await walk.client.get(f"{API}/users/{invited['user']['id']}", headers=walk.headers)
    user = (invited["user"]["id"], read.headers["ETag"])
    user = await walk.change("PATCH /users/{}", user, role="manager")
    user = await walk.change("POST /users/{}/deactivate", user)
    user = await walk.change("POST /users/{}/activate", user)
    await walk.do("POST /users/{}/password-reset", of=user[0])


async def ask_by_mail(walk: Walk, services: Services) -> None:
    send_mail(walk.client, services, Mailbox(), registration=Registration.OPEN)
    someone = {"email": "someone@shop.test", "name": "Someone"}
    await walk.do("POST /auth/register", json=someone)
    await walk.do("POST /auth/password-reset", json={"email": EMAIL})


async def end_sessions(walk: Walk) -> None:
    me = (await walk.client.get(f"{API}/auth/me", headers=walk.headers)).json()["id"]
    for route, of in (
        ("DELETE /auth/me/sessions/{}", ""),
        ("DELETE /users/{}/sessions/{}", f"{me}/"),
    ):
        other = await walk.do("POST /auth/login", json={"email": EMAIL, "password": PASSWORD})
        await walk.do(route, of=of + other.json()["user"]["session_id"])


async def keep_goods(walk: Walk) -> str:
    category = await walk.make("POST /categories", name="Tools")
    await walk.change("PATCH /categories/{}", category, name="Hardware")
    family = await walk.make("POST /product-families", key="nails", name="Nails")
    family = await walk.change("PATCH /product-families/{}", family, options=["Length"])
    await walk.do("DELETE /product-families/{}", of=family[0], match=family[1])
    price = {"amount": "12.50", "currency": "EUR"}
    screw = {"sku": "SCREW", "name": "Screw", "price": price}
    await walk.do("POST /products/bulk", json={"products": [screw]})
    product = await walk.make("POST /products", sku="NAIL", name="Nail", price=price)
    product = await walk.change("PATCH /products/{}", product, cost=price)
    product = await walk.change("POST /products/{}/deactivate", product)
    await walk.change("POST /products/{}/reactivate", product)
    return product[0]


async def move_goods(walk: Walk, product: str) -> None:
    costed = {"product_id": product, "quantity": "10", "unit_cost": "4.00"}
    await walk.make("POST /inventory/openings", lines=[costed])
    await walk.make("POST /inventory/receipts", lines=[costed])
    await walk.make(
        "POST /inventory/adjustments",
        reason="damage",
        lines=[{"product_id": product, "change": "-1"}],
    )
    rows = {"lines": [{"product_id": product, "counted": "18"}]}
    for end in ("post", "cancel"):
        count = await walk.make("POST /inventory/counts", product_ids=[product])
        await walk.do("POST /inventory/counts/{}/lines", of=count[0], json=rows)
        count = await walk.change("POST /inventory/counts/{}/review", count)
        await walk.change(f"POST /inventory/counts/{{}}/{end}", count)
    await walk.do(
        "PUT /inventory/levels/{}/{}",
        of=f"{product}/{MAIN}",
        json={"counted": "19", "expected": "18"},
    )
    lines = [{"product_id": product, "quantity": "1"}]
    await walk.make("POST /inventory/scraps", reason="damage", lines=lines)
    way = {"from_location_id": MAIN, "to_location_id": QUARANTINE, "through_transit": True}
    for step, body in {"receive": {}, "close": {"reason": "loss"}, "cancel": {}}.items():
        sent = await walk.make("POST /inventory/transfers", lines=lines, **way)
        await walk.change(f"POST /inventory/transfers/{{}}/{step}", sent, **body)


async def reserve(walk: Walk, product: str) -> None:
    lines = [{"product_id": product, "quantity": "1"}]
    made = await walk.do("POST /inventory/reservations", json={"lines": lines})
    kept = made.json()["items"][0]["id"]
    await walk.do("POST /inventory/reservations/{}/extend", of=kept, json={"seconds": 60})
    await walk.do("POST /inventory/reservations/{}/release", of=kept)


async def keep_parties(walk: Walk, kind: str) -> tuple[str, str]:
    party = await walk.make(f"POST /{kind}", name="Ann", email="ann@shop.test")
    party = await walk.change(f"PATCH /{kind}/{{}}", party, name="Anna")
    party = await walk.change(f"POST /{kind}/{{}}/deactivate", party)
    party = await walk.change(f"POST /{kind}/{{}}/reactivate", party)
    spare, _ = await walk.make(f"POST /{kind}", name="Bo")
    await walk.do(f"DELETE /{kind}/{{}}", of=spare)
    other, _ = await walk.make(f"POST /{kind}", name="Cy")
    await walk.do(f"POST /{kind}/{{}}/merge", of=party[0], json={"from": [other]})
    return party


async def keep_supplier_items(walk: Walk, supplier: str, product: str) -> None:
    sold = {"product_id": product, "sku": "N-1"}
    item = (await walk.do("POST /suppliers/{}/items", of=supplier, json=sold)).json()
    of = f"{supplier}/{item['id']}"
    route = "/suppliers/{}/items/{}"
    await walk.do(f"PATCH {route}", of=of, match='"1"', json={"preferred": True})
    await walk.do(f"DELETE {route}", of=of)


async def buy(walk: Walk, supplier: str, product: str) -> None:
    line = {"product_id": product, "quantity": "2", "cost": "4.00"}
    asked = {"supplier_id": supplier, "lines": [line]}
    drafts = [await walk.make("POST /purchases", **asked) for _ in range(2)]
    order = await walk.change("PATCH /purchases/{}", drafts[0], note="Ring twice")
    await walk.change("POST /purchases/{}/cancel", drafts[1], reason="Found it")
    await walk.change("POST /purchases/{}/order", order)
    read = await walk.client.get(f"{API}/purchases/{order[0]}", headers=walk.headers)
    came = {"lines": [{"line_id": read.json()["lines"][0]["id"], "accepted": "2"}]}
    received = await walk.do("POST /purchases/{}/receive", of=order[0], json=came)
    gone = {"receipt_line_id": received.json()["receipt"]["lines"][0]["id"], "quantity": "1"}
    await walk.do("POST /purchases/{}/return", of=order[0], json={"lines": [gone]})
    await walk.do("POST /purchases/{}/close", of=order[0])


async def sell(walk: Walk, product: str) -> None:
    lines = [{"product_id": product, "quantity": "1"}]
    sale = await walk.make("POST /sales", lines=lines)
    sale = await walk.change("PATCH /sales/{}", sale, discount={"percent": "10"})
    cash = {"tenders": [{"kind": "cash", "amount": "20.00"}]}
    sale = await walk.change("POST /sales/{}/confirm", sale, reserved_until=None)
    sale = await walk.change("POST /sales/{}/reopen", sale)
    sale = await walk.change("POST /sales/{}/confirm", sale)
    read = await walk.client.get(f"{API}/sales/{sale[0]}", headers=walk.headers)
    part = {"line_id": read.json()["lines"][0]["id"], "quantity": "1"}
    sale = await walk.change("POST /sales/{}/fulfil", sale, lines=[part])
    dearer = {"amount": "13.00", "currency": "EUR"}
    read = await walk.client.get(f"{API}/products/{product}", headers=walk.headers)
    match = read.headers["ETag"]
    await walk.do("PATCH /products/{}", of=product, match=match, json={"price": dearer})
    sale = await walk.change("POST /sales/{}/reprice", sale)
    sale = await walk.change("POST /sales/{}/complete", sale, **cash)
    await walk.change("POST /sales/{}/void", sale, reason="wrong goods")
    told = {"register": "till-1", "client_id": "1", "lines": lines}
    took_place = {**cash, "occurred_at": "2026-01-31T12:00:00Z"}
    await walk.do("POST /sales/batch", json={"sales": [{**told, "complete": took_place}]})


async def take_back(walk: Walk, product: str) -> None:
    lines = [{"product_id": product, "quantity": "1", "disposition": "restock"}]
    asked = {"lines": lines, "reason": "no receipt"}
    document = await walk.make("POST /returns", **asked)
    document = await walk.change("PATCH /returns/{}", document, reason="lost receipt")
    for step in ("approve", "receive"):
        document = await walk.change(f"POST /returns/{{}}/{step}", document)
    cash = {"refunds": [{"kind": "cash", "amount": "13.00"}]}
    await walk.change("POST /returns/{}/refund", document, **cash)
    for end in ("reject", "cancel"):
        document = await walk.make("POST /returns", **asked)
        await walk.change(f"POST /returns/{{}}/{end}", document, reason="found it")


async def import_goods(walk: Walk, store: Store) -> None:
    first = (await walk.do("POST /imports", files={"file": CSV})).json()["id"]
    await walk.do("POST /imports/{}/analysis", of=first, json={})
    await walk.do("POST /imports/{}/start", of=first, json={})
    mapping = await walk.make("POST /import-mappings", name="Baker", from_import=first)
    mapping = await walk.change("PATCH /import-mappings/{}", mapping, name="Miller")
    await walk.do("DELETE /import-mappings/{}", of=mapping[0], match=mapping[1])
    await store.execute(update(jobs).values(status="dead"))
    await walk.do("POST /imports/{}/retry", of=first)
    await walk.do("POST /imports/{}/cancel", of=first)


async def sign_out(walk: Walk) -> None:
    chosen = {"password": PASSWORD, "new_password": NEWER}
    await walk.do("POST /auth/me/password", json=chosen)
    await walk.do("POST /auth/logout")
    login = await walk.do("POST /auth/login", json={"email": EMAIL, "password": NEWER})
    walk.headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
    await walk.do("POST /auth/logout-all")


@pytest.mark.case("INV-12")
async def test_a_cost_is_recorded_alike_by_hand_and_by_import(
    goods: Goods, importer: Importer, store: Store
) -> None:
    made = await goods.post("/products", {"sku": "BOX", "name": "Box", "price": euro("2.00")})
    await goods.patch(f"/products/{made.json()['id']}", {"cost": euro("0.50")})

    await importer.run(b"sku,cost\nBOX,0.75\n")

    rows = await store.rows(
        select(audit_log.c.action, audit_log.c.changes, audit_log.c.user_id, audit_log.c.route)
        .where(audit_log.c.action == "product.updated")
        .order_by(audit_log.c.id)
    )
    assert [row["changes"] for row in rows] == [
        {"cost": {"before": None, "after": "0.50"}},
        {"cost": {"before": "0.50", "after": "0.75"}},
    ]
    assert [row["route"] for row in rows] == [
        f"PATCH {API}/products/{{product_id}}",
        "job import.products",
    ]
    assert None not in {row["user_id"] for row in rows}


@pytest.mark.case("INV-12")
async def test_stock_that_a_count_changes_is_recorded_before_and_after(
    counter: Counter, till: Till, store: Store
) -> None:
    tea, rope = await till.product("TEA", on_hand="10"), await till.product("ROPE", on_hand="3")

    posted = await counter.posted(row(tea, "8"), row(rope, "3"))
    level = await counter.set_level(rope, "5", "3")

    rows = await store.rows(
        select(audit_log).where(audit_log.c.action == "stocktake.posted").order_by(audit_log.c.id)
    )
    counted = {"location": "main", "note": None}
    assert [(row["route"], row["changes"], row["note"]) for row in rows] == [
        (
            f"POST {API}/inventory/counts/{{count_id}}/post",
            {"TEA": {"before": "10.000", "after": "8.000"}},
            {**counted, "number": posted["number"], "counted": 2, "differing": 1},
        ),
        (
            f"PUT {API}/inventory/levels/{{product_id}}/{{location_id}}",
            {"ROPE": {"before": "3.000", "after": "5.000"}},
            {**counted, "number": level.json()["number"], "counted": 1, "differing": 1},
        ),
    ]
    assert {row["user_id"] for row in rows} == {PEOPLE[Role.MANAGER].user_id}
