"""What the tests of the ERPNext worker start from: a store, a site, a phone, one virtual clock."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import Connection, Engine, select

from backend.erp.client import ErpClient, open_http
from backend.erp.ids import uuid7
from backend.erp.mapping import Mapping, load_mapping
from backend.erp.tools import Tools
from backend.erp.worker import Worker
from backend.simulators.erpnext import Site
from backend.store.apply import Push, apply_mutations, submitted
from backend.store.clock import Clock
from backend.store.pull import pull
from backend.store.shadows import keys_of
from backend.store.tables import conflict, counter, lane, outbox
from backend.store.writer import Writer
from sync.protocol import Fate, Mutation, Outcome
from sync.state import Actor, ActorKind
from tests.given import cells_of
from tests.integrations.erpnext_site import SimulatedSite, TestClock

ZONE = ZoneInfo("America/Toronto")
MAPPING = load_mapping(ZONE)
DEVICE = "00000000-0000-7000-8000-0000000000d1"
REPAIR = "DJ-00005"  # Marc's first repair of the day
OTHER = "DJ-00007"
OFFICE = Actor(ActorKind.OFFICE, "sylvie@example.ca", "Sylvie", "office:sylvie@example.ca")


@dataclass
class Field:
    """The whole way from a phone to the site."""

    engine: Engine
    site: Site
    clock: TestClock
    tools: Tools
    writer: Writer
    entropy: random.Random
    events: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    slept_s: float = 0.0
    _seq: int = 0

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen once the worker has slept that long from now."""
        self.events.append((self.slept_s + seconds, event))

    async def sleep(self, seconds: float) -> None:
        """What the worker sleeps by: time passes, and whatever was to happen in it happens."""
        self.slept_s += seconds
        self.clock.advance(seconds)
        for due, event in [each for each in self.events if each[0] <= self.slept_s]:
            self.events.remove((due, event))
            event()
        await asyncio.sleep(0)

    def __post_init__(self) -> None:
        self.restart(self.tools)

    def restart(self, tools: Tools) -> None:
        """A new worker, as after a restart of the server."""
        self.tools = tools
        self.worker = Worker(tools, self.sleep, self.entropy.random)

    @property
    def now_ms(self) -> int:
        """The virtual clock in UTC ms."""
        return int(self.clock().timestamp() * 1000)

    def key(self, name: str = REPAIR, collection: str = "job") -> str:
        """The record key of a document."""
        with self.engine.begin() as conn:
            return keys_of(conn, {(collection, name)})[collection, name]

    def cells(self, name: str = REPAIR, collection: str = "job") -> dict[str, Any]:
        """A record's cells that have a value."""
        key = self.key(name, collection)
        with self.engine.begin() as conn:
            return cells_of(conn, key)

    def document(self, name: str = REPAIR, doctype: str = "Dispatch Job") -> dict[str, Any]:
        """The document as the site holds it."""
        return self.site.document(doctype, name)

    async def tap(
        self,
        kind: str,
        args: dict[str, Any],
        name: str = REPAIR,
        collection: str = "job",
        technician: str = "TECH-001",
        base: int | None = None,
    ) -> str:
        """A tap on Marc's phone, made on what he had pulled (by default all there is), that
        reached the server; gives the mutation id."""
        self._seq += 1
        mutation_id = uuid7(self.now_ms, self._seq.to_bytes(10, "big"))
        base = await self.writer.run(_sequence) if base is None else base
        made = Mutation(
            mutation_id, self._seq, kind, self.key(name, collection), base, self.now_ms, args
        )
        actor = Actor(
            ActorKind.TECHNICIAN,
            self.key(technician, "technician"),
            "Marc Tremblay",
            f"{DEVICE}:1",
        )
        answer = await self.writer.push(Push(actor, DEVICE, 1, (submitted(made),)))
        outcome = answer.verdicts[0].outcome
        assert outcome not in (Outcome.REJECTED, Outcome.PARKED), answer.verdicts[0]
        return mutation_id

    async def decide(self, kind: str, args: dict[str, Any], name: str = REPAIR) -> None:
        """A decision of the office, from its board."""
        mutation_id = self.tools.new_id()
        made = Mutation(mutation_id, 0, kind, self.key(name), self.sequence(), self.now_ms, args)
        decided = await self.writer.run(
            lambda conn: apply_mutations(conn, OFFICE, [made], self.tools.clock())
        )
        assert decided.verdicts[0].outcome is Outcome.APPLIED, decided.verdicts[0]

    def sequence(self) -> int:
        """Where the feed stands."""
        with self.engine.begin() as conn:
            return _sequence(conn)

    def receipts(self) -> dict[str, tuple[Fate, str]]:
        """The newest receipt of each mutation, as Marc's phone gets them."""
        marc = self.key("TECH-001", "technician")
        with self.engine.begin() as conn:
            return {m: (fate, detail) for m, fate, detail in pull(conn, marc, "").receipts}

    def lanes(self) -> dict[str, tuple[str, int, str]]:
        """State, tries and error of every lane."""
        with self.engine.begin() as conn:
            query = select(lane.c.key, lane.c.state, lane.c.tries, lane.c.error)
            return {row.key: (row.state, row.tries, row.error) for row in conn.execute(query)}

    def open_mutations(self) -> int:
        """How many mutations have no fate yet."""
        with self.engine.begin() as conn:
            return len(conn.execute(select(outbox.c.id).where(outbox.c.fate.is_(None))).all())

    def open_conflict(self) -> str:
        """The id of the one conflict that nobody has ended."""
        with self.engine.begin() as conn:
            query = select(conflict.c.id).where(conflict.c.closed_at.is_(None))
            return str(conn.execute(query).scalar_one())

    def conflicts(self) -> list[tuple[str, bool]]:
        """Path and softness of every open conflict."""
        with self.engine.begin() as conn:
            rows = conn.execute(select(conflict.c.path, conflict.c.soft))
            return [(row.path, bool(row.soft)) for row in rows]

    def ledger(self, mutation_id: str) -> int:
        """How many times the site inserted the ledger's document of a mutation."""
        effects = self.site.log.effects_on("Field Operation", mutation_id)
        return [effect.action for effect in effects].count("insert")

    def requests(self, method: str) -> list[str]:
        """The paths that were asked by a method, in order."""
        return [entry.path for entry in self.site.log.entries() if entry.method == method]

    def writes(self, name: str = REPAIR, doctype: str = "Dispatch Job") -> list[tuple[str, ...]]:
        """The changed fields of every write of ours to a document."""
        return [effect.changed for effect in self.site.log.effects_on(doctype, name)]


