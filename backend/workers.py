"""Keeps the background loops running: a loop that fails is logged and started again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from backend.log import log

RESTART_S: Final = 5.0

Loop = Callable[[], Awaitable[None]]


async def supervise(loops: Mapping[str, Loop]) -> None:
    """Run every loop until cancelled; each restarts RESTART_S after it ends or fails."""
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_forever(name, loop), name=name)


async def _forever(name: str, loop: Loop) -> None:
    while True:
        try:
            await loop()
        except Exception:  # noqa: BLE001  (the one place where a loop may not die)
            log.exception("a worker failed", extra={"worker": name})
        await asyncio.sleep(RESTART_S)
