"""What the shell is told when a server runs: the same as when it does the work itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from backend import control
from backend.settings import Settings
from backend.store.commands import NoSuchLink, NoSuchTechnician, NotParked
from backend.store.store import open_store
from backend.store.tables import lane
from tests.api.installation import people
from tests.given import CLOCK, JOB, NOW_MS


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


async def test_what_erpnext_refused_is_listed_and_tried_again_by_reason(data: Path) -> None:
    store = open_store(Settings(data=str(data)).database_url, lambda: CLOCK, lambda _: None)
    await store.writer.run(_parked)
    await store.close()

    [line, french, english] = await asyncio.to_thread(control.ask, data, "replay list", {}) or []
    done = await asyncio.to_thread(control.ask, data, "replay run", {"error": "ValidationError"})

    assert line.startswith(f"{JOB}  ValidationError  0 en attente depuis 2026-11-23")
    assert french.strip() == "ERPNext refuse une valeur de ce document."
    assert english.strip() == "ERPNext refuses a value of this document."
    assert done == [f"{JOB}  à refaire"]
    with pytest.raises(NotParked):
        await asyncio.to_thread(control.ask, data, "replay run", {"lane": JOB})


def _parked(conn: Connection) -> None:
    row = {"key": JOB, "state": "parked", "due_at": NOW_MS, "tries": 1, "oldest_at": NOW_MS}
    conn.execute(insert(lane).values(row | {"error": "ValidationError"}))


def test_without_a_server_there_is_no_answer(tmp_path: Path) -> None:
    assert control.ask(tmp_path, "link list", {}) is None
