"""Whether ERPNext may be called now; log and board hear when it goes and when it returns."""

from functools import partial
from typing import Final

from backend.erp.client import AuthFailed
from backend.erp.tools import Tools
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store import backlog, shadows
from backend.store.connection import Connection
from backend.store.shadows import ERPNEXT, UpstreamState
from sync.lane import (
    AUTH,
    BREAKER_FAILURES,
    Breaker,
    Gate,
    breaker_after_failure,
    breaker_after_probe,
    breaker_after_stop,
    breaker_after_success,
    breaker_on_probe,
    gate,
    is_long_outage,
)

STATE_MS: Final = 5 * 60_000  # how old the stored state may be while nothing changes


class Availability:
    """The life of the circuit breaker; an outage outlives the process that saw it begin."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._breaker: Breaker | None = None
        self._said_at = 0

    @property
    def probe_at(self) -> int:
        """When the next probe is due (UTC ms); 0 while nobody has to wait for one."""
        breaker = self._breaker or Breaker()
        return breaker.probe_at if gate(breaker, self._now()) is Gate.WAIT else 0

    async def may_call(self) -> bool:
        """Whether to call now; the one caller who may find out probes."""
        if self._breaker is None:
            self._breaker = await self._tools.writer.run(_recalled)
        match gate(self._breaker, self._now()):
            case Gate.CALL:
                return True
            case Gate.WAIT:
                return False
            case Gate.PROBE:
                return await self._probe(self._breaker)

    async def answered(self) -> None:
        """ERPNext gave a real answer."""
        await self._become(breaker_after_success())

    async def failed(self, kind: str) -> None:
        """ERPNext could not answer; `kind` as in `backend.errors`."""
        await self._become(breaker_after_failure(self._breaker or Breaker(), kind, self._now()))

    async def stopped(self, error: AuthFailed) -> None:
        """Our credentials were refused: everything stops until somebody acts."""
        await self._become(breaker_after_stop(self._breaker or Breaker(), error.kind, self._now()))

    async def _probe(self, breaker: Breaker) -> bool:
        self._breaker = breaker_on_probe(breaker, self._now())
        try:
            await self._tools.client.whoami()
        except AuthFailed as error:
            await self.stopped(error)
        except (Unavailable, Refused) as error:
            await self.failed(error.kind)
        else:
            if is_long_outage(breaker, self._now()):
                await self._tools.writer.run(partial(backlog.put_last, now_ms=self._now()))
            self._breaker = breaker_after_probe(breaker)
            return True
        return False

    async def _become(self, breaker: Breaker) -> None:
        """One line when ERPNext goes away or refuses our key, one when it returns; the state for
        the board."""
        before = self._breaker or Breaker()
        was_away, is_away = before.opened_at is not None, breaker.opened_at is not None
        self._breaker = breaker
        if is_away and (not was_away or breaker.stopped > before.stopped):
            log.error("erpnext is away", extra={"kind": breaker.error, "auth": breaker.stopped})
        if was_away and not is_away:
            log.info("erpnext is back")
        now_ms = self._now()
        is_told = (is_away, breaker.stopped) == (was_away, before.stopped)
        if is_told and now_ms - self._said_at < STATE_MS:
            return
        self._said_at = now_ms
        error = f"{AUTH}{breaker.error}" if breaker.stopped else breaker.error
        state = UpstreamState(breaker.opened_at, error[:80], now_ms)
        await self._tools.writer.run(partial(shadows.write_state, name=ERPNEXT, state=state))

    def _now(self) -> int:
        return self._tools.clock().now_ms


def _recalled(conn: Connection) -> Breaker:
    """The breaker as a former process left it: open, and to be probed now, or closed."""
    state = shadows.read_state(conn, ERPNEXT)
    if state is None or state.down_since is None:
        return Breaker()
    return Breaker(BREAKER_FAILURES, state.down_since, error=state.error)
