"""Whether the database answers is told at once, however many readers wait."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection

from backend.store.store import READERS, open_store
from tests.given import CLOCK


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_probe_does_not_stand_in_line_with_the_readers(database_url: str) -> None:
    store = open_store(database_url, lambda: CLOCK, lambda _: None)
    released = threading.Event()

    def slow(_: Connection) -> bool:
        return released.wait(30.0)

    waiting = [asyncio.create_task(store.read(slow)) for _ in range(READERS + 1)]
    await store.probe()

    assert not any(each.done() for each in waiting)
    released.set()
    assert all(await asyncio.gather(*waiting))
    await store.close()
