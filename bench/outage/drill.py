"""Runs the days of a plan: phones push to the real store, the real worker meets the outage."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from backend.erp.client import ErpClient, open_http
from backend.erp.ids import uuid7
from backend.erp.mapping import load_mapping
from backend.erp.tools import Tools
from backend.erp.worker import POLL_S, Worker
from backend.simulators.erpnext import SYNC_USER, Site, create_erpnext_simulator
from backend.store import lanes
from backend.store.apply import Push, submitted
from backend.store.clock import Clock
from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from backend.store.scopes import move_window
from backend.store.shadows import keys_of
from backend.store.tables import counter
from backend.store.writer import Writer
from bench.outage.audit import Findings, Made, audit
from bench.outage.plan import DAY_S, SEED, TECHNICIANS, Plan, Visit
from bench.outage.upstream import ROUGH, Line, edit, open_site
from sync.protocol import Mutation, Outcome
from sync.scope import is_outage
from sync.state import Actor, ActorKind
from tests.integrations.erpnext_site import InProcess

ZONE: Final = ZoneInfo("America/Toronto")
FIRST_DAY: Final = date(2026, 11, 23)
CUT_S: Final = 6 * 3600
TICK_S: Final = 30.0
QUIET_TICKS: Final = 4  # nothing more was delivered for so long after the return

Due = tuple[float, Callable[[], None] | Visit]


class Drilled(NamedTuple):
    """What was found, and how long (s) the drain took on this machine."""

    findings: Findings
    drain_s: float


class Days:
    """One run. `at_s` is the virtual clock: seconds after the first day's midnight."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self.at_s = CUT_S - 60.0
        self.plan = plan
        self.site: Site = open_site(plan, FIRST_DAY, self.instant)
        self.line = Line(InProcess(create_erpnext_simulator(self.site)))
        self.writer = Writer(engine, self.clock, lambda _: None)
        self.made: list[Made] = []
        self._engine = engine
        self._entropy = random.Random(SEED)  # noqa: S311  (ids of a drill)
        self._seqs = [0] * TECHNICIANS
        self._window: tuple[date, bool] | None = None

    def instant(self) -> datetime:
        """The clock of site and server."""
        midnight = datetime.combine(FIRST_DAY, clock_time(), ZONE).astimezone(UTC)
        return midnight + timedelta(seconds=self.at_s)

    def clock(self) -> Clock:
        """The server's instant and the site's date."""
        now = self.instant()
        return Clock(int(now.timestamp() * 1000), now.astimezone(ZONE).date())

    def new_id(self) -> str:
        """An id by the virtual clock."""
        return uuid7(self.clock().now_ms, self._entropy.randbytes(10))

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """The real worker, over the line."""
        token = self.site.user_token(SYNC_USER)
        async with open_http("http://erp.example", token, self.line) as http:
            tools = Tools(ErpClient(http), self.writer, load_mapping(ZONE), self.clock, self.new_id)
            yield Worker(tools, self._sleep, self._entropy.random)

    async def push(self, visit: Visit) -> None:
        """The phone sends what was done at a visit, in its order."""
        device = f"00000000-0000-7000-8000-{visit.technician:012d}"
        key, base = self._keys(visit), await self.writer.run(_sequence)
        batch = []
        for change in visit.changes:
            self._seqs[visit.technician] += 1
            made_at = self.clock().now_ms + int((change.at_s - self.at_s) * 1000)
            seq, new = self._seqs[visit.technician], self.new_id()
            sent = Mutation(new, seq, change.kind, key[change.on], base, made_at, change.args)
            batch.append(submitted(sent))
            self.made.append(Made(visit, change, new, made_at))
        name = f"Technicien {visit.technician + 1}"
        actor = Actor(ActorKind.TECHNICIAN, key["technician"], name, f"{device}:1")
        answer = await self.writer.push(Push(actor, device, 1, tuple(batch)))
        kept = {each.outcome for each in answer.verdicts} - {Outcome.REJECTED, Outcome.PARKED}
        assert len(answer.verdicts) == len(batch)  # noqa: S101  (nothing else is a drill)
        assert kept == {each.outcome for each in answer.verdicts}, answer  # noqa: S101

    async def move_window(self) -> None:
        """As the installation does at midnight, and when an outage is long."""
        clock = self.clock()
        down = int((clock.now_ms / 1000 - (self.at_s - CUT_S)) * 1000)
        outage = self.line.cut and is_outage(down, clock.now_ms)
        if self._window != (clock.today, outage):
            self._window = clock.today, outage
            move = partial(move_window, today=clock.today, now_ms=clock.now_ms, outage=outage)
            await self.writer.run(move)

    def audit(self) -> Findings:
        """What became of it all."""
        with self._engine.begin() as conn:
            return audit(self.plan, self.made, self.site, conn, ZONE)

    def _keys(self, visit: Visit) -> dict[str, str]:
        names = {
            "job": ("job", visit.job),
            "location": ("location", visit.location),
            "technician": ("technician", f"TECH-{visit.technician + 1:03}"),
        }
        with self._engine.begin() as conn:
            found = keys_of(conn, set(names.values()))
        return {each: found[name] for each, name in names.items()}

    async def _sleep(self, seconds: float) -> None:
        raise AssertionError(f"the drill moves the clock, not the worker ({seconds} s)")


