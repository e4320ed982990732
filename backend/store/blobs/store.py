"""Whole photos, wherever their bytes are: waiting in the folder, or moved to their place."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar, Final

from backend.errors import AppError, NotFound, Refused, Unavailable
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName, Place
from backend.store.blobs.references import Shown

RETRY_S: Final = 30.0


class PhotosAway(AppError):
    """Photos cannot be looked at now; they are kept, and may be asked for again."""

    code: ClassVar[str] = "photos-away"
    status: ClassVar[int] = 503


class BlobStore:
    """Reads, moves and deletes whole photos; `run` is the loop that moves what waits.

    A photo is moved by put, read-back and removal, in this order: a crash after any step leaves it
    readable, and the step is done again.
    """

    def __init__(self, folder: BlobFolder, place: Place) -> None:
        self.folder = folder
        self._place = place
        self._moving = asyncio.Lock()
        self._woken = asyncio.Event()

    async def read(self, name: BlobName) -> bytes:
        """The bytes. Raises Unavailable or Refused; FileNotFoundError when they are lost."""
        try:
            return await asyncio.to_thread(self.folder.sealed(name).read_bytes)
        except FileNotFoundError:  # moved, perhaps just now
            return await self._place.read(name)

    async def show(self, shown: Shown) -> bytes:
        """The bytes of a photo that the caller may see. Raises NotFound or PhotosAway."""
        try:
            return await self.read(shown.name)
        except FileNotFoundError as error:
            raise NotFound from error
        except (Unavailable, Refused) as error:
            raise PhotosAway from error

    async def delete(self, name: BlobName) -> None:
        """Remove the bytes wherever they are. Raises Unavailable or Refused."""
        self.folder.discard(name)
        await self._place.delete(name)

    def pages(self) -> AsyncIterator[Mapping[BlobName, int]]:
        """Every moved photo, in pages, and when it was written (UTC ms)."""
        return self._place.pages()

    async def move(self) -> int:
        """Move what waits; gives how many. Raises Unavailable or Refused: the rest waits on."""
        async with self._moving:
            waiting = await asyncio.to_thread(self.folder.waiting)
            for name in waiting:
                await self._move(name)
            return len(waiting)

    def wake(self) -> None:
        """Move soon: a photo became whole. Called in the event loop's thread."""
        self._woken.set()

    async def run(self) -> None:
        """Move until cancelled: when woken, and every RETRY_S while the place is away."""
        while True:
            self._woken.clear()
            pause_s = await self._pause_after_move()
            try:
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _move(self, name: BlobName) -> None:
        sealed = self.folder.sealed(name)
        try:
            await self._place.put(name, sealed)
        except FileNotFoundError:  # deleted meanwhile
            return
        if not await self._place.exists(name):
            raise Unavailable("not-kept")
        sealed.unlink(missing_ok=True)

    async def _pause_after_move(self) -> float | None:
        try:
            await self.move()
        except (Unavailable, Refused):
            return RETRY_S
        return None
