"""One small company: its ERPNext, its server, the network, and one technician's phone."""

import json
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.e2e.phone import Phone
from tests.e2e.processes import ErpNext, Server, wait_for
from tests.e2e.proxy import Proxy, Signal

TECHNICIAN: Final = "TECH-001"
ZONE: Final = ZoneInfo("America/Toronto")
VISITS_OF_THE_DAY: Final = 8
FIRST_PAGE_MS: Final = 20_000


class Sent(NamedTuple):
    """A technician's mutation as the server keeps it; instants are UTC ms."""

    id: str
    seq: int
    kind: str
    key: str
    args: dict[str, Any]
    outcome: str
    made_at: int
    received_at: int


class World(NamedTuple):
    """What a test holds."""

    erpnext: ErpNext
    server: Server
    proxy: Proxy
    phone: Phone

    @property
    def page(self) -> Page:
        """The phone's tab."""
        return self.phone.page

    def enrol(self) -> str:
        """Open a new link and press its button; gives the link's id once the day is drawn."""
        url, link = self.server.create_link(TECHNICIAN)
        self.wait_for_visits()
        self.page.goto(url)
        self.page.get_by_role("button", name="Ouvrir ma journée").click()
        expect(self.page.locator("article.card")).to_have_count(
            VISITS_OF_THE_DAY, timeout=FIRST_PAGE_MS
        )
        self.wait_for_worker()
        return link

    def open_app(self) -> None:
        """Open the app's own address, as its icon does."""
        self.page.goto(f"{self.proxy.url}/t/")
        expect(self.page.locator("article.card")).to_have_count(
            VISITS_OF_THE_DAY, timeout=FIRST_PAGE_MS
        )

    def wait_for_visits(self) -> None:
        """Until the server has taken the technician's day over from ERPNext."""
        query = "SELECT count(*) FROM cell WHERE path = 'status' AND key LIKE 'job/%'"
        mine = "SELECT count(*) FROM cell WHERE path = 'technician' AND value != 'null'"
        wait_for(
            "the visits on the server",
            lambda: self.rows(query)[0][0] >= len(self._jobs()) and self.rows(mine)[0][0],
            60.0,
        )

    def wait_for_worker(self) -> None:
        """Until the service worker holds what a start without network needs."""
        wait_for(
            "the service worker",
            lambda: self.page.evaluate(
                """async () => Boolean((await navigator.serviceWorker.ready).active)
                && Boolean(await caches.match('/t/shell'))"""
            ),
            20.0,
        )

    def go_dark(self) -> None:
        """Into the dead zone; the browser's own sign of it comes too."""
        self.proxy.set(Signal.DARK)
        self.phone.context.set_offline(True)

    def go_light(self) -> None:
        """There is signal again, and the browser says so."""
        self.proxy.set(Signal.LIGHT)
        self.phone.context.set_offline(False)

    def job(self, start: str = "08:00:00") -> dict[str, Any]:
        """Marc's visit of today that begins then, as ERPNext has it."""
        found = [each for each in self._today() if each["scheduled_start"].zfill(8) == start]
        return self.erpnext.document("Dispatch Job", found[0]["name"])

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read the server's database from outside."""
        return self.server.rows(query, *values)

    def sent(self) -> list[Sent]:
        """The technician's mutations that the server has committed, in order."""
        query = (
            "SELECT id, seq, kind, key, payload, outcome, made_at, received_at FROM mutation"
            " WHERE actor_kind = 'technician' ORDER BY sequence, seq"
        )
        return [_sent(*row) for row in self.rows(query)]

    def heard(self) -> int:
        """When the server last heard of the phone, by its own record; UTC ms."""
        seen: int = self.rows("SELECT max(seen_at) FROM device")[0][0]
        return seen

    def _today(self) -> list[Any]:
        filters = [
            ["technician", "=", TECHNICIAN],
            ["scheduled_date", "=", datetime.now(ZONE).date().isoformat()],
        ]
        return self.erpnext.documents("Dispatch Job", filters, "scheduled_start")

    def _jobs(self) -> list[Any]:
        return self.erpnext.documents("Dispatch Job", [])


def _sent(
    id_: str, seq: int, kind: str, key: str, payload: bytes, outcome: str, made_at: int, at: int
) -> Sent:
    args = json.loads(payload).get("args", {})
    return Sent(id_, seq, kind, key, args, outcome, made_at, at)
