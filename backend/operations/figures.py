"""Serves this process's figures to Prometheus, on a port of their own that no proxy knows."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client import start_http_server

from backend import metrics
from backend.errors import Busy
from backend.settings.upkeep import MetricsSettings
from backend.store.backups import Backups, read_backups
from backend.store.board import Counts, read_counts
from backend.store.connection import Connection
from backend.store.devices import count_pending
from backend.store.disk import free_bytes
from backend.store.outgoing import Outgoing, read_outgoing
from backend.store.store import Store

LOOK_S: Final = 15.0


class Figures(NamedTuple):
    """What the database says at one moment."""

    outgoing: Outgoing
    counts: Counts
    on_phones: int
    backups: Backups


async def serve_figures(
    settings: MetricsSettings, store: Store, data: Path, clock: Callable[[], int]
) -> None:
    """Serve until cancelled; what is read of the database is LOOK_S old at most. `clock` gives UTC
    ms."""
    await _look(store, data, clock())  # first: nothing may be served that was not looked at
    server, thread = start_http_server(settings.port, settings.host, metrics.REGISTRY)
    try:
        while True:
            await asyncio.sleep(LOOK_S)
            await _look(store, data, clock())
    finally:
        # Not in the event loop: it waits for half a second, and phones' streams are to end.
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


async def _look(store: Store, data: Path, now_ms: int) -> None:
    metrics.DISK.set(free_bytes(data))
    with suppress(Busy):
        show(await store.read(partial(read_figures, now_ms=now_ms)), now_ms)


def read_figures(conn: Connection, now_ms: int) -> Figures:
    """All of one snapshot."""
    counts, on_phones = read_counts(conn, now_ms), count_pending(conn, now_ms)
    return Figures(read_outgoing(conn), counts, on_phones, read_backups(conn))


def show(figures: Figures, now_ms: int) -> None:
    """Set the gauges."""
    outgoing = figures.outgoing
    metrics.QUEUED.set(outgoing.queued)
    metrics.OLDEST.set((now_ms - (outgoing.oldest_at or now_ms)) / 1000)
    metrics.PARKED.set(len(outgoing.parked))
    metrics.PHOTOS.set(outgoing.photos)
    is_away = outgoing.upstream is not None and outgoing.upstream.down_since is not None
    metrics.BREAKER.labels("erpnext").set(is_away)
    metrics.CONFLICTS.set(figures.counts.conflicts)
    metrics.REFUSED.set(figures.counts.refused)
    metrics.ON_PHONES.set(figures.on_phones)
    metrics.BACKUP.set(figures.backups.taken_at / 1000)
