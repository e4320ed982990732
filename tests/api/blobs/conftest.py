"""A phone in front of the door of photos."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.replication.tus.api import BlobController
from backend.replication.tus.method import with_method_override
from backend.store.store import open_store
from tests.api.blobs.door import (
    ANY,
    PIECE,
    Phone,
    World,
)
from tests.given import CLOCK


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An empty store and folder."""
    store = open_store(database_url, lambda: CLOCK, lambda _: None)
    yield World(store, tmp_path / "blobs")
    await store.close()


@pytest.fixture
def app(world: World) -> Any:
    """The door."""
    return Litestar(
        [BlobController],
        logging_config=None,
        dependencies={
            "session": Provide(world.session, sync_to_thread=False),
            "uploads": Provide(lambda: world.blobs, sync_to_thread=False),
            "now_ms": Provide(lambda: world.now_ms, sync_to_thread=False),
        },
        guards=[same_origin],
        exception_handlers=exception_handlers("450-555-0100"),
    )


@pytest.fixture
async def phone(app: Any) -> AsyncIterator[Phone]:
    """A phone in front of the door."""
    transport = httpx.ASGITransport(with_method_override(app, "/api/blobs"))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.example") as client:

        async def call(
            method: str, path: str = "", content: Any = b"", **headers: str | None
        ) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            usual = PIECE if method == "PATCH" else ANY
            given = [(n, v) for n, v in (usual | named).items() if v is not None]
            sent = [(n.encode(), v.encode("latin-1")) for n, v in given]
            return await client.request(method, path or "/api/blobs", content=content, headers=sent)

        yield call