class Crash(BaseException):
    """The process dies."""


class DiesAfter(httpx.AsyncBaseTransport):
    """The process dies at one request: before it is sent, or once it was answered."""

    def __init__(self, inner: httpx.AsyncBaseTransport, left: int, *, sent: bool) -> None:
        self._inner = inner
        self._left = left
        self._sent = sent

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left < 0 and not self._sent:
            raise Crash
        response = await self._inner.handle_async_request(request)
        if self._left < 0:
            raise Crash
        return response


@asynccontextmanager
async def in_the_field(
    simulated: SimulatedSite, engine: Engine, mapping: Mapping = MAPPING
) -> AsyncIterator[Field]:
    """Everything wired, the site read once, its request log empty."""
    site, clock = simulated.site, simulated.clock
    entropy = random.Random(7)  # noqa: S311  (ids of a test)

    def now() -> Clock:
        instant = clock()
        return Clock(int(instant.timestamp() * 1000), instant.astimezone(ZONE).date())

    writer = Writer(engine, now, lambda _: None)
    writer.start()
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        tools = Tools(
            ErpClient(http),
            writer,
            mapping,
            now,
            lambda: uuid7(now().now_ms, entropy.randbytes(10)),
        )

        there = Field(engine, site, clock, tools, writer, entropy)
        await there.worker.poll_all()
        site.log.clear()
        yield there
    writer.stop()


def _sequence(conn: Connection) -> int:
    return int(conn.execute(select(counter.c.sequence)).scalar_one())
