"""The real worker towards ERPNext, let to do one thing at a time, and killed at any step of it."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from backend.erp.client import ErpClient
from backend.erp.files import Photos
from backend.erp.ids import uuid7
from backend.erp.tools import Tools
from backend.erp.worker import Worker
from backend.store import lanes
from backend.store.clock import Clock
from backend.store.writer import Writer
from tests.simulation.erpnext import Erpnext, Ill, Mishap, Wire, WorkerDied
from tests.simulation.morning import mapping
from tests.simulation.stepped import at_once

Result = TypeVar("Result")
# A process that starts alone on its store knows that what is claimed was left by a dead one.
_ALONE: Final = 0.5


class Courier:
    """Whoever works; another one is hired when he has died."""

    def __init__(
        self, erpnext: Erpnext, writer: Writer, clock: Callable[[], Clock], photos: Photos
    ) -> None:
        self._erpnext, self._writer, self._clock, self._photos = erpnext, writer, clock, photos
        self._loop = asyncio.new_event_loop()
        self._client, self._mapping = ErpClient(Wire(erpnext)), mapping()
        self.begin("")

    def begin(self, run: str) -> None:
        """A run begins; its name decides every chance."""
        self._random = Random(run)
        self._hire()

    def deliver(self, mishap: Mishap | None = None) -> bool:
        """Bring the lane that is due to ERPNext; whether there was one."""
        return self._lets(self._worker.deliver_next, mishap) is not False

    def poll(self, mishap: Mishap | None = None) -> bool:
        """Read what changed in ERPNext; whether anything did."""
        return self._lets(self._worker.poll_all, mishap) != 0

    def attach(self, mishap: Mishap | None = None) -> bool:
        """Bring the photos that are due to ERPNext; whether there were any."""
        return self._lets(self._worker.attach_all, mishap) != 0

    def restart(self) -> None:
        """The process ends and another one starts."""
        self._hire()
        if self._random.random() < _ALONE:
            at_once(self._writer.run(lambda conn: lanes.release(conn, self._clock().now_ms)))

    def close(self) -> None:
        """Let go of the loop."""
        self._loop.close()

    def _hire(self) -> None:
        tools = Tools(
            self._client,
            _Steps(self._erpnext, self._writer),
            self._mapping,
            self._clock,
            lambda: uuid7(self._clock().now_ms, self._random.randbytes(10)),
        )
        self._worker = Worker(tools, asyncio.sleep, self._random.random, photos=self._photos)

    def _lets(self, work: Callable[[], Awaitable[Result]], mishap: Mishap | None) -> Result | None:
        """What came of it; None when he died of it."""
        self._erpnext.meet(mishap)
        try:
            return self._loop.run_until_complete(_done(work))
        except WorkerDied:
            self.restart()
            return None
        finally:
            self._erpnext.meet(None)


async def _done(work: Callable[[], Awaitable[Result]]) -> Result:
    return await work()


class _Steps:
    """The writer, each write of which is a step of the worker."""

    def __init__(self, erpnext: Erpnext, writer: Writer) -> None:
        self._erpnext, self._writer = erpnext, writer

    async def run(self, work: Callable[[Connection], Any]) -> Any:
        ill = self._erpnext.step()
        result = await self._writer.run(work)
        if ill is Ill.DIES:
            raise WorkerDied
        return result
