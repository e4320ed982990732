"""Makes the checks that phones ask for: a waiting `verify` gets its readings and its verdict."""

import asyncio
from functools import partial
from typing import Final

from backend.cpe.check.one import OneCheck, Room
from backend.cpe.check.turns import Turns
from backend.errors import AppError
from backend.log import log
from backend.store.clock import DAY_MS
from backend.store.verifications import Begun, ToCheck, ask_again, begin, checks_to_make
from backend.waking import Waking

SWEEP_S: Final = 600.0
AGAIN_S: Final = 5.0  # the database did not take it: soon, and not at once
REST: Final = 3.0  # times as long as the last look took, until the next one
REST_S: Final = 1.0  # and at most so long: who asks now is seen soon
MOST: Final = 256  # visits at once; most of them wait for their turn, or for a terminal to start


class CheckWorker:
    """One loop: begins what is due, each visit by itself, then sleeps until `wake`, until the next
    is due, or until the sweep."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._checking: dict[str, asyncio.Task[None]] = {}
        self._turns = Turns()
        self._waking = Waking()
        self.wake = self._waking.wake

    async def run(self) -> None:
        """Serve until cancelled. Begins with everything: a restart has forgotten who called."""
        since_ms, clock = 0, asyncio.get_running_loop().time
        async with asyncio.TaskGroup() as group:
            while True:
                self._waking.begin()
                begun_s = clock()
                wait_s = await self._begin_due(group, since_ms)
                rested_s = clock() + rest_s(clock() - begun_s)
                since_ms = await self._sleep(wait_s)
                await asyncio.sleep(rested_s - clock())

    async def check_waiting(self) -> None:
        """Make the checks that are due now."""
        async with asyncio.TaskGroup() as group:
            await self._begin_due(group, 0)

    async def _begin_due(self, group: asyncio.TaskGroup, since_ms: int) -> float:
        """Begin what is due; gives how many seconds nothing else is. A look at everything asks once
        more, too, for what was left without a verdict."""
        if not since_ms:
            clock = self._room.clock()
            await self._room.store.writer.run(lambda conn: ask_again(conn, clock))
        waiting = await self._room.store.read(partial(checks_to_make, since_ms=since_ms))
        now_ms = self._room.clock().now_ms
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
        self.wake()

    async def _sleep(self, longest_s: float) -> int:
        """Gives since when to look then: woken, at what is recent; at a sweep, at everything."""
        is_woken = await self._waking.sleep(longest_s)
        return self._room.clock().now_ms - DAY_MS if is_woken else 0

    async def _check(self, waiting: ToCheck) -> None:
        try:
            await self._checked(waiting)
        except AppError as error:  # the database: the lease lets it go
            log.warning("a check is put off", extra={"visit": waiting.key, "kind": error.code})
            await asyncio.sleep(AGAIN_S)

    async def _checked(self, waiting: ToCheck) -> None:
        clock, turn = self._room.clock(), self._turns.line_up()
        first = {"state": "running", "ahead": turn.ahead}
        try:
            begun: Begun = await self._room.store.writer.run(
                lambda conn: begin(conn, waiting, first, clock)
            )
            if begun.check is not None:
                await OneCheck(self._room, begun.check, turn).run()
        finally:
            turn.leave()


def rest_s(looked_s: float) -> float:
    """How long nobody looks after a look that took so long, in seconds.

    Each end wakes the worker, and each look reads all that waits: of two thousand, looks alone
    took a third of the processor.
    """
    return min(REST * looked_s, REST_S)
