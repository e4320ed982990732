"""The ERPNext that integration tests run against: the simulator, or a real site that the
environment names (TERRAIN_TEST_ERPNEXT_URL and TERRAIN_TEST_ERPNEXT_TOKEN; _HOST when the address
does not say which of its sites is meant; _ADMIN_TOKEN of a System Manager, for what installs).

A test module asks for it with `pytest_plugins = ["tests.integrations.erpnext_site"]`
and may import from it, too (hence PYTEST_DONT_REWRITE: pytest would warn of the import).
"""

import asyncio
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final, cast

import httpx
import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.exceptions import LitestarException

from backend.simulators.erpnext import (
    PROVISION_USER,
    SYNC_USER,
    ConnectionDroppedError,
    Site,
    create_erpnext_simulator,
    demo_site,
)
from backend.simulators.erpnext.faults import Faults
from backend.simulators.erpnext.request_log import RequestLog
from backend.simulators.erpnext.webhooks import KEPT

DAY: Final = date(2026, 11, 23)
LOOPBACK: Final = "127.0.0.1"


class InProcess(httpx.AsyncBaseTransport):
    """Requests straight into an ASGI application; a broken answer is a protocol error and the
    read timeout counts, as on a socket."""

    def __init__(self, app: Litestar) -> None:
        self._inner = httpx.ASGITransport(cast("Any", app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limit = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(limit):
                return await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except LitestarException as error:
            if not isinstance(error.__cause__, ConnectionDroppedError):
                raise
            raise httpx.RemoteProtocolError("peer closed connection", request=request) from None


class ToHost(httpx.AsyncBaseTransport):
    """Requests over the network that ask for the site of a name, whatever the address."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Host"] = self._host
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class TestClock:
    """A clock that moves when it is told to, in UTC."""

    __test__ = False
    instant: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 13, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.instant += timedelta(seconds=seconds)


@dataclass
class ErpnextSite:
    """Where it is and how to get in: all that the tests of a real ERPNext may know."""

    base_url: str
    token: str
    transport: httpx.AsyncBaseTransport | None
    admin_token: str = field(default="", kw_only=True)

    def now(self) -> datetime:
        """What time it is there, aware."""
        return datetime.now(UTC)

    def client(self) -> httpx.AsyncClient:
        """A plain HTTP client with the token."""
        headers = {"Authorization": f"token {self.token}", "Accept": "application/json"}
        return httpx.AsyncClient(base_url=self.base_url, transport=self.transport, headers=headers)


@dataclass
class SimulatedSite(ErpnextSite):
    """The simulator, with its inside: documents, faults, request log and clock."""

    site: Site
    clock: TestClock

    def now(self) -> datetime:
        """The simulated time."""
        return self.clock()


def real_site() -> ErpnextSite | None:
    """The site that the environment names, or None."""
    told = (f"TERRAIN_TEST_ERPNEXT_{name}" for name in ("URL", "TOKEN", "HOST", "ADMIN_TOKEN"))
    url, token, host, admin = (os.environ.get(name, "") for name in told)
    if not url or not token:
        return None
    transport = ToHost(host) if host else None
    return ErpnextSite(url.rstrip("/"), token, transport, admin_token=admin)


def simulated_site(*, control: bool = False) -> SimulatedSite:
    """A fresh demo site of Monday 23 November 2026, in process."""
    clock = TestClock()
    site = _copy_of(_demo(), clock)
    transport = InProcess(create_erpnext_simulator(site, control=control))
    token, admin = site.user_token(SYNC_USER), site.user_token(PROVISION_USER)
    return SimulatedSite("http://erp.example", token, transport, site, clock, admin_token=admin)


@cache
def _demo() -> Site:
    """The site that every test begins with: to make it takes longer than most of them."""
    return demo_site(DAY, seed=1)


def _copy_of(site: Site, now: Callable[[], datetime]) -> Site:
    """A site as if it had just been made."""
    return replace(
        site,
        now=now,
        doctypes=dict(site.doctypes),
        database=site.database.copy(),
        files=dict(site.files),
        scripts=list(site.scripts),
        faults=Faults(),
        log=RequestLog(),
        deliveries=deque(maxlen=KEPT),
    )


@asynccontextmanager
async def on_loopback(app: Litestar) -> AsyncIterator[str]:
    """The application on a free loopback port, by granian; gives its address."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    server = Server(app, address=LOOPBACK, port=port, interface=Interfaces.ASGI, log_enabled=False)
    running = asyncio.create_task(server.serve())
    url = f"http://{LOOPBACK}:{port}"
    try:
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=9)) as client:
            await client.get(f"{url}/api/method/ping")
        yield url
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await running


@pytest.fixture
def simulated() -> SimulatedSite:
    """The simulator in process, with its control endpoint, whatever the environment says: for
    tests that need its clock or its faults."""
    return simulated_site(control=True)


@pytest.fixture
def erpnext_site() -> ErpnextSite:
    """The real site of the environment, or the simulator in process."""
    return real_site() or simulated_site()


@pytest_asyncio.fixture
async def simulated_on_loopback() -> AsyncIterator[SimulatedSite]:
    """The simulator behind a real socket."""
    inner = simulated_site()
    async with on_loopback(create_erpnext_simulator(inner.site, control=True)) as url:
        yield replace(inner, base_url=url, transport=None)
