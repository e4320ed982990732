"""Asks a modem itself, through GenieACS, in short calls: leave a task, wake the modem, look whether
the task is gone, and take it back when it is not.

The one-call form blocks for 32 s while the modem speaks with the ACS and for 120 s when a session
hangs. A task that is left behind runs at the modem's next call, hours later: each has an expiry,
and is deleted when we no longer wait for it.
"""

import asyncio
import secrets
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

from backend.cpe.genieacs.client import Nbi, Queued
from backend.cpe.genieacs.tasks import Task, read_task, write_task
from backend.cpe.genieacs.tree import Leaves, Value, among, leaves, projection
from backend.errors import Refused, Unavailable

WITHIN_S: Final = 45.0
SLOW_QUEUE_S: Final = 1.0  # without a session a task is answered in 0.04 s
GRACE_S: Final = 2.0  # for a session that was under way when the modem did not answer
WAKE_AGAIN_S: Final = 5.0  # a session that began before our task may end without it
CLEAN_UP_S: Final = 2.0
POLL_S: Final = (0.1, 0.5)
# GenieACS takes a leaf for new that was read within the running second (`refresh` in its
# lib/default-provisions.ts): 7 of 14 leaves were stamped 0.1 to 0.3 s before the request.
TOLERANCE_MS: Final = 3000


class Ending(StrEnum):
    """How a request ended; only DONE is a success."""

    DONE = "done"
    FAULTED = "faulted"
    OFFLINE = "offline"
    LATE = "late"
    NOTHING_NEW = "nothing-new"  # carried out, and no parameter of it is there or is any newer
    NOT_TAKEN = "not-taken"  # carried out, and the modem has other values


class Answer(NamedTuple):
    """What was asked for as the ACS has it now, of whatever age, and how the request ended.

    `since_ms` is when the ACS got it, by its clock (0: it never did); `fault` is the fault's code,
    or why the modem could not be called.
    """

    ending: Ending
    leaves: Leaves
    since_ms: int = 0
    fault: str = ""


class _Ended(NamedTuple):
    ending: Ending
    since_ms: int = 0
    fault: str = ""


