"""Runs the loops towards ERPNext: deliveries, two at a time, the poll, and photos."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import msgspec

from backend.erp.attachments import Attachments
from backend.erp.availability import Availability
from backend.erp.deliveries import Deliveries
from backend.erp.files import Contents, Photos, Reports
from backend.erp.polls import Polls
from backend.erp.tools import Tools
from backend.log import log
from backend.store import lanes

PARALLEL_LANES: Final = 2
POLL_S: Final = 30.0
IDLE_S: Final = 30.0
# Taps come in bursts: what is captured within this time goes into one write.
LINGER_S: Final = 0.5


Loop = Callable[[], Awaitable[None]]


class Worker:
    """The life of the ERPNext connection; `run` it as one task and cancel that to stop.

    `sleep` waits (s), `random` gives fractions in [0, 1). Without `photos` nothing is attached,
    without `reports` no report.
    """

    def __init__(
        self,
        tools: Tools,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        poll_s: float = POLL_S,
        photos: Photos | None = None,
        reports: Reports | None = None,
    ) -> None:
        tools = tools if photos else _without_files(tools)
        self._tools = tools
        self._sleep = sleep
        self._poll_s = poll_s
        self._available = Availability(tools)
        self._deliveries = Deliveries(tools, self._available, sleep, random)
        self._polls = Polls(tools, self._available)
        contents = Contents(tools.writer, photos, reports) if photos else None
        self._attachments = (
            Attachments(tools, self._available, contents, random) if contents else None
        )
        self._work = asyncio.Event()

    def wake(self) -> None:
        """Something was put into the outbox: look now. Call it in the event loop."""
        self._work.set()

    async def run(self, in_turn: Callable[[Loop], Awaitable[None]] | None = None) -> None:
        """Deliver and poll until cancelled; nothing else ends it.

        `in_turn` runs a loop in one process at a time. None: no other process works on this
        store, so what is claimed was left by a dead one.
        """
        if in_turn is None:
            await self._tools.writer.run(partial(lanes.release, now_ms=self._now()))
        async with asyncio.TaskGroup() as group:
            for _ in range(PARALLEL_LANES):
                group.create_task(self._deliver_for_ever())
            group.create_task(self._wait_for_turn(in_turn))

    async def deliver_until_empty(self) -> None:
        """Deliver until nothing is due any more, now or later; parked lanes stay."""
        await self._deliveries.deliver_until_empty()

    async def deliver_next(self) -> bool:
        """Claim and deliver what is due; False when nothing is, or ERPNext may not be called."""
        return await self._deliveries.deliver_next()

    async def attach_all(self) -> int:
        """Attach every photo that is due; gives how many were tried."""
        return await self._attachments.attach_all() if self._attachments else 0

    async def poll_all(self) -> int:
        """Poll every doctype once; gives how many mutations came of it."""
        return await self._polls.poll_all()

    async def sweep_all(self) -> bool:
        """Compare every document with its shadow; whether all could be asked."""
        return await self._polls.sweep_all()

    async def sweep_when_due(self) -> None:
        """The same, once a night."""
        await self._polls.sweep_when_due()

    async def _deliver_for_ever(self) -> None:
        while True:
            try:
                if not await self.deliver_next():
                    await self._rest()
            except Exception:  # noqa: BLE001  (the loop outlives every fault but cancellation)
                log.error("outbound worker failed", exc_info=True)
                await self._sleep(IDLE_S)

    async def _poll_for_ever(self) -> None:
        while True:
            try:
                await self.poll_all()
                await self.sweep_when_due()
            except Exception:  # noqa: BLE001  (the loop outlives every fault but cancellation)
                log.error("inbound worker failed", exc_info=True)
            await self._sleep(self._poll_s)

    async def _attach_for_ever(self, attachments: Attachments) -> None:
        while True:
            try:
                await attachments.attach_all()
            except Exception:  # noqa: BLE001  (the loop outlives every fault but cancellation)
                log.error("attaching photos failed", exc_info=True)
            await self._sleep(IDLE_S)

    async def _wait_for_turn(self, in_turn: Callable[[Loop], Awaitable[None]] | None) -> None:
        await (in_turn(self._take_turn) if in_turn else self._take_turn())

    async def _take_turn(self) -> None:
        """What one process does at a time."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll_for_ever())
            if self._attachments:
                group.create_task(self._attach_for_ever(self._attachments))

    async def _rest(self) -> None:
        """Until something is put into the outbox, or the next lane or probe is due."""
        self._work.clear()
        due_at = await self._tools.writer.run(lanes.next_due)
        now_ms = self._now()
        if probe_at := self._available.probe_at:
            await self._sleep(min((probe_at - now_ms) / 1000, IDLE_S))
            return
        wait_s = IDLE_S if due_at is None else min(max((due_at - now_ms) / 1000, 0), IDLE_S)
        if await self._woken_within(wait_s):
            await self._sleep(LINGER_S)

    async def _woken_within(self, seconds: float) -> bool:
        waking = asyncio.ensure_future(self._work.wait())
        passing = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait((waking, passing), return_when=asyncio.FIRST_COMPLETED)
            return waking.done()
        finally:
            waking.cancel()
            passing.cancel()

    def _now(self) -> int:
        return self._tools.clock().now_ms


def _without_files(tools: Tools) -> Tools:
    """Nobody waits for a file that nobody attaches."""
    mapping = tools.mapping
    entities = {
        name: msgspec.structs.replace(each, attachments=False)
        for name, each in mapping.entities.items()
    }
    return tools._replace(mapping=msgspec.structs.replace(mapping, entities=entities))
