"""What becomes of uploads: begun, appended to, verified, sealed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from io import FileIO
from typing import ClassVar, NamedTuple

from backend.errors import AppError, NotFound, TooLarge
from backend.replication.tus.headers import Checksum
from backend.store.blobs import uploads as rows
from backend.store.blobs.arrival import record_whole
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.uploads import Quota, Upload
from backend.store.clock import Clock
from backend.store.store import Store


class OffsetMismatch(AppError):
    """The client is elsewhere than the server: a HEAD tells it where to go on."""

    code: ClassVar[str] = "offset"
    status: ClassVar[int] = 409


class ChecksumMismatch(AppError):
    """The piece, or at the end the whole, is not what its checksum says; it was thrown away."""

    code: ClassVar[str] = "checksum"
    status: ClassVar[int] = 460


class Piece(NamedTuple):
    """The body of one PATCH, which begins at `offset`."""

    offset: int
    chunks: AsyncIterator[bytes]
    checksum: Checksum | None = None


class Uploads:
    """The uploads of all devices; `clock` gives the instant and the site's date. `on_complete` is
    called when one becomes whole."""

    def __init__(
        self,
        store: Store,
        folder: BlobFolder,
        clock: Callable[[], Clock],
        on_complete: Callable[[], None],
        quota: Quota | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._on_complete = on_complete
        self._quota = quota or Quota()

    async def create(self, wanted: Upload) -> tuple[Upload, int]:
        """The upload to send to, new or the device's earlier one of the same photo, and how many
        bytes of it are here. Raises DiskFull or OverQuota.
        """
        self._folder.check_space()
        upload = await self._store.writer.run(
            lambda conn: rows.create_upload(conn, wanted, self._quota)
        )
        return await self._settle(upload, wanted.created_at)

    async def find(self, device: str, upload_id: str, now_ms: int) -> tuple[Upload, int]:
        """A device's own upload and how many bytes of it are here. Raises NotFound."""
        upload = await self._store.read(
            lambda conn: rows.find_upload(conn, device, upload_id, now_ms)
        )
        if upload is None:
            raise NotFound
        return await self._settle(upload, now_ms)

    async def receive(self, upload: Upload, piece: Piece, now_ms: int) -> tuple[Upload, int]:
        """Append what comes of `piece`; gives the upload and how many of its bytes are here then.

        Raises OffsetMismatch, TooLarge, ChecksumMismatch, DiskFull, UploadLocked or NotFound.
        """
        self._folder.check_space()
        with self._folder.append(upload.id) as file:
            if file.tell() != piece.offset:  # another request was faster
                raise OffsetMismatch(str(file.tell()))
            await _append(file, piece, upload.size - piece.offset)
            offset = file.tell()
            if offset < upload.size:
                await self._note(upload, offset)
                return upload, offset
            return await self._complete(upload, now_ms)

    async def _settle(self, upload: Upload, now_ms: int) -> tuple[Upload, int]:
        """Where an upload stands; finishes one whose last byte came just before a crash."""
        received = upload.size if upload.complete else self._folder.received(upload.name)
        if received > upload.size:  # begun again with another length
            self._folder.discard(upload.name)
            return upload, 0
        if upload.complete or received < upload.size:
            return upload, received
        with self._folder.append(upload.id):
            try:
                return await self._complete(upload, now_ms)
            except ChecksumMismatch:
                return upload, 0

    async def _complete(self, upload: Upload, now_ms: int) -> tuple[Upload, int]:
        """Seal what is whole, then say so: never the other way round."""
        if not await asyncio.to_thread(self._folder.seal, upload.name):
            await self._note(upload, 0)
            raise ChecksumMismatch("sha256")
        done = await self._store.writer.run(
            lambda conn: record_whole(conn, upload.id, self._clock()._replace(now_ms=now_ms))
        )
        self._check_known(upload, known=done.known)
        self._on_complete()
        return upload._replace(complete=True), upload.size

    async def _note(self, upload: Upload, offset: int) -> None:
        known = await self._store.writer.run(
            lambda conn: rows.record_offset(conn, upload.id, offset)
        )
        self._check_known(upload, known=known)

    def _check_known(self, upload: Upload, *, known: bool) -> None:
        """What expired while its bytes came must be sent anew: nobody would find them."""
        if not known:
            self._folder.discard(upload.name)
            raise NotFound


async def _append(file: FileIO, piece: Piece, room: int) -> None:
    """Write a piece; one that is too long or has a wrong checksum leaves nothing."""
    hasher = hashlib.new(piece.checksum.algorithm) if piece.checksum else None
    async for chunk in piece.chunks:
        room -= len(chunk)
        if room < 0:
            file.truncate(piece.offset)
            raise TooLarge("upload-length")
        if hasher:
            hasher.update(chunk)
        await asyncio.to_thread(_write, file, chunk)
    if piece.checksum and hasher and hasher.digest() != piece.checksum.digest:
        file.truncate(piece.offset)
        raise ChecksumMismatch(piece.checksum.algorithm)


def _write(file: FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:  # an unbuffered file may take less than it is given
        rest = rest[file.write(rest) :]
