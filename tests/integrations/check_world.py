"""A server with a visit of Marc's at a known place, and the worker that checks its line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from backend.cpe.check.engine import Engine
from backend.cpe.check.one import Patience, Room
from backend.cpe.check.source import Source
from backend.cpe.check.worker import CheckWorker
from backend.cpe.thresholds import load_thresholds
from backend.store.clock import Clock
from backend.store.pull import pull
from backend.store.store import Store, open_store
from backend.store.verifications import evidence_of
from tests.given import CLOCK, JOB, MARC, a_visit, mutation, push, technician, upstream, uuid7

PLACE: Final = "location/00000000-0000-7000-8000-0000000000c1"
PLAN: Final = "subscription/00000000-0000-7000-8000-0000000000e1"
IMPATIENT: Final = Patience(0.01, 0.1)
FILED: Final = "equipment/00000000-0000-7000-8000-0000000000f1"


@dataclass
class Time:
    """The server's clock, by hand."""

    clock: Clock = field(default_factory=lambda: CLOCK)

    def __call__(self) -> Clock:
        return self.clock

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.clock = self.clock._replace(now_ms=self.clock.now_ms + round(seconds * 1000))


class World:
    """What phones send, and what Marc then sees."""

    def __init__(self, store: Store, time: Time) -> None:
        self.store, self.time = store, time
        self.seen: list[dict[str, Any]] = []

    def worker(self, *sources: Source, patience: Patience = IMPATIENT) -> CheckWorker:
        """A worker as a restart makes it."""
        thresholds = msgspec.structs.replace(load_thresholds(), default_class="B+")
        room = Room(self.store, Engine(sources), thresholds, self.time, patience)
        return CheckWorker(room)

    async def verify(self, number: int = 1, key: str = JOB, **args: Any) -> list[str]:
        """Marc's phone asks for a check; gives the outcome."""
        return await self.push(number, "verify", {"reason": "install"} | args, key=key)

    async def push(
        self, number: int, kind: str, args: dict[str, Any], key: str = JOB, who: str = MARC
    ) -> list[str]:
        """A phone's mutation; gives the outcome."""
        batch = push(mutation(number, kind, args, key=key), actor=technician(who))
        answer = await self.store.writer.push(batch)
        return [verdict.outcome.value for verdict in answer.verdicts]

    async def cells(self, key: str = JOB) -> dict[str, Any]:
        """What Marc's phone pulls of a record."""
        page = await self.store.read(lambda conn: pull(conn, MARC, ""))
        return next(put.cells for put in page.changes.put if put.key == key)

    async def shown(self, number: int = 1, key: str = JOB) -> dict[str, Any]:
        """A check as Marc sees it."""
        shown: dict[str, Any] = (await self.cells(key))[f"verifications/{uuid7(number)}"]
        return shown

    async def until(
        self, is_so: Callable[[dict[str, Any]], bool], number: int = 1, key: str = JOB
    ) -> None:
        """Wait until a check is so, five seconds at most."""
        async with asyncio.timeout(5):
            while not is_so(await self.shown(number, key)):  # noqa: ASYNC110  (the store tells nobody)
                await asyncio.sleep(0.01)

    async def evidence(self, key: str = JOB) -> list[dict[str, Any]]:
        """What is kept of a visit's checks."""
        kept: Sequence[str] = await self.store.read(lambda conn: evidence_of(conn, key))
        return [msgspec.json.decode(each) for each in kept]


def _a_place(conn: Connection) -> None:
    upstream(conn, 501, PLACE, "LOC-1", label="Maison", olt="OLT-EST", pon_port="0/5/2")
    upstream(conn, 502, PLAN, "SUB-1", plan="Fibre 500")
    upstream(
        conn,
        503,
        FILED,
        "EQ-1",
        serial_number="22275A7000395",
        barcode="TPLG97441B58",
        mac="1C61B4AABBCC",
        equipment_type="ONT",
        status="Installed",
        location=PLACE,
    )
    a_visit(conn, JOB, location=PLACE, subscription=PLAN)


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[World]:
    """A store with one visit."""
    time = Time()
    store = open_store(database_url, time, lambda _: None)
    await store.writer.run(_a_place)
    try:
        yield World(store, time)
    finally:
        await store.close()
