"""Delivers what waits in the outbox, and records what became of every lane that was claimed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from backend.erp.availability import Availability
from backend.erp.batch import LEAST, MOST, deliver_many
from backend.erp.client import AuthFailed
from backend.erp.outbound import STALE, Tools, deliver
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store import lanes, parking
from backend.store.connection import Connection
from backend.store.outbox import Claimed
from backend.store.receipts import Recorded
from sync.lane import (
    BACKOFF_CAP_MS,
    FAULT,
    Answer,
    Lane,
    after_refused,
    after_stop,
    after_unavailable,
    is_forbidden,
    is_unexplained,
)

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
        except AuthFailed as error:
            await self._stop(claimed, error)
            return ()
        except Unavailable as error:
            if is_unexplained(error.kind):
                return claimed  # one of them may be at fault
            await self._available.failed(error.kind)
            await self._store(claimed, partial(self._later, error=error))
            return ()
        except Exception:  # noqa: BLE001  (a poison document must not stop the others)
            log.error("a batch failed", exc_info=True)
            return claimed
        await self._passed()
        return alone

    async def _deliver_alone(self, claimed: Claimed) -> None:
        try:
            await deliver(self._tools, claimed)
        except lanes.LeaseLost:
            log.warning("a delivery came too late", extra={"lane": claimed.key})
        except AuthFailed as error:
            await self._stop([claimed], error)
        except Unavailable as error:
            away = error.kind != STALE
            await (self._available.failed(error.kind) if away else self._available.answered())
            await self._store([claimed], partial(self._later, error=error))
        except Refused as error:
            await self._available.answered()
            await self._park(claimed, error.kind)
        except Exception as error:  # noqa: BLE001  (a poison document must not stop the others)
            log.error("delivery failed", exc_info=True, extra={"lane": claimed.key})
            fault = Unavailable(f"{FAULT}{type(error).__name__}")
            await self._store([claimed], partial(self._later, error=fault))
        else:
            await self._passed()

    async def _passed(self) -> None:
        self._delivered_at = self._now()
        await self._available.answered()

    async def _stop(self, claimed: Sequence[Claimed], error: AuthFailed) -> None:
        await self._available.stopped(error)
        await self._store(claimed, self._untried)

    async def _park(self, claimed: Claimed, kind: str) -> None:
        """The lane, or with a lacking permission all of its doctype."""
        await self._store([claimed], lambda lane: after_refused(lane, kind, self._now()))
        log.error("erpnext refuses a document", extra={"lane": claimed.key, "kind": kind})
        if is_forbidden(kind):
            parking_all = partial(
                parking.park_doctype, key=claimed.key, error=kind, now_ms=self._now()
            )
            await self._tools.writer.run(parking_all)
            log.error("erpnext forbids a doctype", extra={"lane": claimed.key, "kind": kind})

    def _untried(self, lane: Lane) -> Lane:
        return after_stop(lane, self._now())

    def _later(self, lane: Lane, error: Unavailable) -> Lane:
        passed = self._delivered_at is not None
        recent = passed and self._now() - (self._delivered_at or 0) <= BACKOFF_CAP_MS
        answer = Answer(error.kind, error.retry_after_s, others_pass=recent)
        return after_unavailable(lane, answer, self._now(), self._random())

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
