"""What the figures are taken from: the demonstration of `make run`, and phones before it."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Cookie,
    Locator,
    Page,
    Playwright,
    ViewportSize,
    expect,
)

from tests.e2e.command import TERRAIN
from tests.e2e.phone import CHROMIUM, camera
from tests.e2e.processes import HOST, Process, free_port, wait_for
from tests.e2e.proxy import Proxy
from tests.labels import code, held, save_video, sheet

# How much slower a phone of the middle range is than a desktop: Lighthouse's own factor.
CPU_SLOWDOWN: Final = 4
PHONE: Final = ViewportSize(width=390, height=844)
PIXELS_A_POINT: Final = 2
SERIAL: Final = "TPLG5D6E7F80"
START_S: Final = 60.0
WAIT_MS: Final = 30_000
PART_MS: Final = 5_000
LINK: Final = re.compile(r"http://\S+/t/\S+")
_READY: Final = re.compile("Prête? hors ligne")
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic")


class Served(NamedTuple):
    """A running demonstration behind a proxy, one phone's session with it, and the browser."""

    proxy: Proxy
    path: str
    browser: Browser
    cookies: list[Cookie]

    @property
    def link(self) -> str:
        """The technician's link, through the proxy."""
        return f"{self.proxy.url}{self.path}"

    @property
    def app(self) -> str:
        """The address of the app's icon, through the proxy."""
        return f"{self.proxy.url}/t/"

    @contextmanager
    def phone(self, *, known: bool = True, dark: bool = False) -> Iterator[BrowserContext]:
        """A phone with nothing in its cache; one that is `known` has the session."""
        context = self.browser.new_context(
            viewport=PHONE,
            device_scale_factor=PIXELS_A_POINT,
            is_mobile=True,
            has_touch=True,
            locale="fr-CA",
            timezone_id="America/Toronto",
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(WAIT_MS)
        if known:
            context.add_cookies([_again(each) for each in self.cookies])
        try:
            yield context
        finally:
            context.close()


@contextmanager
def served(playwright: Playwright) -> Iterator[Served]:
    """Start all of it, enrol one phone, and end all of it afterwards."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        proxy = Proxy(port)
        ends.callback(proxy.close)
        path = urlsplit(_demo(ends, folder, port)).path
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *camera(_label(folder))]
        )
        ends.callback(browser.close)
        fresh = Served(proxy, path, browser, [])
        yield fresh._replace(cookies=_enrolled(fresh))


def open_day(page: Page, address: str) -> None:
    """Go there, and wait until the day is on the screen."""
    page.goto(address)
    expect(page.locator("article.card").first).to_be_visible(timeout=WAIT_MS)


def open_ready(page: Page, address: str) -> None:
    """The same, until everything is on the phone that a day without network needs."""
    open_day(page, address)
    page.evaluate("navigator.serviceWorker.ready.then(Boolean)")
    page.evaluate("location.hash = '#/help'")
    # The reader and the check of a line are the last to come.
    expect(page.locator("dd", has_text=_READY)).to_have_count(2, timeout=WAIT_MS)
    page.evaluate("location.hash = '#/'")
    expect(page.locator("article.card").first).to_be_visible()


def offers(way: Locator) -> bool:
    """Whether the app has it; its part of the app may come a moment after the screen."""
    try:
        expect(way).to_be_visible(timeout=PART_MS)
    except AssertionError:
        return False
    return True


def slow_down(page: Page) -> None:
    """Give the page a phone's processor, by the DevTools protocol."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})


def _demo(ends: ExitStack, folder: Path, port: int) -> str:
    output = folder / "demo.log"
    command = [*TERRAIN, "demo", "--port", str(port), "--data", str(folder / "demo")]
    process = Process(command, output)
    ends.callback(process.kill)

    def link() -> str | None:
        assert process.running, output.read_text("utf-8")  # noqa: S101  (a bench, not the product)
        found = LINK.search(output.read_text("utf-8"))
        return found and found[0]

    return wait_for("the demonstration's link", link, START_S)


def _label(folder: Path) -> Path:
    label = sheet(code(SERIAL))
    return save_video(folder / "label.y4m", [held(label, degrees) for degrees in (25.0, 24.0)])


def _enrolled(fresh: Served) -> list[Cookie]:
    with fresh.phone(known=False) as context:
        page = context.new_page()
        page.goto(fresh.link)
        page.get_by_role("button", name="Ouvrir ma journée").tap()
        expect(page.locator("article.card").first).to_be_visible(timeout=WAIT_MS)
        # The demonstration takes the day over from ERPNext in its first seconds.
        expect(page.locator("article.card")).to_have_count(8, timeout=WAIT_MS)
        return context.cookies()


def _again(cookie: Cookie) -> Any:
    """As `add_cookies` takes it: `__Host-` allows no domain, so it is given by its URL."""
    kept = {key: value for key, value in cookie.items() if key not in ("domain", "path")}
    return {**kept, "url": f"https://{HOST}/"}
