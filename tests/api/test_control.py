"""What the shell is told when a server runs: the same as when it does the work itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend import control
from backend.settings import Settings
from backend.store.commands import NoSuchLink, NoSuchTechnician
from backend.store.store import open_store
from tests.api.installation import people
from tests.given import CLOCK, NOW_MS


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[Path]:
    """The data folder of a server that answers the shell."""
    settings = Settings(data=str(tmp_path), public_url="https://terrain.example.ca")
    store = open_store(settings.database_url, lambda: CLOCK, lambda _poked: None)
    await store.writer.run(people)
    serving = asyncio.create_task(control.serve(settings, store, lambda: NOW_MS))
    for _turn in range(10):  # binding the socket takes a few turns of the loop, and no time
        await asyncio.sleep(0)
    yield tmp_path
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
    await store.close()


async def test_a_running_server_makes_the_link(data: Path) -> None:
    asked = {"technician": "Marc Tremblay", "days": None}

    lines = await asyncio.to_thread(control.ask, data, "link create", asked)

    assert lines is not None
    assert lines[0].startswith("https://terrain.example.ca/t/")


async def test_a_refusal_keeps_its_code_and_detail_across_the_socket(data: Path) -> None:
    asked = {"technician": "Personne", "days": None}

    with pytest.raises(NoSuchTechnician) as refused:
        await asyncio.to_thread(control.ask, data, "link create", asked)
    with pytest.raises(NoSuchLink):
        await asyncio.to_thread(control.ask, data, "link revoke", {"link": "none"})

    assert refused.value.reason == "Personne"


def test_without_a_server_there_is_no_answer(tmp_path: Path) -> None:
    assert control.ask(tmp_path, "link list", {}) is None
