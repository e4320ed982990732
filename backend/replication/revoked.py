"""Ends the streams of phones that the office revoked, whichever process did it."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from backend.store.devices import revoked_since
from backend.store.pokes import Pokes
from backend.store.store import Store

# A revoked phone hears nothing more within five seconds (docs/security.md, row 4).
EVERY_S: Final = 2.0
# Looks back further than the clocks of two machines differ; ending twice changes nothing.
WITHIN_MS: Final = 300_000


async def watch(store: Store, pokes: Pokes, now_ms: Callable[[], int]) -> None:
    """Look every EVERY_S, until cancelled."""
    while True:
        await end_streams(store, pokes, now_ms())
        await asyncio.sleep(EVERY_S)


async def end_streams(store: Store, pokes: Pokes, now_ms: int) -> None:
    """Shut out the phones that were revoked lately."""
    pokes.end(await store.read(partial(revoked_since, since_ms=now_ms - WITHIN_MS)))
