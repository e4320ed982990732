"""The board under test: its routes over a store, and what may have happened there."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide
from litestar.types import Guard
from sqlalchemy import Connection, insert, select, update

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.board.api import decide, events, state
from backend.board.page import board
from backend.board.today.machine import Machine
from backend.board.today.memory import BoardMemory
from backend.settings import Settings
from backend.store.apply import apply_pushes
from backend.store.clock import DAY_MS
from backend.store.devices import Enrolled, enrol
from backend.store.links import CreatedLink, create_link
from backend.store.pokes import Pokes
from backend.store.store import Store
from backend.store.tables import counter, device, outbox, upstream_state
from tests.given import (
    CLOCK,
    JOB,
    JULIE,
    MARC,
    NOW_MS,
    a_visit,
    push,
    upstream,
    uuid7,
)
from tests.given import mutation as a_mutation

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LOCATION = "location/00000000-0000-7000-8000-0000000000b1"
CONTACT = "contact/00000000-0000-7000-8000-0000000000c1"
CLIENT = "Ginette Lachapelle"
STREET = "1240, rue des Érables"

Work = Callable[[Connection], Any]


class Board(NamedTuple):
    """A running board, and the store behind it."""

    client: AsyncClient
    store: Store
    pokes: Pokes

    async def given(self, work: Work) -> Any:
        """Change the store."""
        return await self.store.writer.run(work)

    async def shown(self) -> dict[str, Any]:
        """What the board says now."""
        response = await self.client.get("/board/api/state")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body


def app(
    store: Store,
    pokes: Pokes,
    settings: Settings,
    staff: Provide,
    machine: Machine | None = None,
    guards: Sequence[Guard] = (),
) -> Litestar:
    """The board's routes, wired as the real app wires them; behind more `guards`, if any."""
    machine = machine or Machine(backup_late_ms=3 * HOUR_MS)
    memory = BoardMemory()
    return Litestar(
        [board, state, events, decide],
        guards=[same_origin, *guards],
        logging_config=None,
        dependencies={
            "staff": staff,
            "store": Provide(lambda: store, sync_to_thread=False),
            "pokes": Provide(lambda: pokes, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "now_ms": Provide(lambda: NOW_MS, sync_to_thread=False),
            "machine": Provide(lambda: machine, sync_to_thread=False),
            "memory": Provide(lambda: memory, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(settings.office_phone),
    )


def browser(served: Litestar) -> AsyncClient:
    """A client in the same event loop as the app, as pokes are."""
    return AsyncClient(transport=ASGITransport(cast(Any, served)), base_url="https://board.test")


def two_technicians(conn: Connection) -> None:
    """Marc and Julie, as ERPNext names them."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    upstream(conn, 2, JULIE, "TECH-2", full_name="Julie Côté", active=True)


def a_customer_visit(conn: Connection, **cells: Any) -> None:
    """Marc's visit at a customer's whose name and street are known."""
    upstream(conn, 11, LOCATION, "LOC-1", street=STREET, town="Saint-Jérôme")
    upstream(conn, 12, CONTACT, "CONT-1", full_name=CLIENT)
    hours = {"window_start": "08:00:00", "window_end": "10:00:00"}
    a_visit(conn, location=LOCATION, contact=CONTACT, **(hours | cells))


def a_phone(conn: Connection, technician: str = MARC, *, days: int = 14, seen_ago: int = 0) -> str:
    """An enrolled phone, last seen `seen_ago` ms before now; gives its device id."""
    link: CreatedLink = create_link(conn, technician, NOW_MS - DAY_MS, days, max_devices=3)
    enrolled = enrol(conn, link.token, link.id, NOW_MS - DAY_MS, "Android")
    assert isinstance(enrolled, Enrolled)
    seen = update(device).where(device.c.id == enrolled.device.id)
    conn.execute(seen.values(seen_at=NOW_MS - seen_ago, app="1.4.2"))
    return enrolled.device.id


def says(conn: Connection, phone: str, **heartbeat: int) -> None:
    """What a phone last told of itself."""
    conn.execute(update(device).where(device.c.id == phone).values(**heartbeat))


def filed(conn: Connection, number: int) -> None:
    """ERPNext took a mutation."""
    row = update(outbox).where(outbox.c.mutation == uuid7(number))
    conn.execute(row.values(fate="filed"))


def office_was(conn: Connection, down_since: int | None) -> None:
    """The inbound worker's last word on ERPNext."""
    row = {"name": "erpnext", "down_since": down_since, "checked_at": NOW_MS - 1000}
    conn.execute(insert(upstream_state).values(**row))


def visit_of(shown: dict[str, Any], key: str = JOB) -> dict[str, Any]:
    """One visit of the board."""
    [found] = [visit for visit in shown["visits"] if visit["key"] == key]
    return dict(found)


def a_conflict(conn: Connection) -> None:
    """The office cancels a visit that Marc, who has not heard of it, says he stands at."""
    head = conn.execute(select(counter.c.sequence)).scalar_one()
    upstream(conn, 99, JOB, "DJ-00161", status="cancelled")
    apply_pushes(conn, [push(a_mutation(50, "status", {"to": "on_site"}, base=head, seq=1))], CLOCK)


HEADERS = {"X-Terrain": "1"}


def a_decision(kind: str, args: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What the page sends."""
    made = {"id": uuid7(700), "kind": kind, "key": JOB, "base": 9, "made_at": NOW_MS}
    return made | {"args": args} | changed
