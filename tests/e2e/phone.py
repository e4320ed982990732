"""A technician's phone: Chromium on a profile that outlives it, driven over DevTools."""

import asyncio
import shutil
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from tests.e2e.processes import HOST, Process, wait_for

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--metrics-recording-only",
    "--lang=fr-CA",
    "--accept-lang=fr-CA,fr",
    "--window-size=412,915",
    "--remote-debugging-port=0",
)
# As an iPhone in Lockdown Mode, which cannot read labels itself.
NO_WEBASSEMBLY: Final = "--js-flags=--jitless"
START_S: Final = 40.0
ACTION_MS: Final = 15_000
# Chromium writes its cookies to the disk every 30 s, or once 512 have changed; a kill before that
# loses them (net/extras/sqlite/sqlite_persistent_cookie_store.cc).
COOKIE_S: Final = 45.0
COOKIES_WRITTEN: Final = 512
SEEN: Final = b"terrain-seen"  # in the local storage, which Chromium writes after some seconds
SESSION_COOKIE: Final = "__Host-terrain"
_A_DAY_S: Final = 86_400

_MAKER: Final = frozenset(
    {
        "accounts.google.com",
        "android.clients.google.com",
        "clients2.google.com",
        "content-autofill.googleapis.com",
        "update.googleapis.com",
        "www.google.com",
    }
)

# What the page shows, each time it changes, with the device's clock.
_WATCH: Final = """
(() => {
  const told = (name, value) => window[name]?.(value)
  addEventListener('securitypolicyviolation', (event) =>
    told('terrainViolation', `${event.effectiveDirective} ${event.blockedURI}`))
  let last = ''
  const look = () => {
    const strip = document.querySelector('.strip')?.innerText.trim() ?? ''
    const items = [...document.querySelectorAll('li.line')].flatMap((line) => {
      const word = line.querySelector(':scope > .state')?.innerText.trim()
      const name = line.querySelector(':scope > b, :scope > label > span, :scope > p.words')
      return word && name ? [[name.innerText.trim(), word]] : []
    })
    // The address is ahead of what is drawn: the title says which screen the items are of.
    const screen = document.querySelector('h1')?.innerText.trim() ?? ''
    const shown = { page: performance.timeOrigin, screen, strip, items }
    const text = JSON.stringify(shown)
    if (text === last) return
    last = text
    told('terrainShown', { at: Date.now(), ...shown })
  }
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
  })
})()
"""


def camera(video: Path) -> tuple[str, ...]:
    """The flags of a phone whose camera shows a YUV4MPEG2 file, again and again."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )


class Phone:
    """One browser profile. Everything it showed, and every address it asked for, is kept."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self.shown: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._playwright = playwright
        self._profile = folder / "profile"
        self._output = folder / "chromium.log"
        self._outside = Outside()
        self._process: Process | None = None
        self._browser: Browser | None = None
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The one tab."""
        assert self._page is not None
        return self._page

    @property
    def context(self) -> BrowserContext:
        """The profile's own context."""
        return self.page.context

    @property
    def foreign(self) -> list[str]:
        """What was asked of any other origin than the loopback's, by the worker too; without what
        Chromium asks of its maker whatever page is open.
        """
        seen = [each for each in self.requests if not _is_ours(each)]
        return seen + [each for each in self._outside.asked if not _is_of_chromium(each)]

    def start(self, *flags: str) -> None:
        """A new browser process on the profile, with these flags besides our own."""
        port_file = self._profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        for lock in self._profile.glob("Singleton*"):  # left by a kill
            lock.unlink()
        self._process = Process(
            [
                CHROMIUM,
                *FLAGS,
                *flags,
                f"--user-data-dir={self._profile}",
                f"--proxy-server=http://{HOST}:{self._outside.port}",
                "about:blank",
            ],
            self._output,
        )
        port = wait_for("Chromium's port", lambda: _port(port_file), START_S)
        self._browser = self._playwright.chromium.connect_over_cdp(f"http://{HOST}:{port}")
        self._follow(self._browser.contexts[0])

    def kill(self) -> None:
        """SIGKILL to the whole browser."""
        assert self._process is not None
        self._process.kill()
        self._forget()

    def quit(self) -> None:
        """Close the browser as its user does, and wait for its end."""
        assert self._browser is not None
        assert self._process is not None
        process = self._process
        self._browser.new_browser_cdp_session().send("Browser.close")
        wait_for("Chromium's end", lambda: not process.running, START_S)
        process.kill()
        self._forget()

    def clone(self, folder: Path) -> "Phone":
        """Another phone with a copy of this one's profile, as from a backup; neither runs."""
        copied = Phone(self._playwright, folder)
        shutil.copytree(self._profile, copied._profile)
        return copied

    def close(self) -> None:
        """End the browser for good."""
        if self._process is not None:
            self._process.kill()
            self._forget()
        self._outside.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def wait_for_disk(self) -> None:
        """Until the session's cookie and which visits were seen are safe from a kill."""
        # A site keeps few cookies, so each has its own; what ends with the browser is not written.
        ends = time.time() + _A_DAY_S
        sites = (f"https://site-{number}.invalid/" for number in range(COOKIES_WRITTEN))
        self.context.add_cookies(
            [{"name": "filler", "value": "1", "url": site, "expires": ends} for site in sites]
        )
        database = self._profile / "Default" / "Cookies"
        wait_for("the cookie on the disk", lambda: _has_cookie(database), COOKIE_S, 0.5)
        storage = self._profile / "Default" / "Local Storage" / "leveldb"
        wait_for("the seen visits on the disk", lambda: _has_seen(storage), COOKIE_S, 0.5)

    def _follow(self, context: BrowserContext) -> None:
        context.set_default_timeout(ACTION_MS)
        context.expose_function("terrainShown", self._note_shown)
        context.expose_function("terrainViolation", self._note_violation)
        context.add_init_script(_WATCH)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._hear)
        self._page = context.pages[0]

    def _note_shown(self, shown: dict[str, Any]) -> None:
        self.shown.append(shown)

    def _note_violation(self, violation: str) -> None:
        self.violations.append(violation)

    def _hear(self, message: ConsoleMessage) -> None:
        # A dead network is no fault of the page; everything else that Chromium complains of is.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def _forget(self) -> None:
        if self._browser is not None:
            with suppress(Exception):
                self._browser.close()
        self._browser = self._page = self._process = None


class Outside:
    """The rest of the internet: notes who is asked for, and answers nobody."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._refuse, HOST, 0), self._loop
        )
        self._server = server.result(START_S)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening, and hang up on whoever is left: a socket that nobody closes fails
        whichever test runs when it is found."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        # Who was let in a moment ago has a task, which makes another one.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for writer in self._open:
                writer.transport.abort()
            await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            line = await reader.readline()
            self.asked.append(line.decode("latin-1").strip())
        self._open.discard(writer)
        writer.transport.abort()


def _is_ours(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname == HOST or parts.scheme in ("data", "blob", "about")


def _is_of_chromium(line: str) -> bool:
    target = line.split(" ")[1] if " " in line else line
    host = urlsplit(target).hostname or target.partition(":")[0]
    return host in _MAKER


def _port(file: Path) -> int | None:
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return int(lines[0]) if len(lines) == 2 else None


def _has_cookie(database: Path) -> bool:
    if not database.exists():
        return False
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn,
    ):
        query = "SELECT count(*) FROM cookies WHERE name = ?"
        return bool(conn.execute(query, (SESSION_COOKIE,)).fetchone()[0])
    return False


def _has_seen(storage: Path) -> bool:
    return any(SEEN in log.read_bytes() for log in storage.glob("*.log"))
