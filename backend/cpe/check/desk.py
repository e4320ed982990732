"""Where one source is asked: in its time, so many at once, each line once, not while it is away."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec.structs import replace

from backend.cpe.check.source import Result, Source, Target
from backend.cpe.readings import SourceReport, SourceState, Summary
from backend.errors import Refused, Unavailable
from backend.log import log
from sync.lane import (
    Breaker,
    Gate,
    breaker_after_failure,
    breaker_after_success,
    breaker_on_probe,
    gate,
)

NEGATIVE_S: Final = 15.0
KEPT: Final = 500  # lines; a day of a large office is fewer
_SOUND: Final = (SourceState.OK, SourceState.STALE)


class Away(NamedTuple):
    """A source that does not answer, for `ms` by now, and why."""

    ms: int
    error: str


class _Kept(NamedTuple):
    result: Result
    until_s: float


class Desk:
    """Asks one source. Waiting and keeping go by the running loop's clock."""

    def __init__(self, source: Source, loop_s: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._loop_s = loop_s
        self._turns = asyncio.Semaphore(source.concurrency)
        self._flights: dict[Target, asyncio.Task[Result]] = {}
        self._kept: dict[Target, _Kept] = {}
        self._breaker = Breaker()

    @property
    def name(self) -> str:
        """The source's."""
        return self._source.name

    @property
    def stands_in_for(self) -> str:
        """The source's."""
        return self._source.stands_in_for

    @property
    def follows_start(self) -> bool:
        """The source's."""
        return self._source.follows_start

    @property
    def away(self) -> Away | None:
        """For how long the source has been away, and why; None while it may be asked."""
        opened_at = self._breaker.opened_at
        if opened_at is None:
            return None
        return Away(round(self._loop_s() * 1000) - opened_at, self._breaker.error)

    async def free(self) -> None:
        """Wait until one more line can be asked about at once."""
        async with self._turns:
            pass

    async def ask(self, target: Target, within_s: float, *, fresh: bool) -> Result:
        """What came of asking, within `within_s` or the source's own deadline; raises nothing.

        Who asks while the same is under way gets the same answer. What is kept answers unless the
        answer must be `fresh`.
        """
        kept = self._kept.get(target)
        if kept and not fresh and kept.until_s > self._loop_s():
            return kept.result
        if within_s <= 0:
            return self._ended(SourceState.TIMEOUT)
        if target not in self._flights:
            flight = asyncio.create_task(self._fly(target))
            self._flights[target] = flight
            flight.add_done_callback(lambda _: self._flights.pop(target))
        try:
            async with asyncio.timeout(within_s):
                # One who gives up leaves the others their answer: the deadline ends it for all.
                return await asyncio.shield(self._flights[target])
        except TimeoutError:
            return self._ended(SourceState.TIMEOUT, within_s)

    async def close(self) -> None:
        """End what is under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _fly(self, target: Target) -> Result:
        begun = self._loop_s()
        try:
            async with asyncio.timeout(self._source.deadline_s), self._turns:
                result = await self._read(target)
        except TimeoutError:
            result = self._ended(SourceState.TIMEOUT)
        took = round((self._loop_s() - begun) * 1000)
        result = result._replace(report=replace(result.report, ms=took))
        self._keep(target, result)
        return result

    async def _read(self, target: Target) -> Result:
        now_ms = round(self._loop_s() * 1000)
        may = gate(self._breaker, now_ms)
        if may is Gate.WAIT:
            return self._ended(SourceState.SKIPPED, detail="away")
        if may is Gate.PROBE:
            self._breaker = breaker_on_probe(self._breaker, now_ms)
        try:
            summary = await self._source.read(target)
        except Unavailable as error:
            self._breaker = breaker_after_failure(self._breaker, error.kind, now_ms)
            return self._ended(SourceState.ERROR, detail=error.kind)
        except Refused as error:
            self._breaker = breaker_after_success()
            return self._ended(SourceState.ERROR, detail=error.kind)
        except TimeoutError:
            return self._ended(SourceState.TIMEOUT)
        except Exception as error:  # noqa: BLE001  (whatever fails is a result of this source)
            log.exception("a source of checks failed", extra={"source": self.name})
            return self._ended(SourceState.ERROR, detail=type(error).__name__)
        self._breaker = breaker_after_success()
        said = next(iter(summary.sources), SourceReport(self.name))
        return Result(replace(said, name=self.name), replace(summary, sources=()))

    def _ended(self, state: SourceState, took_s: float = 0.0, detail: str = "") -> Result:
        report = SourceReport(self.name, state, round(took_s * 1000), detail=detail[:80])
        return Result(report, Summary())

    def _keep(self, target: Target, result: Result) -> None:
        is_sound = result.report.state in _SOUND
        keeps_s = self._source.keeps_s if is_sound else min(NEGATIVE_S, self._source.keeps_s)
        self._kept.pop(target, None)
        self._kept[target] = _Kept(result, self._loop_s() + keeps_s)
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
