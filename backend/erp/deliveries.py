"""Delivers what waits in the outbox, and records what became of every lane that was claimed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from backend.erp.attempt import Failure, attempt, lane_after, tell
from backend.erp.availability import Availability
from backend.erp.batch import LEAST, MOST, deliver_many
from backend.erp.creating import create
from backend.erp.outbound import deliver
from backend.erp.tools import Tools
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store import lanes, parking
from backend.store.connection import Connection
from backend.store.outbox import Claimed
from backend.store.receipts import Recorded
from sync.lane import BACKOFF_CAP_MS, Lane, after_stop, is_forbidden, is_unexplained

RENEW_S: Final = lanes.LEASE_MS / 3000

After = Callable[[Lane], Lane]


class Deliveries:
    """The way out. `sleep` waits (s), `random` gives fractions in [0, 1)."""

    def __init__(
        self,
        tools: Tools,
        available: Availability,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        self._tools = tools
        self._available = available
        self._sleep = sleep
        self._random = random
        self._delivered_at: int | None = None

    async def deliver_until_empty(self) -> None:
        """Deliver until nothing is due any more, now or later; parked lanes stay."""
        while (due_at := await self._tools.writer.run(lanes.next_due)) is not None:
            if await self.deliver_next():
                continue
            wait_ms = max(due_at, self._available.probe_at) - self._now()
            await self._sleep(max(wait_ms, 1) / 1000)

    async def deliver_next(self) -> bool:
        """Claim and deliver one lane, or many when many wait; False when none is due or ERPNext
        may not be called.

        Whatever happens to the lanes is recorded; only cancellation gets out.
        """
        if not await self._available.may_call():
            return False
        claiming = partial(lanes.claim_many, now_ms=self._now(), most=MOST, least=LEAST)
        claimed = await self._tools.writer.run(claiming)
        if not claimed:
            return False
        try:
            await self._deliver_leased(claimed)
        except lanes.LeaseLost as lost:
            log.warning("a delivery came too late", extra={"lane": str(lost)})
        return True

    async def _deliver_leased(self, claimed: Sequence[Claimed]) -> None:
        """Deliver under claims that are renewed for as long as it takes."""
        delivering = asyncio.ensure_future(self._deliver(claimed))
        try:
            while not (await asyncio.wait({delivering}, timeout=RENEW_S))[0]:
                await self._renew(claimed)
            await delivering
        finally:
            delivering.cancel()
            await asyncio.wait({delivering})

    async def _renew(self, claimed: Sequence[Claimed]) -> None:
        """A store that is away for a moment ends no delivery; the next try tells."""
        with suppress(AppError):
            renewing = partial(lanes.renew, claimed=claimed, now_ms=self._now())
            await self._tools.writer.run(renewing)

    async def _deliver(self, claimed: Sequence[Claimed]) -> None:
        alone = claimed if len(claimed) == 1 else await self._deliver_together(claimed)
        for each in alone:
            if not await self._available.may_call():
                await self._store([each], self._untried)
            elif await self._tools.writer.run(partial(lanes.is_held, claimed=each)):
                await self._deliver_alone(each)

    async def _deliver_together(self, claimed: Sequence[Claimed]) -> Sequence[Claimed]:
        """Deliver many lanes; gives those that must be delivered alone."""
        try:
            alone = await deliver_many(self._tools, claimed)
        except Unavailable as failure:
            if is_unexplained(failure.kind):
                return claimed  # one of them may be at fault
            await tell(self._available, failure)
            await self._store(claimed, partial(self._failed, failure))
            return ()
        except Exception:  # noqa: BLE001  (a poison document must not stop the others)
            log.error("a batch failed", exc_info=True)
            return claimed
        self._delivered_at = self._now()
        await self._available.answered()
        return alone

    async def _deliver_alone(self, claimed: Claimed) -> None:
        try:
            delivering = (create if claimed.makes_document else deliver)(self._tools, claimed)
            failure = await attempt(delivering, self._available, claimed.key)
        except lanes.LeaseLost:
            log.warning("a delivery came too late", extra={"lane": claimed.key})
            return
        if failure is None:
            self._delivered_at = self._now()
            return
        await self._store([claimed], partial(self._failed, failure))
        if isinstance(failure, Refused):
            await self._say_refused(claimed.key, failure.kind)

    async def _say_refused(self, key: str, kind: str) -> None:
        """A lacking permission parks all of the doctype."""
        log.error("erpnext refuses a document", extra={"lane": key, "kind": kind})
        if is_forbidden(kind):
            parking_all = partial(parking.park_doctype, key=key, error=kind, now_ms=self._now())
            await self._tools.writer.run(parking_all)
            log.error("erpnext forbids a doctype", extra={"lane": key, "kind": kind})

    def _untried(self, lane: Lane) -> Lane:
        return after_stop(lane, self._now())

    def _failed(self, failure: Failure, lane: Lane) -> Lane:
        passed = self._delivered_at is not None
        recent = passed and self._now() - (self._delivered_at or 0) <= BACKOFF_CAP_MS
        return lane_after(failure, lane, self._now(), self._random(), others_pass=recent)

    async def _store(self, claimed: Sequence[Claimed], after: After) -> None:
        """Record what a failure makes of lanes; one that is another worker's by now is left out."""
        after_each = [(each, after(each.lane)) for each in claimed]
        await self._tools.writer.run(partial(_record, after_each, self._now()))

    def _now(self) -> int:
        return self._tools.clock().now_ms


def _record(after_each: Sequence[tuple[Claimed, Lane]], now_ms: int, conn: Connection) -> Recorded:
    poked: frozenset[str] = frozenset()
    for claimed, after in after_each:
        if lanes.is_held(conn, claimed):
            told = lanes.record_failure(conn, claimed.key, after, claimed.entries, now_ms)
            poked |= told.poked
    return Recorded(poked)
