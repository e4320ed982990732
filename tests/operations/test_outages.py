"""A monitor that knows the secret says which sectors of the network are down."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from litestar import Litestar
from litestar.di import Provide

from backend.auth.answers import exception_handlers
from backend.operations.alerts.api import outages
from backend.settings import Settings
from backend.store.alerting import read_outages
from backend.store.store import Store, open_store
from backend.upkeep_settings import AlertSettings
from tests.given import CLOCK, NOW_MS


@pytest_asyncio.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    database = shutil.copy(migrated, tmp_path / "terrain.db")
    opened = open_store(f"sqlite:///{database}", lambda: CLOCK, lambda _: None)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def monitor(store: Store, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Uptime-Kuma, which knows the secret."""
    secret = tmp_path / "outages"
    secret.write_text("s3cret", "utf-8")
    settings = Settings(alerts=AlertSettings(outages_secret_file=str(secret)))
    app = Litestar(
        [outages],
        dependencies={
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "store": Provide(lambda: store, sync_to_thread=False),
            "now_ms": Provide(lambda: NOW_MS, sync_to_thread=False),
        },
        exception_handlers=exception_handlers("450-555-0100"),
        openapi_config=None,
    )
    head = {"Authorization": "Bearer s3cret"}
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=head) as http:
        yield http


def _report(status: int) -> dict[str, Any]:
    said = {"heartbeat": {"status": status, "msg": "timeout"}, "monitor": {"name": "Secteur Nord"}}
    return said | {"msg": "[Secteur Nord] [Down] timeout"}


async def test_a_monitor_raises_and_clears_a_known_outage(
    monitor: httpx.AsyncClient, store: Store
) -> None:
    statuses = [(await monitor.post("/api/outages", json=_report(n))).status_code for n in (0, 0)]
    down = await store.read(read_outages)
    await monitor.post("/api/outages", json=_report(1))
    up = await store.read(read_outages)

    assert statuses == [204, 204]
    assert [tuple(each) for each in down] == [
        ("Secteur Nord", NOW_MS, "[Secteur Nord] [Down] timeout")
    ]
    assert list(up) == []


async def test_who_does_not_know_the_secret_reports_nothing(
    monitor: httpx.AsyncClient, store: Store
) -> None:
    for wrong in ("", "Bearer", "Bearer other"):
        answer = await monitor.post(
            "/api/outages", json=_report(0), headers={"Authorization": wrong}
        )
        assert answer.status_code == 404
    unreadable = await monitor.post("/api/outages", json={"monitor": {}})

    assert unreadable.status_code == 400
    assert list(await store.read(read_outages)) == []
