"""Looks after the disk of the data folder while the installation runs."""

import asyncio
from typing import Final

from backend.log import log
from backend.store.ballast import Ballast

LOOK_S: Final = 15.0


async def mind_disk(ballast: Ballast) -> None:
    """Keep the ballast or let it go, as the disk fills and empties, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(ballast.settle)
        except OSError as error:
            log.error("the ballast cannot be made", extra={"kind": type(error).__name__})
        await asyncio.sleep(LOOK_S)
