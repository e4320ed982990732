"""Every route admits exactly who it should; a route that nobody listed here is a failure."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from backend.auth.roles import Role
from backend.cpe.report.sheet import sheet_page
from backend.modem_bridge.api import create_bridge_app
from backend.modem_bridge.bridge import Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.protocol import Workers
from backend.settings import BridgeSettings, ErpNextSettings, MonitorSettings, Settings
from backend.store.links import create_link, revoke_link
from tests.api.installation import HOST, enrolled
from tests.api.office import Served, behind_proxy, served
from tests.given import MARC, NOW_MS
from tests.rows import row

# Who may call, beside those who are named; everybody else is answered 401 or 403.
ANYBODY: Final = frozenset(("anonymous", "technician", *Role))
PHONE: Final = frozenset({"technician"})
READS: Final = frozenset(Role)
DECIDES: Final = frozenset({Role.DISPATCHER, Role.ADMIN})
RUNS: Final = frozenset({Role.ADMIN})
# Whoever holds what the route itself asks for: a signature.
ITS_OWN: Final = frozenset[str]()

ROUTES: Final = {
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /robots.txt": ANYBODY,
    "GET /assets/{name}": ANYBODY,
    "GET /t": PHONE,
    "GET /t/read": PHONE,
    "POST /t": PHONE,  # whoever else has a code is tried in tests/api/test_codes.py
    "GET /t/{token}": ANYBODY,  # a page for all; tests/api/test_enrolment.py says what is on it
    "POST /t/{token}": ANYBODY,
    "GET /t/sw.js": ANYBODY,
    "GET /t/shell": ANYBODY,
    "GET /t/manifest.webmanifest": ANYBODY,
    "POST /api/sync": PHONE,
    "GET /api/events": PHONE,
    "GET /api/limits": PHONE,
    "GET /api/blobs/{sha256}": PHONE,
    "POST /api/blobs": PHONE,
    "HEAD /api/blobs/{upload_id}": PHONE,
    "PATCH /api/blobs/{upload_id}": PHONE,
    "POST /api/equipment/lookup": PHONE,
    "GET /api/push": PHONE,
    "POST /api/push": PHONE,
    "DELETE /api/push": PHONE,
    "POST /vision/barcodes": PHONE,
    "POST /vision/equipment": PHONE,
    "POST /vision/invoice": PHONE,
    "POST /api/erpnext/webhook": ITS_OWN,
    "POST /api/outages": ITS_OWN,
    "GET /board": READS,
    "GET /board/api/me": READS,
    "GET /board/api/state": READS,
    "GET /board/api/events": READS,
    "GET /board/api/outbox": READS,
    "GET /board/api/visits/{visit}/timeline": READS,
    "GET /board/api/visits/{visit}/evidence": READS,
    "GET /board/visits/{visit}/report": READS,
    "GET /board/visits/{visit}/report.pdf": READS,
    "GET /board/blobs/{sha256}": READS,
    "POST /board/api/equipment/lookup": READS,
    "GET /board/devices/lookup": DECIDES,
    "POST /board/api/mutations": DECIDES,
    "POST /board/api/customers": DECIDES,
    "POST /board/api/visits": DECIDES,
    "POST /board/api/replay": DECIDES,
    "GET /board/api/checks": READS,
    "GET /board/api/journal": READS,
    "GET /board/api/journal.csv": READS,
    "GET /board/api/links": READS,
    "POST /board/api/links": DECIDES,
    "POST /board/api/links/{link}/extend": DECIDES,
    "POST /board/api/links/{link}/revoke": DECIDES,
    "POST /board/api/refused/again": DECIDES,
    "POST /board/api/refused/close": DECIDES,
    "POST /board/api/salvage": DECIDES,
    "GET /board/schema": RUNS,
    "GET /board/schema/openapi.json": RUNS,
    "GET /board/schema/{path}": RUNS,
    # Not there when ForwardAuth is the way in (tests/api/test_login.py is of the other office).
    "GET /board/login": ANYBODY,
    "POST /board/login": ANYBODY,
    "POST /board/logout": ANYBODY,
}
BRIDGE: Final = {
    "GET /health": True,
    "GET /modems/{host}/status": False,
    "POST /modems/{host}/objects": False,
    "GET /credentials": False,
    "POST /reports": False,
    "POST /credentials/{name}/retry": False,
}
SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105
# Headers with which only the caller's identity can be what is refused.
HEADERS: Final = {"X-Terrain": "1", "Tus-Resumable": "1.0.0", "Origin": f"https://{HOST}"}
TYPES: Final = {
    "POST /api/blobs": None,
    "PATCH /api/blobs/{upload_id}": "application/offset+octet-stream",
    "POST /vision/barcodes": "image/png",
    "POST /vision/equipment": "image/png",
    "POST /vision/invoice": "image/png",
}


class Door(NamedTuple):
    """One method of one route."""

    method: str
    path: str

    @property
    def name(self) -> str:
        """As the tables name it."""
        return f"{self.method} {self.path}"


def doors(app: Litestar) -> Iterator[Door]:
    """Every route of an application; OPTIONS answers with the methods alone."""
    for route in app.routes:
        path = route.path_format.rstrip("/") or "/"
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            assert isinstance(handler, HTTPRouteHandler)
            methods = sorted(set(handler.http_methods) - {"OPTIONS"})
            yield from (Door(method, path) for method in methods)


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """Nothing here depends on the database: one kind is enough."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """An office with Authentik, whose ERPNext and monitor have their secrets."""
    file = secret_file(tmp_path / "webhook.secret", SECRET)
    erpnext = ErpNextSettings(webhook_secret_file=file)
    monitor = MonitorSettings(secret_file=file)
    settings = replace(behind_proxy(tmp_path), erpnext=erpnext, monitor=monitor)
    async with served(database_url, tmp_path, settings) as app:
        app.app.state.installation.pokes.close()  # a stream ends once it has begun
        yield app


@row(5, without={"backend.auth.staff.require": lambda _role, _needed: None})
@row(5, without={"backend.auth.staff.StaffGate._is_from_proxy": lambda _gate, _connection: True})
async def test_every_route_admits_exactly_who_it_should(office: Served) -> None:
    callers = {role.value: office.person(role) for role in Role}
    callers["anonymous"] = office.client()
    callers["technician"] = await technician(office)
    callers["revoked"] = await technician(office, revoked=True)
    callers["viewer without the proxy"] = office.person(Role.VIEWER)
    del callers["viewer without the proxy"].headers["X-Terrain-Proxy"]

    admitted = {
        door.name: frozenset(
            [name for name, caller in callers.items() if await admits(caller, door)]
        )
        for door in doors(office.app)
    }

    listed = {name: allowed(who) for name, who in ROUTES.items()}
    wrong = {name: who for name, who in admitted.items() if who != listed.get(name)}
    assert wrong == {}
    assert listed.keys() == admitted.keys()


@row(24, without={"backend.modem_bridge.api.hmac.compare_digest": lambda _given, _secret: True})
async def test_the_bridge_admits_who_has_its_secret_alone(tmp_path: Path) -> None:
    credential = '[[credential]]\nname = "x"\nnetworks = ["10.20.0.0/16"]\npassword = "x"\n'
    settings = BridgeSettings(
        secret_file=secret_file(tmp_path / "bridge.secret", SECRET),
        networks=("10.20.0.0/16",),
        credentials_file=secret_file(tmp_path / "modems.toml", credential),
    )
    drivers = Drivers(Workers(0), Chromium("", sandbox=False))
    app = create_bridge_app(Settings(bridge=settings), sheet_page, drivers)
    transport = httpx.ASGITransport(cast(Any, app))
    bridge = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    for authorization in ("", "Bearer x", f"Basic {SECRET}", f"Bearer {SECRET}x"):
        bridge.headers["Authorization"] = authorization
        admitted = {door.name: await admits(bridge, door) for door in doors(app)}

        assert admitted == BRIDGE


def secret_file(file: Path, content: str) -> str:
    """A file that its owner alone may read."""
    file.touch(mode=0o600)
    file.write_text(content, "utf-8")
    return str(file)


def allowed(who: frozenset[str]) -> frozenset[str]:
    """Those of a table's entry, by name; a page for anybody is for the others here too."""
    names = frozenset(map(str, who))
    return names | {"revoked", "viewer without the proxy"} if who == ANYBODY else names


async def technician(office: Served, *, revoked: bool = False) -> httpx.AsyncClient:
    """Marc's phone."""
    phone = office.client()
    link = await office.store.writer.run(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))
    await enrolled(phone, link.token)
    # Plain headers, so that each request carries it whatever answers set.
    phone.headers["Cookie"] = f"__Host-terrain={phone.cookies['__Host-terrain']}"
    if revoked:
        await office.store.writer.run(lambda conn: revoke_link(conn, link.id, NOW_MS))
    return phone


async def admits(caller: httpx.AsyncClient, door: Door) -> bool:
    """Whether the door refuses neither for who calls nor for what he may do."""
    path = door.path
    for name in ("token", "sha256", "upload_id", "visit", "host", "name", "path"):
        path = path.replace("{" + name + "}", "unknown")
    kind = TYPES.get(door.name, "application/json")
    headers = HEADERS | ({"Content-Type": kind} if kind else {})
    # Without what the route asks for: who calls is looked at before that.
    answer = await caller.request(door.method, path, headers=headers, content=b"")
    return answer.status_code not in (401, 403)
