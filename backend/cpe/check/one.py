"""One check, from when it was taken until its verdict is filed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from backend.cpe.check.engine import HARD_S, SOFT_S, Engine, Landed
from backend.cpe.check.evidence import Evidence, asked_by, encoded, place_of
from backend.cpe.check.report import report, with_meter, with_story
from backend.cpe.check.source import Target
from backend.cpe.check.start import is_starting, steps
from backend.cpe.check.target import Place, target_of
from backend.cpe.check.turns import Turn
from backend.cpe.thresholds import Thresholds, limits_of
from backend.cpe.verdict import judge
from backend.cpe.verdict.model import Case, Expectation, Verdict
from backend.errors import AppError
from backend.log import log
from backend.store.clock import Clock
from backend.store.connection import Connection
from backend.store.store import Store
from backend.store.verifications import (
    EVIDENCE_BYTES,
    Filed,
    ToCheck,
    earlier_checks,
    keep_evidence,
    records_of,
    tell,
)
from sync.arguments import StartStep, VerifiedArgs
from sync.protocol import Outcome


class Patience(NamedTuple):
    """How often a terminal that starts is looked at, and for how long, in seconds; one that is in
    nobody's inventory, and that no source has met, for as long as any check."""

    every_s: float = 5.0
    most_s: float = 180.0
    unknown_s: float = HARD_S


class Room(NamedTuple):
    """What checks work with."""

    store: Store
    engine: Engine
    thresholds: Thresholds
    clock: Callable[[], Clock]
    patience: Patience = Patience()


IN_LINE_S: Final = 5.0  # so often at most a check in line tells how many are before it
HELD_MS: Final = 20_000  # so often at least a check that waits says that it is still ours
_GIVEN_UP: Final = {"state": "timeout", "verdict": "unverified"}