async def drill(plan: Plan, days: int, folder: Path) -> Drilled:
    """Read the site, cut the line for `days`, mend it, and drain."""
    engine = writing_engine(f"sqlite:///{folder / 'terrain.db'}")
    upgrade(engine)
    run = Days(plan, engine)
    run.writer.start()
    try:
        async with run.worker() as worker:
            await worker.poll_all()
            await _until(run, worker, CUT_S)
            run.line.cut = True
            run.site.log.clear()
            await _until(run, worker, CUT_S + days * DAY_S)
            run.line.cut = False
            for fault in ROUGH:
                run.site.faults.order(fault)
            took_s = await _drain(run, worker)
        return Drilled(run.audit(), took_s)
    finally:
        run.writer.stop()


async def _until(run: Days, worker: Worker, end_s: float) -> None:
    """Virtual time up to `end_s`: what is due happens, and the worker goes about its business."""
    due = [each for each in _happenings(run) if run.at_s <= each[0] < end_s]
    while run.at_s < end_s:
        await run.move_window()
        while due and due[0][0] <= run.at_s:
            happening = due.pop(0)[1]
            if isinstance(happening, Visit):
                await run.push(happening)
            else:
                happening()
        await _work(worker)
        await worker.poll_all()
        run.at_s += TICK_S


def _happenings(run: Days) -> list[Due]:
    """What the field and the office do, in order; a visit is sent when it ends."""
    edits: Iterator[Due] = ((each.at_s, partial(edit, run.site, each)) for each in run.plan.edits)
    visits: Iterator[Due] = ((each.changes[-1].at_s, each) for each in run.plan.visits)
    return sorted([*edits, *visits], key=lambda each: each[0])


async def _work(worker: Worker) -> bool:
    """As two loops: until neither finds anything; whether anything was delivered."""
    worked = False
    while any(await asyncio.gather(worker.deliver_next(), worker.deliver_next())):
        worked = True
    return worked


async def _drain(run: Days, worker: Worker) -> float:
    """Until nothing is due and nothing was delivered for a while; gives the real seconds."""
    began, ended, quiet = time.perf_counter(), 0.0, 0
    polled_s = -POLL_S
    while quiet < QUIET_TICKS:
        poll = run.at_s - polled_s >= POLL_S
        polled_s = run.at_s if poll else polled_s
        both = await asyncio.gather(_work(worker), worker.poll_all()) if poll else (False, 0)
        waits = await run.writer.run(lanes.next_due) is not None
        quiet = 0 if both[0] or waits else quiet + 1
        ended = time.perf_counter() if both[0] else ended
        run.at_s += TICK_S
    return ended - began


def _sequence(conn: Connection) -> int:
    return int(conn.execute(select(counter.c.sequence)).scalar_one())
