"""The readers of a process: a few threads, each with a connection of its own.

A read is one trip to a thread; through an asynchronous driver each of its ten queries was several
(bench/README.md).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine

from backend.errors import Busy

READERS: Final = 4
QUEUE_LIMIT: Final = 2000

Result = TypeVar("Result")


class Readers:
    """Runs store functions over read-only snapshots; `stop` waits for those that run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._asked = 0

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`. Raises Busy when too many wait already, and what it raises."""
        if self._asked >= QUEUE_LIMIT:
            raise Busy
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._read, work)
        finally:
            self._asked -= 1

    def stop(self) -> None:
        """Finish, and close every connection."""
        self._threads.shutdown(cancel_futures=True)
        self._engine.dispose()

    def _read(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.connect() as conn:
            return work(conn)
