"""Asks every source at once and tells what has landed: a source that fails is a result of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from backend.cpe.check.desk import Away, Desk
from backend.cpe.check.merge import merged
from backend.cpe.check.source import Result, Source, Target
from backend.cpe.readings import Identity, SourceReport, SourceState, Summary

SOFT_S: Final = 15.0
HARD_S: Final = 45.0
SLOW_S: Final = 4.0  # so long who stands in for another waits for it
LOOK_UP_S: Final = 10.0  # somebody looks at an empty page
COALESCED_S: Final = 0.25  # news of one check, at most so often

Tell = Callable[["Landed"], Awaitable[None]]


class Landed(NamedTuple):
    """What has come of a check: results in the order of the sources, the names of those still
    asked, and whether so much time is gone that a verdict is due from what there is."""

    results: tuple[Result, ...]
    running: tuple[str, ...] = ()
    is_due: bool = False

    @property
    def summary(self) -> Summary:
        """All that is known of the line, with what every source did."""
        return merged(self.results)


class Engine:
    """The sources of one installation."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        self._desks: tuple[Desk, ...] | None = None

    async def check(self, target: Target, tell: Tell) -> Landed:
        """Ask every source anew; `tell` is called with what has landed, at most every
        COALESCED_S, and once when a verdict is due. Ends after HARD_S at the latest."""
        return await _Run(self._open(), target, HARD_S, fresh=True).to_end(tell)

    async def follow(self, target: Target) -> Landed:
        """What the sources say now that may be asked often, while a terminal starts."""
        desks = [desk for desk in self._open() if desk.follows_start]
        return await _Run(desks, target, LOOK_UP_S, fresh=True).to_end(_nobody)

    async def look_up(self, target: Target) -> Landed:
        """What is known of a line; what a source said a moment ago is good enough."""
        return await _Run(self._open(), target, LOOK_UP_S, fresh=False).to_end(_nobody)

    def away(self) -> dict[str, Away | None]:
        """Each source's name, with for how long it has been away."""
        return {desk.name: desk.away for desk in self._open()}

    async def close(self) -> None:
        """End what is under way."""
        for desk in self._desks or ():
            await desk.close()

    def _open(self) -> tuple[Desk, ...]:
        """Desks go by the clock of the loop in which they are asked."""
        if self._desks is None:
            clock = asyncio.get_running_loop().time
            self._desks = tuple(Desk(each, clock) for each in self._sources)
        return self._desks


class _Run:
    def __init__(
        self, desks: Sequence[Desk], target: Target, within_s: float, *, fresh: bool
    ) -> None:
        self._desks, self._target = desks, target
        self._within_s, self._fresh = within_s, fresh
        self._results: dict[str, Result] = {}
        self._ended = {desk.name: asyncio.Event() for desk in desks}
        self._news = asyncio.Event()
        self._is_due = False

    async def to_end(self, tell: Tell) -> Landed:
        if self._target.identity == Identity():
            return Landed(tuple(_skipped(desk, "no-serial") for desk in self._desks))
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._tell(tell))
            due = group.create_task(self._become_due())
            async with asyncio.TaskGroup() as asking:
                for desk in self._desks:
                    asking.create_task(self._ask(desk))
            telling.cancel()
            due.cancel()
        return self._landed()

    async def _ask(self, desk: Desk) -> None:
        begun = asyncio.get_running_loop().time()
        if await self._is_spared(desk):
            self._results[desk.name] = _skipped(desk, "not-needed")
        else:
            left_s = self._within_s - (asyncio.get_running_loop().time() - begun)
            result = await desk.ask(self._target, left_s, fresh=self._fresh)
            self._results[desk.name] = result
        self._ended[desk.name].set()
        self._news.set()

    async def _is_spared(self, desk: Desk) -> bool:
        """Whether the one for whom a source stands in has told all itself."""
        other = self._ended.get(desk.stands_in_for)
        if other is None:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOW_S):
                await other.wait()
        if not other.is_set():  # it may tell all before there is room to ask
            await _either(other.wait(), desk.free(), self._within_s - SLOW_S)
        result = self._results.get(desk.stands_in_for)
        return result is not None and result.report.state is SourceState.OK

    async def _become_due(self) -> None:
        await asyncio.sleep(SOFT_S)
        self._is_due = True
        self._news.set()

    async def _tell(self, tell: Tell) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if not (landed := self._landed()).running:
                return  # what has landed last is told with the end
            await tell(landed)
            await asyncio.sleep(COALESCED_S)

    def _landed(self) -> Landed:
        names = [desk.name for desk in self._desks]
        found = tuple(self._results[name] for name in names if name in self._results)
        running = tuple(name for name in names if name not in self._results)
        return Landed(found, running, self._is_due)


def _skipped(desk: Desk, why: str) -> Result:
    return Result(SourceReport(desk.name, SourceState.SKIPPED, detail=why))


async def _either(
    one: Coroutine[Any, Any, Any], other: Coroutine[Any, Any, Any], within_s: float
) -> None:
    """Wait for whichever ends first, `within_s` at most."""
    both = [asyncio.create_task(each) for each in (one, other)]
    try:
        await asyncio.wait(both, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()


async def _nobody(_: Landed) -> None:
    """Nobody waits for what lands on the way."""