class OneCheck:
    """A check that a worker has begun; its time runs once it is its turn."""

    def __init__(self, room: Room, check: ToCheck, turn: Turn) -> None:
        self._room, self._of, self._turn = room, check, turn
        self._target = Target()
        self._first_ms = check.begun_at
        self._started: tuple[StartStep, ...] = ()
        self._said = 0

    async def run(self) -> None:
        """Ends with a verdict, whatever fails: nobody waits for ever. Raises AppError."""
        try:
            await self._to_end()
        except AppError:
            raise
        except Exception:  # noqa: BLE001  (the next rerun would meet the same)
            log.exception("a check failed", extra={"visit": self._of.key})
            await self._file(self._give_up)

    async def _to_end(self) -> None:
        await self._until_called()
        records = await self._room.store.read(partial(records_of, key=self._of.key))
        self._target = target_of(Place(*records))
        begun_s = asyncio.get_running_loop().time()
        landed = await self._room.engine.check(self._target, self._tell)
        if is_starting(steps(landed)):
            self._turn.leave()  # three minutes of waiting hold nobody up
            landed = await self._until_started(landed, begun_s)
        case = self._case(landed)
        verdict = judge(case)
        said = self._report(verdict, landed, case.at_ms, is_over=True)
        args = with_story(said, earlier_checks(records.job))
        body = encoded(self._evidence(case, verdict), EVIDENCE_BYTES)
        await self._file(partial(self._end, args=args, body=body))

    async def _until_called(self) -> None:
        """Stand in line, and tell the technician how many are before him."""
        told, was_called = self._turn.ahead, self._turn.called.is_set()
        while not self._turn.called.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(IN_LINE_S):
                    await self._turn.called.wait()
            ahead, now_ms = self._turn.ahead, self._room.clock().now_ms
            if ahead != told or now_ms - self._of.begun_at > HELD_MS:
                waits = {"state": "running", "ahead": ahead, "measured_at": now_ms}
                await self._told(waits, now_ms)
                told = ahead
        if not was_called:
            self._first_ms = self._room.clock().now_ms

    async def _until_started(self, landed: Landed, begun_s: float) -> Landed:
        """Wait for the light, the OLT, the first call; then everything is read once more, unless
        there was nobody to wait for."""
        clock, patience = asyncio.get_running_loop().time, self._room.patience
        since_s, told = clock(), tuple[StartStep, ...]()
        self._started = steps(landed)
        while is_starting(self._started) and clock() < (until_s := self._until(begun_s, since_s)):
            now_ms = self._room.clock().now_ms
            if self._started != told or now_ms - self._of.begun_at > HELD_MS:
                await self._say(landed, now_ms)
                told = self._started
            await asyncio.sleep(min(patience.every_s, max(until_s - clock(), 0.0)))
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until_s):
                    followed = await self._room.engine.follow(self._target)
                    self._started = steps(followed) or self._started
        if not self._is_known:
            return landed
        landed = await self._room.engine.check(self._target, self._tell)
        self._started = steps(landed) or self._started
        return landed

    def _until(self, begun_s: float, since_s: float) -> float:
        """When waiting ends, by the loop's clock."""
        patience = self._room.patience
        return since_s + patience.most_s if self._is_known else begun_s + patience.unknown_s

    @property
    def _is_known(self) -> bool:
        """Whether somebody has the terminal in an inventory, or a source has met it."""
        return self._target.on_file or any(step.done for step in self._started)

    async def _tell(self, landed: Landed) -> None:
        """What has landed. The engine may cancel it: it changes nothing of whose the check is."""
        await self._say(landed, self._of.begun_at)

    async def _say(self, landed: Landed, claim_ms: int) -> None:
        """News of a check that goes on; ours from then on by `claim_ms`."""
        late = self._room.clock().now_ms - self._first_ms > SOFT_S * 1000
        landed = landed._replace(is_due=landed.is_due or late)
        verdict = judge(self._case(landed))
        await self._told(_built(self._report(verdict, landed, claim_ms, is_over=False)), claim_ms)

    async def _told(self, args: dict[str, Any], claim_ms: int) -> None:
        self._said += 1
        step = str(self._said)
        try:
            told = await self._file(lambda conn, clock: tell(conn, self._of, args, step, clock))
        except AppError as error:  # what lands next tells it, too
            log.warning("news of a check is lost", extra={"kind": error.code})
            return
        if told.verdicts:
            self._of = self._of._replace(begun_at=claim_ms)

    def _end(self, conn: Connection, clock: Clock, *, args: VerifiedArgs, body: bytes) -> Filed:
        filed = tell(conn, self._of, _built(args), "end", clock)
        if filed.verdicts:
            keep_evidence(conn, self._of, body, args.version, clock)
        return filed

    def _give_up(self, conn: Connection, clock: Clock) -> Filed:
        return tell(conn, self._of, _GIVEN_UP | {"measured_at": clock.now_ms}, "given up", clock)

    async def _file(self, work: Callable[[Connection, Clock], Filed]) -> Filed:
        """Write what is to be told. Raises AppError."""
        clock = self._room.clock()
        filed: Filed = await self._room.store.writer.run(lambda conn: work(conn, clock))
        for verdict in filed.verdicts:
            if verdict.outcome in (Outcome.REJECTED, Outcome.PARKED):
                log.error("a check was refused", extra={"reason": verdict.detail.reason})
        return filed

    def _case(self, landed: Landed) -> Case:
        """All that is known now, of what is expected, by what counts for this line."""
        target, summary = self._target, landed.summary
        for asked in self._of.asked:
            summary = with_meter(summary, asked.rx_dbm, asked.at)
        expected = Expectation(target.identity, target.olt, target.port)
        limits = limits_of(self._room.thresholds, plan=target.plan, olt=target.olt)
        return Case(summary, expected, limits, self._room.clock().now_ms)

    def _report(
        self, verdict: Verdict, landed: Landed, at_ms: int, *, is_over: bool
    ) -> VerifiedArgs:
        args = report(verdict, landed, at_ms, is_over=is_over)
        return msgspec.structs.replace(args, steps=self._started)

    def _evidence(self, case: Case, verdict: Verdict) -> Evidence:
        return Evidence(
            self._of.key,
            asked_by(self._of.asked),
            place_of(self._target),
            self._first_ms,
            case.at_ms,
            case,
            verdict,
        )


def _built(args: VerifiedArgs) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(args)
    return built
