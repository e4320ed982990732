"""Runs the two loops towards ERPNext: deliveries by two lanes at a time, and the poll."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from backend.erp.client import AuthFailed
from backend.erp.inbound import poll
from backend.erp.outbound import STALE, Tools, deliver
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store import lanes, shadows
from backend.store.connection import Connection
from backend.store.outbox import Claimed
from backend.store.shadows import ERPNEXT, UpstreamState
from sync.lane import (
    BACKOFF_CAP_MS,
    FAULT,
    Answer,
    Breaker,
    Gate,
    Lane,
    after_refused,
    after_stop,
    after_unavailable,
    breaker_after_failure,
    breaker_after_probe,
    breaker_after_stop,
    breaker_after_success,
    breaker_on_probe,
    gate,
)

PARALLEL_LANES: Final = 2
POLL_S: Final = 30.0
IDLE_S: Final = 30.0
# Taps come in bursts: what is captured within this time goes into one write.
LINGER_S: Final = 0.5
RENEW_S: Final = lanes.LEASE_MS / 3000
STATE_MS: Final = 5 * 60_000  # how old the stored state may be while nothing changes


Loop = Callable[[], Awaitable[None]]


class Worker:
    """The life of the ERPNext connection; `run` it as one task and cancel that to stop.

    `sleep` waits (s), `random` gives fractions in [0, 1).
    """

    def __init__(
        self,
        tools: Tools,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        poll_s: float = POLL_S,
    ) -> None:
        self._tools = tools
        self._sleep = sleep
        self._random = random
        self._poll_s = poll_s
        self._breaker = Breaker()
        self._delivered_at: int | None = None
        self._said_at = 0
        self._refused: set[str] = set()
        self._unread: dict[str, frozenset[str]] = {}
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
            group.create_task(self._poll_in_turn(in_turn))

    async def deliver_until_empty(self) -> None:
        """Deliver until nothing is due any more, now or later; parked lanes stay."""
        while (due_at := await self._tools.writer.run(lanes.next_due)) is not None:
            if await self.deliver_next():
                continue
            wait_ms = max(due_at, self._breaker.probe_at) - self._now()
            await self._sleep(max(wait_ms, 1) / 1000)

    async def deliver_next(self) -> bool:
        """Claim and deliver one lane; False when none is due or ERPNext may not be called.

        Whatever happens to the lane is recorded; only cancellation gets out.
        """
        if not await self._may_call():
            return False
        now_ms = self._now()
        claimed = await self._tools.writer.run(partial(lanes.claim, now_ms=now_ms))
        if claimed is None:
            return False
        try:
            await self._deliver(claimed)
        except lanes.LeaseLost:
            log.warning("a delivery came too late", extra={"lane": claimed.key})
        return True

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            await self._deliver_leased(claimed)
        except lanes.LeaseLost:
            raise
        except AuthFailed as error:
            await self._stopped(error)
            await self._store(claimed, after_stop(claimed.lane, self._now()))
        except Unavailable as error:
            await (self._answered() if error.kind == STALE else self._failed(error.kind))
            await self._store(claimed, self._later(claimed.lane, error))
        except Refused as error:
            await self._answered()
            await self._store(claimed, after_refused(claimed.lane, error.kind, self._now()))
        except Exception as error:  # noqa: BLE001  (a poison document must not stop the others)
            log.error("delivery failed", exc_info=True, extra={"lane": claimed.key})
            fault = Unavailable(f"{FAULT}{type(error).__name__}")
            await self._store(claimed, self._later(claimed.lane, fault))
        else:
            self._delivered_at = self._now()
            await self._answered()

    async def _deliver_leased(self, claimed: Claimed) -> None:
        """Deliver under a claim that is renewed for as long as it takes."""
        delivering = asyncio.ensure_future(deliver(self._tools, claimed))
        try:
            while not (await asyncio.wait({delivering}, timeout=RENEW_S))[0]:
                await self._renew(claimed)
            await delivering
        finally:
            delivering.cancel()
            await asyncio.wait({delivering})

    async def _renew(self, claimed: Claimed) -> None:
        """A store that is away for a moment ends no delivery; the next try tells."""
        with suppress(AppError):
            await self._tools.writer.run(partial(lanes.renew, claimed=claimed, now_ms=self._now()))

    async def poll_all(self) -> int:
        """Poll every doctype once, link targets first; gives how many mutations came of it.

        A doctype that is refused does not keep the others from being read.
        """
        changed = 0
        for collection in self._tools.mapping.entities:
            if not await self._may_call():
                return changed
            try:
                polled = await poll(self._tools, collection)
                changed += polled.changed
                self._refused.discard(collection)
                self._say_unread(collection, polled.unread)
                await self._answered()
            except AuthFailed as error:
                await self._stopped(error)
            except Unavailable as error:
                await self._failed(error.kind)
            except Refused as error:
                await self._answered()
                self._say_refused(collection, error.kind)
        return changed

    def _say_refused(self, collection: str, kind: str) -> None:
        if collection not in self._refused:
            log.error("erpnext poll refused", extra={"of": collection, "kind": kind})
        self._refused.add(collection)

    def _say_unread(self, collection: str, names: Sequence[str]) -> None:
        """One line a document, until all can be read again."""
        for name in sorted(set(names) - self._unread.get(collection, frozenset())):
            log.error("erpnext document unreadable", extra={"of": collection, "document": name})
        self._unread[collection] = frozenset(names)

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
            except Exception:  # noqa: BLE001  (the loop outlives every fault but cancellation)
                log.error("inbound worker failed", exc_info=True)
            await self._sleep(self._poll_s)

    async def _poll_in_turn(self, in_turn: Callable[[Loop], Awaitable[None]] | None) -> None:
        await (in_turn(self._poll_for_ever) if in_turn else self._poll_for_ever())

    async def _rest(self) -> None:
        """Until something is put into the outbox, or the next lane or probe is due."""
        self._work.clear()
        due_at = await self._tools.writer.run(lanes.next_due)
        now_ms = self._now()
        if gate(self._breaker, now_ms) is Gate.WAIT:
            await self._sleep(min((self._breaker.probe_at - now_ms) / 1000, IDLE_S))
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

    async def _may_call(self) -> bool:
        match gate(self._breaker, self._now()):
            case Gate.CALL:
                return True
            case Gate.WAIT:
                return False
            case Gate.PROBE:
                return await self._probe()

    async def _probe(self) -> bool:
        self._breaker = breaker_on_probe(self._breaker, self._now())
        try:
            await self._tools.client.whoami()
        except AuthFailed as error:
            await self._stopped(error)
        except Unavailable as error:
            await self._failed(error.kind)
        except Refused as error:
            await self._failed(error.kind)
        else:
            self._breaker = breaker_after_probe(self._breaker)
            return True
        return False

    async def _answered(self) -> None:
        was_away = self._breaker.opened_at is not None
        self._breaker = breaker_after_success()
        await self._say(was_away=was_away)

    async def _failed(self, kind: str) -> None:
        was_away = self._breaker.opened_at is not None
        self._breaker = breaker_after_failure(self._breaker, kind, self._now())
        await self._say(was_away=was_away)

    async def _stopped(self, error: AuthFailed) -> None:
        was_away = self._breaker.opened_at is not None
        self._breaker = breaker_after_stop(self._breaker, error.kind, self._now())
        await self._say(was_away=was_away)

    async def _say(self, *, was_away: bool) -> None:
        """One line when ERPNext goes away, one when it returns; the state for the board."""
        breaker = self._breaker
        is_away = breaker.opened_at is not None
        if is_away and not was_away:
            log.error("erpnext is away", extra={"kind": breaker.error, "auth": breaker.stopped})
        if was_away and not is_away:
            log.info("erpnext is back")
        now_ms = self._now()
        if is_away == was_away and now_ms - self._said_at < STATE_MS:
            return
        self._said_at = now_ms
        state = UpstreamState(breaker.opened_at, breaker.error[:80], now_ms)
        await self._tools.writer.run(partial(shadows.write_state, name=ERPNEXT, state=state))

    def _later(self, lane: Lane, error: Unavailable) -> Lane:
        passed = self._delivered_at is not None
        recent = passed and self._now() - (self._delivered_at or 0) <= BACKOFF_CAP_MS
        answer = Answer(error.kind, error.retry_after_s, others_pass=recent)
        return after_unavailable(lane, answer, self._now(), self._random())

    async def _store(self, claimed: Claimed, after: Lane) -> None:
        def record(conn: Connection) -> lanes.Recorded:
            lanes.check_held(conn, claimed)
            return lanes.record_failure(conn, claimed.key, after, claimed.entries, self._now())

        await self._tools.writer.run(record)

    def _now(self) -> int:
        return self._tools.clock().now_ms
