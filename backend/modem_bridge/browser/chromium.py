"""One warm Chromium for at most two pages at once, recycled after a while, killed when it hangs."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Error, Playwright, Route, async_playwright

from backend.log import log
from backend.modem_bridge.browser.gate import Gate
from backend.modem_bridge.browser.page import REASONS, PageLogin
from backend.modem_bridge.browser.printing import SEALED, printed
from backend.modem_bridge.credentials import Credential
from backend.modem_bridge.reading import Report, Wanted
from backend.modem_bridge.trouble import Kind, Trouble

CONTEXTS: Final = 2
CHECKS: Final = 50  # then a fresh Chromium
CHECK_S: Final = 20.0
STEP: Final = 0.3  # of it: as much as one step of the page may take
LAUNCH_S: Final = 30.0
OPEN_S: Final = 5.0
CLOSE_S: Final = 2.0
# Nothing listens there: a page outside of a context of ours reaches nothing.
NOWHERE: Final = "http://127.0.0.1:9"
# Everything a page can use goes by the proxy, and what does not go by a proxy is off.
ARGUMENTS: Final = (
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--dns-prefetch-disable",
)
# The arguments hold for workers too; this takes the door handle away as well.
_NO_WAY_AROUND: Final = (
    "for (const name of ['RTCPeerConnection', 'WebTransport']) delete self[name];"
)
_NOT_NEEDED: Final = frozenset(("image", "media", "font"))


class Chromium:
    """`most_contexts` is how many pages there ever were at once."""

    def __init__(
        self,
        executable: str,
        sandbox: bool,
        checks: int = CHECKS,
        check_s: float = CHECK_S,
        launch_s: float = LAUNCH_S,
    ) -> None:
        self._executable = executable
        self._sandbox = sandbox
        self._checks = checks
        self._check_s = check_s
        self._launch_s = launch_s
        self._free = asyncio.Semaphore(CONTEXTS)
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._pid = 0
        self._done = 0
        self._open = 0
        self.most_contexts = 0

    @property
    def is_there(self) -> bool:
        """Whether this machine has a Chromium at all."""
        return Path(self._executable).is_file()

    async def read(self, url: str, credential: Credential, wanted: tuple[Wanted, ...]) -> Report:
        """Read a modem by its page; never raises for what a page does."""
        async with self._free, Gate(url).opened() as gate:
            try:
                browser = await self._warm()
            except (Error, TimeoutError, OSError) as error:
                log.error("chromium does not start", extra={"kind": type(error).__name__})
                return Report(kind=Kind.PROTOCOL, detail="no-browser")
            async with self._context(browser, _by(gate)) as context:
                return await self._read(context, gate, url, credential, wanted)

    async def _read(
        self,
        context: BrowserContext | None,
        gate: Gate,
        url: str,
        credential: Credential,
        wanted: tuple[Wanted, ...],
    ) -> Report:
        if context is None:
            return Report(kind=Kind.PROTOCOL, detail="browser-ended")
        login: PageLogin | None = None
        try:
            async with asyncio.timeout(self._check_s):
                await context.add_init_script(_NO_WAY_AROUND)
                await context.route("**/*", _only_what_is_needed)
                login = PageLogin(await context.new_page(), self._check_s * STEP)
                await login.open(url)
                if gate.overflowed:
                    return Report(kind=Kind.PROTOCOL, detail="too-large")
                try:
                    objects = await login.read(credential.password, wanted)
                finally:
                    await login.end()
            return Report(objects, accepted=True)
        except Trouble as trouble:
            return Report(kind=trouble.kind, detail=trouble.detail)
        except (Error, ValueError, TypeError) as error:
            kind, detail = _cause(gate, error)
            return Report(kind=kind, detail=detail, accepted=login is not None and login.accepted)
        except TimeoutError:
            return Report(kind=Kind.TIMEOUT, accepted=login is not None and login.accepted)

    async def pdf(self, html: str) -> bytes:
        """A page of ours as PDF; it can reach nothing. Raises Trouble."""
        async with self._free:
            try:
                browser = await self._warm()
            except (Error, TimeoutError, OSError) as error:
                raise Trouble(Kind.UNPRINTED, "no-browser") from error
            async with self._context(browser, SEALED) as context:
                if context is None:
                    raise Trouble(Kind.UNPRINTED, "browser-ended")
                try:
                    async with asyncio.timeout(self._check_s):
                        return await printed(context, html)
                except (Error, TimeoutError) as error:
                    raise Trouble(Kind.UNPRINTED, type(error).__name__) from error

    async def close(self) -> None:
        """End Chromium and what drives it."""
        await self._end()
        await self._stop_driver()

    async def _stop_driver(self) -> None:
        playwright, self._playwright = self._playwright, None
        if playwright is not None:
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await playwright.stop()

    async def _warm(self) -> Browser:
        async with self._starting:
            is_worn = self._done >= self._checks and self._open == 0
            if self._browser is not None and (is_worn or not self._browser.is_connected()):
                await self._end()
            if self._browser is None:
                self._browser = await self._launched()
            self._open += 1
            self._done += 1
            self.most_contexts = max(self.most_contexts, self._open)
            return self._browser

    async def _launched(self) -> Browser:
        """Raises Error, TimeoutError or OSError; with what drives Chromium ends whatever it has
        begun to start: each would be another one beside the next."""
        try:
            async with asyncio.timeout(self._launch_s):
                return await self._launch()
        except BaseException:
            await _surely(asyncio.create_task(self._stop_driver()))
            raise

    async def _launch(self) -> Browser:
        if self._playwright is None:
            self._playwright = await async_playwright().start()
        browser = await self._playwright.chromium.launch(
            executable_path=self._executable,
            chromium_sandbox=self._sandbox,
            proxy={"server": NOWHERE},
            args=list(ARGUMENTS),
        )
        session = await browser.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        self._pid = next(int(each["id"]) for each in processes if each["type"] == "browser")
        self._done = 0
        return browser

    @asynccontextmanager
    async def _context(
        self, browser: Browser, options: dict[str, Any]
    ) -> AsyncIterator[BrowserContext | None]:
        """A context of its own; None when Chromium has ended meanwhile."""
        context = None
        try:
            context = await self._new_context(browser, options)
            yield context
        finally:
            await _surely(asyncio.create_task(self._shut(context)))

    async def _shut(self, context: BrowserContext | None) -> None:
        if not await _closed(context):
            self._kill()
        self._open -= 1

    async def _new_context(
        self, browser: Browser, options: dict[str, Any]
    ) -> BrowserContext | None:
        try:
            async with asyncio.timeout(OPEN_S):
                return await browser.new_context(**options)
        except Error:
            return None
        except TimeoutError:  # it hangs as a whole
            self._kill()
            return None

    async def _end(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None and not await _closed(browser):
            self._kill()

    def _kill(self) -> None:
        """What does not close is ended, with every page in it."""
        self._browser = None
        if self._pid:
            log.warning("chromium killed")
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._pid = 0


def _by(gate: Gate) -> dict[str, Any]:
    """A context that reaches the gate alone."""
    return {
        "proxy": {"server": gate.url, "bypass": "<-loopback>"},
        "service_workers": "block",
        "accept_downloads": False,
    }


async def _surely(closing: asyncio.Task[None]) -> None:
    """Wait for the end of what has one soon, however often the caller is cancelled: a page that is
    left behind would be a third one beside the next two."""
    cancelled: asyncio.CancelledError | None = None
    while not closing.done():
        try:
            await asyncio.wait({closing})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def _closed(what: Browser | BrowserContext | None) -> bool:
    """Close it; False when it does not within CLOSE_S."""
    try:
        async with asyncio.timeout(CLOSE_S):
            if what is not None:
                await what.close()
    except TimeoutError:
        return False
    except Error:  # it is closed already
        return True
    return True


def _cause(gate: Gate, error: Exception) -> tuple[Kind, str]:
    if gate.unreachable:
        return Kind.UNREACHABLE, ""
    if gate.overflowed:
        return Kind.PROTOCOL, "too-large"
    if gate.led_elsewhere:
        return Kind.PROTOCOL, "elsewhere"
    said = next((reason for reason in REASONS if reason in str(error)), "")
    return Kind.PROTOCOL, said or type(error).__name__


async def _only_what_is_needed(route: Route) -> None:
    with suppress(Error):
        if route.request.resource_type in _NOT_NEEDED:
            await route.abort()
        else:
            await route.continue_()
