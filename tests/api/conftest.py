"""An installation for the tests of the API and the pages, and a board."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.di import Provide

from backend.auth.staff import Staff
from backend.settings import Settings
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from tests.api.board import Board, app, browser, two_technicians
from tests.api.desk import Office, an_office
from tests.api.installation import Installation, opened, people
from tests.given import CLOCK


@pytest.fixture
async def terrain(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """A production installation where Marc has a visit today."""
    async with opened(database_url, tmp_path) as installation:
        await installation.write(people)
        yield installation


@pytest.fixture
async def opened_board(database_url: str) -> AsyncIterator[tuple[Store, Pokes]]:
    """A store with two technicians."""
    pokes = Pokes()
    pokes.start()
    store = open_store(database_url, lambda: CLOCK, pokes.send)
    await store.writer.run(two_technicians)
    yield store, pokes
    await store.close()


@pytest.fixture
async def shown_board(opened_board: tuple[Store, Pokes], tmp_path: Path) -> AsyncIterator[Board]:
    """The board as a dispatcher has it open."""
    store, pokes = opened_board
    dispatcher = Provide(lambda: Staff("julie@example.test", ()), sync_to_thread=False)
    settings = Settings(data=str(tmp_path), pwa=str(tmp_path / "dist"))
    async with browser(app(store, pokes, settings, dispatcher)) as client:
        yield Board(client, store, pokes)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """What a dispatcher has before her."""
    async with an_office(database_url, tmp_path) as opened:
        yield opened
