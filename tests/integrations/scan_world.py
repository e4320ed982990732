"""A server with a visit of Marc's and the worker that reads its labels."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from backend.replication.tus.uploads import Piece, Uploads
from backend.store.apply import Push
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.store import BlobStore
from backend.store.blobs.uploads import Upload
from backend.store.clock import Clock
from backend.store.pull import pull
from backend.store.store import Store, open_store
from backend.store.tables import metadata
from backend.vision.adviser import Adviser
from backend.vision.decode import Decoder
from backend.vision.reading import LabelReader
from backend.vision.worker import ScanWorker
from sync.shapes import Patterns
from tests.given import CLOCK, DEVICE, JOB, MARC, NOW_MS, OTHER_JOB, a_visit, mutation, push, uuid7
from tests.labels import photo

LABEL: Final = photo("ZTEG4F5A0ED5", "10394EB5DA90")


class World:
    """A server with one visit of Marc's; what phones send, and what Marc then sees."""

    def __init__(self, store: Store, root: Path, decoder: Decoder, poked: asyncio.Event) -> None:
        self.store = store
        self.kept = BlobStore(BlobFolder(root, lambda _: 2**40), LocalPlace(root))
        self.decoder = decoder
        self.poked = poked
        self.worker = self.new_worker()
        self.blobs = Uploads(store, self.kept.folder, lambda: CLOCK, self.worker.wake)

    def new_worker(
        self,
        adviser: Adviser | None = None,
        clock: Callable[[], Clock] = lambda: CLOCK,
        patterns: Patterns | None = None,
    ) -> ScanWorker:
        """A worker as a restart makes it; its reader takes no time."""
        reader = LabelReader(self.decoder, timer=lambda: 0.0)
        return ScanWorker(self.store, self.kept, reader, clock, adviser, patterns)

    async def scan(self, number: int = 1, image: bytes = LABEL, **args: Any) -> None:
        """Marc's phone says that a photo waits to be read."""
        key = args.pop("key", JOB)
        named = {"blob": hashlib.sha256(image).hexdigest(), "type": "ONT"} | args
        await self.push(push(mutation(number, "scan", named, key=key)))
        self.worker.wake()

    async def push(self, batch: Push) -> None:
        """Apply one phone's batch."""
        await self.store.writer.push(batch)

    async def send(self, image: bytes = LABEL, device: str = DEVICE) -> None:
        """A phone sends a whole photo."""

        async def chunks() -> AsyncIterator[bytes]:
            yield image

        digest = hashlib.sha256(image).hexdigest()
        wanted = Upload(
            uuid7(len(image)), device, digest, "image/jpeg", len(image), created_at=NOW_MS
        )
        upload, offset = await self.blobs.create(wanted)
        await self.blobs.receive(upload, Piece(offset, chunks()), NOW_MS)

    async def cells(self, key: str = JOB) -> dict[str, Any]:
        """What Marc's phone pulls of a job."""
        page = await self.store.read(lambda conn: pull(conn, MARC, ""))
        return next(put.cells for put in page.changes.put if put.key == key)

    async def shown_scan(self, number: int = 1, key: str = JOB) -> dict[str, Any]:
        """A scan as Marc sees it."""
        shown: dict[str, Any] = (await self.cells(key))[f"scans/{uuid7(number)}"]
        return shown

    async def equipment(self, key: str = JOB) -> list[dict[str, Any]]:
        """The equipment of a job as Marc sees it."""
        found = await self.cells(key)
        return [value for path, value in found.items() if path.startswith("equipment/")]


def all_rows(conn: Connection) -> str:
    """All that the database holds."""
    rows = (row for table in metadata.sorted_tables for row in conn.execute(table.select()))
    return str([tuple(row) for row in rows])  # a Row leaves out the middle of a long text


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[World]:
    """A store with two visits, and a worker that nobody runs yet."""
    loop, poked, decoder = asyncio.get_running_loop(), asyncio.Event(), Decoder()

    def on_commit(technicians: frozenset[str]) -> None:
        if technicians:
            loop.call_soon_threadsafe(poked.set)

    store = open_store(database_url, lambda: CLOCK, on_commit)
    await store.writer.run(a_visit)
    await store.writer.run(lambda conn: a_visit(conn, OTHER_JOB))
    yield World(store, folder / "blobs", decoder, poked)
    await store.close()
    await decoder.close()
