"""A dispatcher's board over a store in which Marc has a visit today."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from sqlalchemy import Connection

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.staff import Staff
from backend.board.api import decide, state
from backend.board.checks.api import show_checks
from backend.board.journal.api import journal_file, show_journal, visit_timeline
from backend.board.links.api import extend, make_link, revoke, show_links
from backend.board.links.sending import Ways
from backend.board.making.api import customers, make_visit
from backend.board.outages.api import outage_alarm
from backend.board.queues.api import close_refused, try_refused_again
from backend.board.today.machine import Machine
from backend.board.today.memory import BoardMemory
from backend.errors import Refused
from backend.salvage.api import salvage
from backend.settings import Settings
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from backend.store.tables import device
from tests.api.board import HEADERS, browser, two_technicians
from tests.given import (
    CLOCK,
    DEVICE,
    MARC,
    NOW_MS,
    a_visit,
    upstream,
)

LOCATION = "location/00000000-0000-7000-8000-0000000000b1"
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Carrier:
    """A gateway that keeps what it was given, and refuses what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.refuses = ""

    async def send(self, to: str, text: str) -> None:
        """Take a message."""
        if self.refuses:
            raise Refused(self.refuses)
        self.sent.append((to, text))


class Office(NamedTuple):
    """A dispatcher's browser, the store behind it, and who carries messages."""

    client: httpx.AsyncClient
    store: Store
    carrier: Carrier
    mailer: Carrier

    async def given(self, work: Callable[[Connection], Any]) -> Any:
        """Change the store."""
        return await self.store.writer.run(work)

    async def board(self) -> dict[str, Any]:
        """What the board shows."""
        shown: dict[str, Any] = await self.get("state")
        return shown

    async def get(self, path: str, **params: str) -> Any:
        """An answer of the board's API."""
        answer = await self.client.get(f"/board/api/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Send what the page sends."""
        return await self.client.post(f"/board/api/{path}", json=body, headers=HEADERS)


@asynccontextmanager
async def an_office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A board over a store in which Marc has a visit today."""
    pokes, memory, machine = Pokes(), BoardMemory(), Machine()
    carrier, mailer = Carrier(), Carrier()
    pokes.start()
    store = open_store(database_url, lambda: CLOCK, pokes.send)
    await store.writer.run(two_technicians)
    await store.writer.run(a_visit_at_mercier)
    given = {
        "staff": lambda: Staff("julie@example.test", ()),
        "store": lambda: store,
        "settings": lambda: Settings(str(tmp_path), public_url="https://terrain.example.ca"),
        "now_ms": lambda: NOW_MS,
        "machine": lambda: machine,
        "memory": lambda: memory,
        "ways": lambda: Ways(carrier, mailer),
        "monitor_secret": lambda: lambda: "s3cret",
    }
    boards = (state, decide, show_journal, journal_file, show_links, make_link, extend, revoke)
    queues = (show_checks, visit_timeline, try_refused_again, close_refused, salvage)
    making = (customers, make_visit)
    app = Litestar(
        [
            Router("/", route_handlers=[*boards, *queues, *making], guards=[same_origin]),
            outage_alarm,
        ],
        logging_config=None,
        dependencies={name: Provide(value, sync_to_thread=False) for name, value in given.items()},
        exception_handlers=exception_handlers(""),
    )
    async with browser(app) as client:
        yield Office(client, store, carrier, mailer)
    await store.close()


def a_visit_at_mercier(conn: Connection) -> None:
    """A visit whose place hangs on a known OLT."""
    upstream(conn, 11, LOCATION, "LOC-1", street="12 rue X", olt="OLT-MERCIER-1", pon_port="0/3")
    a_visit(conn, location=LOCATION, subject="Installation")
    linked = {"id": DEVICE, "technician": MARC, "link": "l", "session_hash": "h"}
    conn.execute(device.insert().values(**linked, created_at=NOW_MS, seen_at=NOW_MS))
