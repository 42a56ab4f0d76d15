"""The worker inside the API process does what the API accepts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from httpx2 import ASGITransport, AsyncClient

from app.bootstrap import create_app
from tests.fixtures.app import settings_for
from tests.fixtures.databases import Database
from tests.fixtures.importing import IMPORTS
from tests.fixtures.people import SignIn

LOOK_EVERY_SECONDS = 0.02


async def test_an_accepted_import_is_done_without_another_process(
    database: Database, tmp_path: Path, sign_in: SignIn
) -> None:
    app = create_app(settings_for(database, tmp_path / "files", embedded_worker=True))
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://test", headers=sign_in()) as http,
    ):
        sent = await http.post(
            IMPORTS,
            files={"file": ("products.csv", b"sku,name,price\nA1,Tea,2\n", "text/csv")},
            data={"autostart": "true"},
        )
        shown = sent.json()
        while shown["status"] in {"queued", "running"}:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            shown = (await http.get(f"{IMPORTS}/{shown['id']}")).json()

    assert (shown["status"], shown["counts"]["created"]) == ("completed", 1)
