"""What an end-to-end test starts from: ERPNext, the server, the network between, and a phone."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.faked_time import ServerClock
from tests.e2e.phone import Phone
from tests.e2e.processes import ErpNext, Server, free_port
from tests.e2e.proxy import Proxy
from tests.e2e.world import World


@pytest.fixture
def playwright_driver() -> Iterator[Playwright]:
    """One for each test: while it lives, no other test could run its own event loop."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def world(playwright_driver: Playwright, tmp_path: Path) -> Iterator[World]:
    """A served installation with the demo's visits of today, and a phone that nobody used yet."""
    with opened(playwright_driver, tmp_path) as made:
        yield made


@pytest.fixture
def server_clock(tmp_path: Path) -> ServerClock:
    """The clock of `world_in_time`'s server; it goes with this machine's until it is moved."""
    return ServerClock(tmp_path / "faketime")


@pytest.fixture
def world_in_time(
    playwright_driver: Playwright, tmp_path: Path, server_clock: ServerClock
) -> Iterator[World]:
    """A `world` whose server, and nothing else, lives by `server_clock`."""
    with opened(playwright_driver, tmp_path, server_clock.environment()) as made:
        yield made


@contextmanager
def opened(
    playwright: Playwright, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[World]:
    """A world whose server has this environment besides our own; everything ends afterwards."""
    with ExitStack() as ends:
        erpnext = ErpNext(folder)
        ends.callback(erpnext.close)
        port = free_port()
        proxy = Proxy(port)
        ends.callback(proxy.close)
        server = Server(folder, erpnext, port, proxy.url, environment)
        ends.callback(server.kill)
        phone = Phone(playwright, folder)
        ends.callback(phone.close)
        server.start()
        phone.start()
        yield World(erpnext, server, proxy, phone)
