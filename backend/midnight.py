"""Moves the phones' window of visits with the site's day, and with an outage."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from backend.store.clock import Clock
from backend.store.scopes import move_window
from backend.store.shadows import ERPNEXT, read_state
from backend.store.store import Store
from sync.scope import is_outage

WINDOW_S: Final = 300.0


async def move_windows(store: Store, now: Callable[[], Clock], zone: ZoneInfo) -> None:
    """Let visits enter and leave the phones' window, until cancelled; `zone` is the site's."""
    moved_on = None
    while True:
        clock = now()
        state = await store.read(lambda conn: read_state(conn, ERPNEXT))
        outage = is_outage(state.down_since if state else None, clock.now_ms)
        if (clock.today, outage) != moved_on:
            day, now_ms = clock.today, clock.now_ms
            await store.writer.run(partial(move_window, today=day, now_ms=now_ms, outage=outage))
            moved_on = (clock.today, outage)
        await asyncio.sleep(_until_midnight_s(clock.now_ms, zone))


def _until_midnight_s(now_ms: int, zone: ZoneInfo) -> float:
    """At most WINDOW_S, so that an outage, or a clock that was set right, is noticed."""
    local = datetime.fromtimestamp(now_ms / 1000, zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
    return min((midnight - local).total_seconds() + 1, WINDOW_S)
