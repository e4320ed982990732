"""Each route takes a body of its limit, and refuses one byte more."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from msgspec.structs import replace

from backend.auth.roles import Role
from backend.settings.upstreams import MonitorSettings
from backend.store.links import create_link
from tests.api.installation import HOST, enrolled
from tests.api.office import Served, behind_proxy, served
from tests.given import MARC, NOW_MS
from tests.rows import row

KB: Final = 1024
SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105
HEADERS: Final = {"X-Terrain": "1", "Origin": f"https://{HOST}", "Content-Type": "application/json"}
PHONE: Final = {"/api/sync": 64 * KB, "/api/equipment/lookup": 4 * KB}
DISPATCHER: Final = {
    "/board/api/mutations": 64 * KB,
    "/board/api/replay": 64 * KB,
    "/board/api/refused/again": 64 * KB,
    "/board/api/refused/close": 64 * KB,
    "/board/api/links": 4 * KB,
    "/board/api/links/none/extend": 4 * KB,
    "/board/api/equipment/lookup": 4 * KB,
}
MONITOR: Final = {"/api/outages?sector=Mercier": 64 * KB}
PHOTO_BYTES: Final = 8 * KB * KB
EXPORT_BYTES: Final = 64 * KB * KB


@pytest.fixture
async def office(tmp_path: Path, migrated: Path) -> AsyncIterator[Served]:
    """An office with Authentik and a monitor."""
    database_url = f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"
    file = tmp_path / "monitor.secret"
    file.touch(mode=0o600)
    file.write_text(SECRET, "utf-8")
    settings = replace(behind_proxy(tmp_path), monitor=MonitorSettings(secret_file=str(file)))
    async with served(database_url, tmp_path, settings) as app:
        yield app


async def phone_of(office: Served) -> httpx.AsyncClient:
    """Marc's."""
    phone = office.client()
    link = await office.store.writer.run(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))
    await enrolled(phone, link.token)
    return phone


async def statuses(caller: httpx.AsyncClient, path: str, limit: int) -> tuple[int, int]:
    """What a body of the limit gets, and one that is a byte longer."""
    fits = await caller.post(path, content=b" " * limit, headers=HEADERS)
    too_long = await caller.post(path, content=b" " * (limit + 1), headers=HEADERS)
    return fits.status_code, too_long.status_code


@row(
    14,
    without={"backend.board.api.BATCH_BYTES": 10**9, "backend.replication.api.BATCH_BYTES": 10**9},
)
async def test_each_route_takes_its_limit_and_not_a_byte_more(office: Served) -> None:
    monitor = office.client()
    monitor.headers["Authorization"] = f"Bearer {SECRET}"
    callers = [
        (await phone_of(office), PHONE),
        (office.person(Role.DISPATCHER), DISPATCHER),
        (monitor, MONITOR),
    ]

    told = {
        path: await statuses(caller, path, limit)
        for caller, limits in callers
        for path, limit in limits.items()
    }

    assert {path: fits for path, (fits, _) in told.items() if fits == 413} == {}
    assert {path: over for path, (_, over) in told.items() if over != 413} == {}


@pytest.mark.parametrize(
    ("path", "kind", "limit"),
    [
        ("/vision/barcodes", "image/png", PHOTO_BYTES),
        ("/board/api/salvage", "application/json", EXPORT_BYTES),
    ],
)
async def test_a_large_body_is_refused_by_the_length_that_it_announces(
    office: Served, path: str, kind: str, limit: int
) -> None:
    caller = office.person(Role.DISPATCHER) if "board" in path else await phone_of(office)
    asked = HEADERS | {"Content-Type": kind}

    fits = await caller.post(path, content=b"x", headers=asked | {"Content-Length": str(limit)})
    over = await caller.post(path, content=b"x", headers=asked | {"Content-Length": str(limit + 1)})

    assert fits.status_code != 413
    assert over.status_code == 413
