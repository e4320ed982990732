"""What the simulated ACS knows and does: devices, tasks, faults, sessions, in the loop's time."""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from backend.simulators.genieacs.terminal import Known, Terminal, stamp

SESSION_S: Final = 0.05
ANSWERS_S: Final = 0.1
REFUSED_S: Final = 0.07
BLACK_HOLE_S: Final = 2.05
HUNG_S: Final = 125.0
STEP_S: Final = 0.5
WORDS_OF_BAD_PATH: Final = "Invalid parameter path"
_FIRST_TASK: Final = 0x6B03F4066603B833BC4E7FA6


class Reach(StrEnum):
    """What happens when the ACS calls a terminal."""

    ANSWERS = "answers"
    REFUSED = "refused"  # its port is closed
    BLACK_HOLE = "black-hole"  # nothing comes back
    HANGS = "hangs"  # it begins a session and says no more
    DEAF = "deaf"  # it answers, and begins no session
    LOCKED = "locked"  # it wants other credentials


class Acs:
    """One GenieACS. `speed` divides every wait: 1 is as recorded."""

    def __init__(self, speed: float = 1.0) -> None:
        self.devices: dict[str, Known] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, dict[str, Any]] = {}
        self.stored: dict[str, dict[str, dict[str, Any]]] = {"provisions": {}, "presets": {}}
        self.reach: dict[str, Reach] = {}
        self.early_stamps = timedelta(0)  # how long before a request its leaves are stamped
        self.busy_refuses = False  # a terminal in a session answers 503, as TR-069 lets it
        self._speed = speed
        self._numbers = itertools.count(_FIRST_TASK)
        self._in_session: dict[str, float] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._epoch: tuple[datetime, float] | None = None

    def add(self, terminal: Terminal, *, informed: datetime | None = None) -> Known:
        """A terminal that has called before; nothing has been read of it but its boot Inform."""
        known = Known(terminal, informed or datetime.now(UTC))
        self.devices[terminal.id] = known
        self.reach[terminal.id] = Reach.ANSWERS
        return known

    def now(self) -> datetime:
        """The ACS's clock, which goes with the loop's."""
        moment = asyncio.get_running_loop().time()
        if self._epoch is None:
            self._epoch = (datetime.now(UTC), moment)
        return self._epoch[0] + timedelta(seconds=moment - self._epoch[1])

    async def pause(self, seconds: float) -> None:
        """Take as long as the real one."""
        await asyncio.sleep(seconds / self._speed)

    def insert(self, device_id: str, task: dict[str, Any]) -> dict[str, Any]:
        """Keep a task, as lib/api-functions.ts does: `uniqueKey` replaces, `expiry` is a date."""
        at = self.now()
        if "expiry" in task:
            task["expiry"] = stamp(at + timedelta(seconds=task["expiry"]))
        if key := task.get("uniqueKey"):
            for other in [t for t in self.tasks.values() if t.get("uniqueKey") == key]:
                del self.tasks[other["_id"]]
        task |= {"device": device_id, "timestamp": stamp(at), "_id": f"{next(self._numbers):024x}"}
        self.tasks[task["_id"]] = task
        return task

    def drop(self, task_id: str) -> bool:
        """Delete a task and its fault; False when there is none."""
        task = self.tasks.pop(task_id, None)
        if task:
            self.faults.pop(f"{task['device']}:task_{task_id}", None)
        return task is not None

    async def call(self, device_id: str) -> str:
        """A connection request: "" when it was taken, else the reason."""
        reach = self.reach[device_id]
        if reach in (Reach.REFUSED, Reach.BLACK_HOLE):
            await self.pause(REFUSED_S if reach is Reach.REFUSED else BLACK_HOLE_S)
            return "Device is offline"
        await self.pause(ANSWERS_S)
        if reach is Reach.LOCKED:
            return "Connection request error: Incorrect connection request credentials"
        if self.busy_refuses and self.in_session(device_id):
            return "Device is offline"
        if reach is not Reach.DEAF and not self.in_session(device_id):
            self.begin_session(device_id, HUNG_S if reach is Reach.HANGS else SESSION_S)
        return ""

    def begin_session(self, device_id: str, seconds: float) -> None:
        """The terminal calls; a long session is one that hangs, and carries nothing out."""
        self._in_session[device_id] = asyncio.get_running_loop().time() + seconds / self._speed
        self.devices[device_id].last_inform = self.now()
        carries_out = seconds == SESSION_S
        self._start(self._session(device_id, seconds, carries_out=carries_out))

    def in_session(self, device_id: str) -> bool:
        """Whether a session is under way."""
        return asyncio.get_running_loop().time() < self._in_session.get(device_id, 0.0)

    async def session_ends(self, device_id: str, within_s: float) -> bool:
        """Wait in steps of half a second, as the real one; False when it still goes on."""
        while self.in_session(device_id):
            if within_s < STEP_S:
                return False
            await self.pause(STEP_S)
            within_s -= STEP_S
        return True

    def serve(self, device_id: str) -> None:
        """Carry out what waits for a terminal; what fails stays, with its fault."""
        for task in [each for each in self.tasks.values() if each["device"] == device_id]:
            channel = f"task_{task['_id']}"
            if f"{device_id}:{channel}" in self.faults:
                continue
            if fault := self._carry_out(self.devices[device_id], task):
                told = {"device": device_id, "channel": channel, "timestamp": stamp(self.now())}
                name = f"{device_id}:{channel}"
                self.faults[name] = {"_id": name} | told | fault | {"retries": 0}
            else:
                del self.tasks[task["_id"]]

    async def close(self) -> None:
        """End the sessions that are under way."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _session(self, device_id: str, seconds: float, *, carries_out: bool) -> None:
        await self.pause(seconds / 2)
        if carries_out:
            self.serve(device_id)
        await self.pause(seconds / 2)

    def _start(self, session: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(session)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def _carry_out(self, known: Known, task: dict[str, Any]) -> dict[str, Any] | None:
        at = self.now() - self.early_stamps
        if refusal := known.terminal.refuses.get(task["name"]):
            return _cwmp_fault(*refusal, task)
        match task["name"]:
            case "getParameterValues":
                return _read(known, task["parameterNames"], at)
            case "provisions":
                return _read(known, [path for _, path in task["provisions"]], at)
            case "refreshObject":
                known.learn(known.terminal.below(task["objectName"]), at)
            case "setParameterValues":
                _write(known, task["parameterValues"], at)
        return None


def _read(known: Known, names: list[str], at: datetime) -> dict[str, Any] | None:
    """A name that is not there is passed over; one that ends in a dot breaks the script."""
    if any(name.endswith(".") for name in names):
        stack = f"Error: {WORDS_OF_BAD_PATH}\n    at refresh"
        detail = {"name": "Error", "message": WORDS_OF_BAD_PATH, "stack": stack}
        fault = {"code": "script.Error", "message": WORDS_OF_BAD_PATH, "detail": detail}
        return fault | {"provisions": _told([["refresh", name] for name in names])}
    for name in names:
        known.learn(known.terminal.matching(name), at)
    return None


def _write(known: Known, values: list[list[Any]], at: datetime) -> None:
    """A parameter that is not writable is passed over in silence."""
    for path, value, *_ in values:
        parameter = known.terminal.model.get(path)
        if parameter and parameter.is_writable:
            known.terminal.set(path, value)
            known.learn([path], at)


def _cwmp_fault(code: str, words: str, task: dict[str, Any]) -> dict[str, Any]:
    detail = {"faultCode": code, "faultString": words, "setParameterValuesFault": None}
    fault = {"code": f"cwmp.{code}", "message": words, "detail": detail}
    return fault | {"provisions": _told([[task["name"]]])}


def _told(provisions: list[list[str]]) -> str:
    inner = ",".join("[" + ",".join(f'"{word}"' for word in row) + "]" for row in provisions)
    return f"[{inner}]"
