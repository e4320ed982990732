"""The store's door: one writer, many readers, opened and closed together."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.errors import Busy
from backend.store import feed
from backend.store.clock import Clock
from backend.store.engine import probing_engine, reading_engine, writing_engine
from backend.store.news import tell
from backend.store.schema import upgrade
from backend.store.writer import Writer

READERS: Final = 4
QUEUE_LIMIT: Final = 2000

Result = TypeVar("Result")


class Store:
    """An open database. `read` functions see one snapshot; `writer` is the only way to write."""

    def __init__(self, writer: Writer, readers: Engine, probe: AsyncEngine) -> None:
        self.writer = writer
        self._readers = readers
        self._probe = probe
        self._threads = ThreadPoolExecutor(READERS, "reader")
        self._asked = 0

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run a store function over one read-only snapshot. Raises Busy when too many wait."""
        if self._asked >= QUEUE_LIMIT:
            raise Busy
        self._asked += 1
        try:
            # One way there and back: an async driver makes several of every statement.
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, work)
        finally:
            self._asked -= 1

    def _look(self, work: Callable[[Connection], Result]) -> Result:
        with self._readers.connect() as conn:
            return work(conn)

    async def probe(self) -> None:
        """Read where the feed stands, at once, however many `read` wait: an overload is no reason
        to end a process. Raises what the database raises."""
        async with self._probe.connect() as conn:
            await conn.run_sync(feed.read_head)

    async def close(self) -> None:
        """Commit what is queued and close every connection."""
        self.writer.stop()
        self._threads.shutdown(cancel_futures=True)
        self._readers.dispose()
        await self._probe.dispose()


def open_store(
    url: str,
    clock: Callable[[], Clock],
    on_commit: Callable[[frozenset[str]], None],
    check_space: Callable[[], None] = lambda: None,
    origin: str = "",
) -> Store:
    """Migrate the database at `url`, then open it. One process a SQLite file; on PostgreSQL
    `origin` names this one of many."""
    engine = writing_engine(url)
    upgrade(engine)
    writer = Writer(engine, clock, on_commit, check_space, partial(tell, origin=origin))
    writer.start()
    return Store(writer, reading_engine(url, READERS), probing_engine(url))
