"""What only one process does at a time, of all that work on a database: turns.

A turn is an advisory lock of a session: it ends with the connection, so that a killed process's
turn goes to another at once (https://www.postgresql.org/docs/15/explicit-locking.html). For a
moment after a cut two may believe they have it: what is done in a turn must bear being done twice.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from psycopg import OperationalError

from backend.log import log
from backend.store.sessions import Session, session

WATCH_S: Final = 5.0

Loop = Callable[[], Awaitable[None]]


async def in_turn(url: str, name: str, loop: Loop) -> None:
    """Run `loop` whenever this process has the turn `name`, until cancelled.

    Raises what the loop raises, in an ExceptionGroup; the turn is then free.
    """
    while True:
        try:
            async with session(url) as conn:
                await conn.execute("SELECT pg_advisory_lock(%s)", (_number(name),))
                async with asyncio.TaskGroup() as group:
                    group.create_task(_run(loop))
                    group.create_task(_watch(conn))
        except* OperationalError:
            log.warning("a turn was lost", extra={"turn": name})


async def _run(loop: Loop) -> None:
    await loop()


async def _watch(conn: Session) -> None:
    """Ends, by its error, when the connection does and the turn with it."""
    while True:
        await asyncio.sleep(WATCH_S)
        await conn.execute("SELECT 1")


def _number(name: str) -> int:
    digest = hashlib.sha256(f"terrain turn {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
