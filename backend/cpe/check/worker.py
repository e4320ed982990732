"""Makes the checks that phones ask for: a waiting `verify` gets its readings and its verdict."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from backend.cpe.check.engine import Engine, Landed
from backend.cpe.check.evidence import Evidence, asked_by, encoded, place_of
from backend.cpe.check.report import report, with_meter, with_story
from backend.cpe.check.source import Target
from backend.cpe.check.target import Place, target_of
from backend.cpe.thresholds import Thresholds, limits_of
from backend.cpe.verdict import judge
from backend.cpe.verdict.model import Case, Expectation, Verdict
from backend.errors import AppError
from backend.log import log
from backend.store.clock import DAY_MS, Clock
from backend.store.connection import Connection
from backend.store.store import Store
from backend.store.verifications import (
    EVIDENCE_BYTES,
    Begun,
    Filed,
    ToCheck,
    begin,
    checks_to_make,
    earlier_checks,
    keep_evidence,
    records_of,
    tell,
)
from sync.arguments import VerifiedArgs
from sync.protocol import Outcome

SWEEP_S: Final = 600.0
AGAIN_S: Final = 5.0  # the database did not take it: soon, and not at once
MOST: Final = 16  # visits at once


class CheckWorker:
    """One loop: begins what is due, each visit by itself, then sleeps until `wake`, until the next
    is due, or until the sweep."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        thresholds: Thresholds,
        clock: Callable[[], Clock],
    ) -> None:
        self._store, self._engine = store, engine
        self._thresholds, self._clock = thresholds, clock
        self._checking: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look soon; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Serve until cancelled. Begins with everything: a restart has forgotten who called."""
        self._loop = asyncio.get_running_loop()
        since_ms = 0
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                wait_s = await self._begin_due(group, since_ms)
                since_ms = await self._sleep(wait_s)

    async def check_waiting(self) -> None:
        """Make the checks that are due now."""
        async with asyncio.TaskGroup() as group:
            await self._begin_due(group, 0)

    async def _begin_due(self, group: asyncio.TaskGroup, since_ms: int) -> float:
        """Begin what is due; gives how many seconds nothing else is."""
        waiting = await self._store.read(partial(checks_to_make, since_ms=since_ms))
        now_ms = self._clock().now_ms
        free = [each for each in waiting if each.key not in self._checking]
        due = [each for each in free if each.due_at <= now_ms]
        for check in due[: MOST - len(self._checking)]:
            task = group.create_task(self._check(check))
            self._checking[check.key] = task
            task.add_done_callback(partial(self._forget, check.key))
        next_ms = min((each.due_at for each in free if each.due_at > now_ms), default=None)
        return SWEEP_S if next_ms is None else min((next_ms - now_ms) / 1000, SWEEP_S)

    def _forget(self, key: str, _: asyncio.Task[None]) -> None:
        """Who asked for the same visit meanwhile is next."""
        del self._checking[key]
        self._woken.set()

    async def _sleep(self, longest_s: float) -> int:
        """Gives since when to look then: woken, at what is recent; at a sweep, at everything."""
        try:
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        except TimeoutError:
            return 0
        return self._clock().now_ms - DAY_MS

    async def _check(self, waiting: ToCheck) -> None:
        try:
            await self._checked(waiting)
        except AppError as error:  # the database: the lease lets it go
            log.warning("a check is put off", extra={"visit": waiting.key, "kind": error.code})
            await asyncio.sleep(AGAIN_S)

    async def _checked(self, waiting: ToCheck) -> None:
        records = await self._store.read(partial(records_of, key=waiting.key))
        target = target_of(Place(*records))
        clock = self._clock()
        first = {"state": "running"}
        begun: Begun = await self._store.writer.run(lambda conn: begin(conn, waiting, first, clock))
        if begun.check is None:
            return
        await _Check(self, begun.check, target, records.job).run()

    def case(self, check: ToCheck, target: Target, landed: Landed) -> Case:
        """All that is known now, of what is expected, by what counts for this line."""
        summary = landed.summary
        for asked in check.asked:
            summary = with_meter(summary, asked.rx_dbm, asked.at)
        expected = Expectation(target.identity, target.olt, target.port)
        limits = limits_of(self._thresholds, plan=target.plan, olt=target.olt)
        return Case(summary, expected, limits, self._clock().now_ms)

    async def ask(self, target: Target, news: Callable[[Landed], Any]) -> Landed:
        """What every source says."""
        return await self._engine.check(target, news)

    async def file(self, work: Callable[[Connection, Clock], Filed]) -> None:
        """Write what is to be told. Raises AppError."""
        clock = self._clock()
        filed: Filed = await self._store.writer.run(lambda conn: work(conn, clock))
        for verdict in filed.verdicts:
            if verdict.outcome in (Outcome.REJECTED, Outcome.PARKED):
                log.error("a check was refused", extra={"reason": verdict.detail.reason})


class _Check:
    """One check, from when it was taken until its verdict is filed."""

    def __init__(
        self, worker: CheckWorker, check: ToCheck, target: Target, job: dict[str, Any]
    ) -> None:
        self._worker, self._of, self._target = worker, check, target
        self._earlier = earlier_checks(job)
        self._steps = 0

    async def run(self) -> None:
        """Ends with a verdict, whatever fails: nobody waits for ever. Raises AppError."""
        try:
            await self._to_end()
        except AppError:
            raise
        except Exception:  # noqa: BLE001  (the next rerun would meet the same)
            log.exception("a check failed", extra={"visit": self._of.key})
            await self._worker.file(self._give_up)

    async def _to_end(self) -> None:
        landed = await self._worker.ask(self._target, self._tell)
        case = self._worker.case(self._of, self._target, landed)
        verdict = judge(case)
        args = with_story(report(verdict, landed, case.at_ms), self._earlier)
        body = encoded(self._evidence(case, verdict), EVIDENCE_BYTES)
        await self._worker.file(partial(self._end, args=args, body=body))

    async def _tell(self, landed: Landed) -> None:
        case = self._worker.case(self._of, self._target, landed)
        args = report(judge(case), landed, self._of.begun_at)
        self._steps += 1
        step = str(self._steps)
        try:
            await self._worker.file(
                lambda conn, clock: tell(conn, self._of, _built(args), step, clock)
            )
        except AppError as error:  # what lands next tells it, too
            log.warning("news of a check is lost", extra={"kind": error.code})

    def _end(self, conn: Connection, clock: Clock, *, args: VerifiedArgs, body: bytes) -> Filed:
        filed = tell(conn, self._of, _built(args), "end", clock)
        if filed.verdicts:
            keep_evidence(conn, self._of, body, args.version, clock)
        return filed

    def _give_up(self, conn: Connection, clock: Clock) -> Filed:
        args = {"state": "timeout", "verdict": "unverified", "measured_at": clock.now_ms}
        return tell(conn, self._of, args, "given up", clock)

    def _evidence(self, case: Case, verdict: Verdict) -> Evidence:
        return Evidence(
            self._of.key,
            asked_by(self._of.asked),
            place_of(self._target),
            self._of.begun_at,
            case.at_ms,
            case,
            verdict,
        )


def _built(args: VerifiedArgs) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(args)
    return built
