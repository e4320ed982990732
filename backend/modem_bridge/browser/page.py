"""What a check does in the modem's page: log in once, read objects by its functions, log out.

Selectors and `$.dm` are those of public scripts for this generation; `$.act` is the older family's,
and `$.logout` and `#topLogout` were seen in no public script. None was tried on a real XX230v.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

from playwright.async_api import Error, Page

from backend.modem_bridge.reading import Found, Operation, State, Wanted, found
from backend.modem_bridge.trouble import Kind, Trouble

PASSWORD: Final = "#pc-login-password"  # noqa: S105  (a selector)
ENTER: Final = "#pc-login-btn"
INSIDE: Final = "#topReboot"
REFUSED: Final = ".error-tips-content:visible"
TAKEN: Final = "#confirm-yes:visible"
LOGOUT_S: Final = 2.0
NO_SUCH_OBJECT: Final = 71011

# Why the page's half gave up.
REASONS: Final = ("too-large", "timeout", "no-functions")

# One object by whichever function the page has, as text, so that its size is known before it comes.
_READ: Final = """
([oid, list]) => new Promise((resolve, reject) => {
  const give = (data) => {
    const text = JSON.stringify({ data });
    if (text.length > 65536) reject(new Error("too-large")); else resolve(text);
  };
  const fail = (code) => resolve(JSON.stringify({ code: Number(code?.errorcode ?? code) || -1 }));
  setTimeout(() => reject(new Error("timeout")), 4000);
  if ($.dm) {
    const callback = { success: give, fail, error: fail };
    $.dm[list ? "getList" : "get"]({ oid, data: {}, callback });
  } else if ($.act) {
    const data = $.act(list ? ACT_GL : ACT_GET, oid, null, null, null);
    $.exe((error) => (error ? fail(error) : give(data)));
  } else {
    reject(new Error("no-functions"));
  }
})
"""
_LOGOUT: Final = """
async () => {
  if (typeof $ !== "undefined" && $.logout) await $.logout();
  else document.querySelector("#topLogout")?.click();
}
"""


class PageLogin:
    """The one login of a check in the browser; `accepted` is whether the modem took it."""

    def __init__(self, page: Page, step_s: float) -> None:
        self._page = page
        self._step_ms = step_s * 1000.0
        self.accepted = False

    async def open(self, url: str) -> None:
        """Load the page. Raises Playwright's Error."""
        await self._page.goto(f"{url}/", wait_until="domcontentloaded", timeout=self._step_ms)

    async def read(self, password: str, wanted: tuple[Wanted, ...]) -> dict[str, Found]:
        """Log in and read. Raises Trouble, and Playwright's Error for a page that is another."""
        await self._page.fill(PASSWORD, password, timeout=self._step_ms)
        await self._page.click(ENTER, timeout=self._step_ms)
        await self._admitted()
        return {each.oid: await self._object(each) for each in wanted}

    async def end(self) -> None:
        """Log out, if the modem let us in."""
        if self.accepted:
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(LOGOUT_S):
                    await self._page.evaluate(_LOGOUT)

    async def _admitted(self) -> None:
        """Wait for what the page makes of the login. Raises Trouble; never says yes to evicting."""
        outcome = self._page.locator(f"{INSIDE}, {REFUSED}, {TAKEN}").first
        await outcome.wait_for(state="attached", timeout=self._step_ms)
        if await self._page.locator(TAKEN).count():
            raise Trouble(Kind.SESSION_TAKEN)
        if await self._page.locator(REFUSED).count():
            raise Trouble(Kind.WRONG_PASSWORD_OR_LOCKED)
        self.accepted = True
        await self._page.wait_for_load_state("domcontentloaded", timeout=self._step_ms)

    async def _object(self, wanted: Wanted) -> Found:
        arguments = [wanted.oid, wanted.operation is Operation.LIST]
        said: Any = json.loads(await self._page.evaluate(_READ, arguments))
        code = int(said.get("code", 0))
        if code == NO_SUCH_OBJECT:
            return Found(State.MISSING, code=code)
        return Found(State.EMPTY, code=code) if code else found(said.get("data"))
