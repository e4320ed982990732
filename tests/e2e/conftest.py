"""What an end-to-end test starts from: ERPNext, the server, the network between, and a phone."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.phone import Phone
from tests.e2e.processes import REPOSITORY, ErpNext, Server, free_port
from tests.e2e.proxy import Proxy
from tests.e2e.world import World

BUILD_S = 300


@pytest.fixture(scope="session")
def built_app() -> None:
    """The phone's app, built once."""
    npm = shutil.which("npm")
    assert npm is not None, "npm builds the app; install nodejs and npm"
    pwa = str(REPOSITORY / "pwa")
    if not (REPOSITORY / "pwa" / "node_modules").exists():
        _run(npm, "--prefix", pwa, "ci", "--ignore-scripts")
    if not (REPOSITORY / "pwa" / "dist" / "build.json").exists():
        _run(npm, "--prefix", pwa, "run", "build")


@pytest.fixture
def playwright_driver() -> Iterator[Playwright]:
    """One for each test: while it lives, no other test could run its own event loop."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def world(built_app: None, playwright_driver: Playwright, tmp_path: Path) -> Iterator[World]:
    """A served installation with the demo's visits of today, and a phone that nobody used yet."""
    erpnext = ErpNext(tmp_path)
    port = free_port()
    proxy = Proxy(port)
    server = Server(tmp_path, erpnext, port, proxy.url)
    phone = Phone(playwright_driver, tmp_path)
    try:
        server.start()
        phone.start()
        yield World(erpnext, server, proxy, phone)
    finally:
        phone.close()
        proxy.close()
        server.kill()
        erpnext.close()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=BUILD_S)  # noqa: S603  (npm on our own folder)