class Live:
    """Requests to modems, one at a time for each; the same one that is asked twice is made once.

    Waiting is by the running loop's clock.
    """

    def __init__(self, nbi: Nbi) -> None:
        self._nbi = nbi
        self._reading: dict[tuple[str, frozenset[str]], asyncio.Task[Answer]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(
        self, device_id: str, names: Collection[str], within_s: float = WITHIN_S
    ) -> Answer:
        """What the modem says now. Whoever asks the same meanwhile gets the same answer, and the
        first one's time. Raises Unavailable or Refused."""
        task = read_task(names)
        key = (device_id, frozenset(names))
        if key not in self._reading:
            self._reading[key] = self._begin(self._read(device_id, names, task, within_s))
            self._reading[key].add_done_callback(lambda _: self._reading.pop(key))
        # A caller who gives up leaves the others their answer; the deadline ends it for all.
        return await asyncio.shield(self._reading[key])

    async def write(
        self, device_id: str, values: Mapping[str, Value], within_s: float = WITHIN_S
    ) -> Answer:
        """Set parameters and read them back; it is never tried twice. Raises Unavailable, when
        it may have been done or not, or Refused."""
        ended = await self._in_turn(device_id, write_task(values), within_s)
        found = await self._found(device_id, values)
        is_taken = all(
            name in found and _same(value, found[name].value) for name, value in values.items()
        )
        ending = Ending.NOT_TAKEN if ended.ending is Ending.DONE and not is_taken else ended.ending
        return Answer(ending, found, ended.since_ms, ended.fault)

    async def close(self) -> None:
        """End what is under way; its tasks are deleted."""
        flights = list(self._reading.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _begin(self, reading: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        flight = asyncio.create_task(reading)
        # Nobody may be waiting any more: its error is then nobody's.
        flight.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return flight

    async def _read(
        self, device_id: str, names: Collection[str], task: Task, within_s: float
    ) -> Answer:
        ended = await self._in_turn(device_id, task, within_s)
        found = await self._found(device_id, names)
        oldest = ended.since_ms - TOLERANCE_MS
        is_new = any(leaf.at_ms >= oldest for leaf in found.values())
        ending = Ending.NOTHING_NEW if ended.ending is Ending.DONE and not is_new else ended.ending
        return Answer(ending, found, ended.since_ms, ended.fault)

    async def _found(self, device_id: str, names: Collection[str]) -> Leaves:
        return among(leaves(await self._nbi.document(device_id, projection(names))), names)

    async def _in_turn(self, device_id: str, task: Task, within_s: float) -> _Ended:
        turn = self._turns.setdefault(device_id, asyncio.Lock())
        key = f"terrain-{secrets.token_hex(8)}"
        carrying = _Carrying(self._nbi, device_id, key)
        try:
            async with asyncio.timeout(within_s), turn:
                return await carrying.out(task | {"uniqueKey": key, "expiry": _expiry_s(within_s)})
        except TimeoutError:
            return _Ended(Ending.LATE, carrying.since_ms)


class _Carrying:
    """One task, from the moment it is left until it is gone."""

    def __init__(self, nbi: Nbi, device_id: str, key: str) -> None:
        self._nbi, self._device_id, self._key = nbi, device_id, key
        self.since_ms = 0

    async def out(self, task: Task) -> _Ended:
        """Leave the task and wait until it ends. However that goes, none is left behind."""
        ended = None
        posting = asyncio.create_task(self._nbi.queue(self._device_id, task))
        try:
            queued = await self._queued(posting)
            self.since_ms = round(queued.timestamp.timestamp() * 1000)
            ended = await self._settled(queued, posting)
            return ended
        finally:
            posting.cancel()
            await asyncio.wait({posting})
            _ = posting.cancelled() or posting.exception()  # it was told, or it is nobody's
            if ended is None or ended.ending is not Ending.DONE:
                await self._clean_up()

    async def _queued(self, posting: asyncio.Task[Queued]) -> Queued:
        """Not to wait for the answer while a session is under way: the task is there already."""
        while not posting.done():
            await asyncio.wait({posting}, timeout=SLOW_QUEUE_S)
            if not posting.done() and (found := await self._ours()):
                return found[0]
        return posting.result()

    async def _settled(self, queued: Queued, posting: asyncio.Task[Queued]) -> _Ended:
        """A modem that is in a session (`posting` is not answered yet) may refuse the call, which
        the ACS tells like one that is away (TR-069 3.2.1.5: 503): it is called again."""
        clock, never = asyncio.get_running_loop().time, float("inf")
        pause, wake_at, give_up_at, why = POLL_S[0], clock(), never, ""
        while True:
            if clock() >= wake_at:
                why, wake_at = await self._wake(), clock() + WAKE_AGAIN_S
                give_up_at = clock() + GRACE_S if why and posting.done() else never
            if fault := await self._nbi.fault(self._device_id, queued.id):
                return _Ended(Ending.FAULTED, self.since_ms, fault)
            if not await self._nbi.waiting({"_id": queued.id}):
                return _Ended(Ending.DONE, self.since_ms)
            if clock() >= give_up_at:
                return _Ended(Ending.OFFLINE, self.since_ms, why)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, POLL_S[1])

    async def _wake(self) -> str:
        try:
            return await self._nbi.wake(self._device_id)
        except Unavailable:
            return ""  # not known: the look at the task tells

    async def _ours(self) -> list[Queued]:
        return await self._nbi.waiting({"device": self._device_id, "uniqueKey": self._key})

    async def _clean_up(self) -> None:
        # An ACS that is away keeps the task until its expiry.
        with suppress(Unavailable, Refused, TimeoutError):
            async with asyncio.timeout(CLEAN_UP_S):
                for task in await self._ours():
                    await self._nbi.drop(task.id)


def _expiry_s(within_s: float) -> int:
    """GenieACS takes whole seconds; one more for the way."""
    return int(within_s) + 1


def _same(wanted: Value, found: Value) -> bool:
    return str(wanted).lower() == str(found).lower()
