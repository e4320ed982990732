"""A phone's stream ends when the office revokes it, and when two others of it are open."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.replication.revoked import end_streams
from backend.store.devices import list_devices, revoke_device
from backend.store.pokes import Pokes
from tests.api.installation import Installation, enrolled
from tests.given import MARC
from tests.rows import row

# What would stay silent is known to be after this; the event loop needs a few turns.
SILENT_S = 0.3


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    """Nothing here depends on the database: one kind is enough."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"


@pytest.fixture
async def pokes() -> Pokes:
    """Of one process."""
    started = Pokes()
    started.start()
    return started


async def opened(pokes: Pokes, device: str) -> AsyncIterator[Any]:
    """A stream of Marc's phone."""
    stream = pokes.stream(MARC, device)
    assert (await anext(stream))["comment"] == "open"
    return stream


async def is_over(stream: AsyncIterator[Any]) -> bool:
    """Whether it ended, without a word more."""
    following = asyncio.ensure_future(anext(stream, None))
    done, _ = await asyncio.wait([following], timeout=SILENT_S)
    following.cancel()
    return bool(done) and following.result() is None


@row(4, without={"backend.replication.revoked.revoked_since": lambda *_, **__: []})
async def test_a_revoked_phone_hears_nothing_more_and_the_others_do(
    terrain: Installation, pokes: Pokes
) -> None:
    link = await terrain.link()
    for _ in range(2):
        await enrolled(terrain.phone(), link.token)
    lost, kept = [each.id for each in await terrain.store.read(list_devices)]
    streams = [await opened(pokes, each) for each in (lost, kept)]
    now_ms = terrain.clock.now_ms

    await terrain.write(lambda conn: revoke_device(conn, lost, now_ms))
    await end_streams(terrain.store, pokes, now_ms + 4_000)

    assert [await is_over(each) for each in streams] == [True, False]


@row(19, without={"backend.store.pokes.STREAMS_OF_A_DEVICE": 9})
async def test_of_three_streams_of_a_phone_the_oldest_ends(pokes: Pokes) -> None:
    streams = [await opened(pokes, "marcs") for _ in range(3)]
    others = await opened(pokes, "julies")

    assert [await is_over(each) for each in (*streams, others)] == [True, False, False, False]
