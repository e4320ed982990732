"""The store's door: one writer, many readers, opened and closed together."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from backend.store.clock import Clock
from backend.store.engine import reading_engine, writing_engine
from backend.store.news import tell
from backend.store.readers import READERS, Readers
from backend.store.schema import upgrade
from backend.store.writer import Writer

Result = TypeVar("Result")


class Store:
    """An open database. `read` functions see one snapshot; `writer` is the only way to write."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self.writer = writer
        self._readers = readers

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run a store function over one read-only snapshot. Raises Busy."""
        return await self._readers.run(work)

    async def close(self) -> None:
        """Commit what is queued and close every connection."""
        self.writer.stop()
        self._readers.stop()


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
    return Store(writer, Readers(reading_engine(url, READERS)))
