"""Photos come in pieces and survive every cut: /api/blobs speaks tus 1.0.0.

Core, creation and checksum; any tus client works that sends the metadata `sha256` (hex).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from io import FileIO
from typing import ClassVar, Final, NamedTuple

from litestar import Controller, Response, head, patch, post
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import FromPath

from backend.auth.session import DeviceSession
from backend.errors import AppError
from backend.replication.inbox import TooLarge
from backend.replication.tus import (
    AnyRequest,
    Checksum,
    TusHeaders,
    WrongType,
    checksum_of,
    number_of,
    speaks_tus,
    wanted_upload,
)
from backend.store import blobs as rows
from backend.store.blobs import BlobFolder, Quota, Upload
from backend.store.store import Store

IDLE_S: Final = 30.0


class NotFound(AppError):
    """No such upload of this device."""

    code: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404


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


class Blobs:
    """The uploads of all devices. `on_complete` is called when one becomes whole."""

    def __init__(
        self,
        store: Store,
        folder: BlobFolder,
        on_complete: Callable[[], None],
        quota: Quota | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._on_complete = on_complete
        self._quota = quota or Quota()

    async def create(self, wanted: Upload, now_ms: int) -> tuple[Upload, int]:
        """The upload to send to, new or the device's earlier one of the same photo, and how many
        bytes of it are here. Raises DiskFull or OverQuota.
        """
        self._folder.check_space()
        upload = await self._store.writer.run(
            lambda conn: rows.create_upload(conn, wanted, self._quota, now_ms)
        )
        return await self._settle(upload, now_ms)

    async def find(self, device: str, upload_id: str, now_ms: int) -> tuple[Upload, int]:
        """A device's own upload and how many bytes of it are here. Raises NotFound."""
        upload = await self._store.read(lambda conn: rows.find_upload(conn, device, upload_id))
        if upload is None:
            raise NotFound
        return await self._settle(upload, now_ms)

    async def receive(self, upload: Upload, piece: Piece, now_ms: int) -> int:
        """Append what comes of `piece`; gives how many bytes are here then.

        Raises OffsetMismatch, TooLarge, ChecksumMismatch, DiskFull or UploadLocked.
        """
        self._folder.check_space()
        with self._folder.append(upload.id) as file:
            if file.tell() != piece.offset:  # another request was faster
                raise OffsetMismatch(str(file.tell()))
            await _append(file, piece, upload.size - piece.offset)
            offset = file.tell()
            await self._complete(upload, offset, now_ms)
        return offset

    async def expire(self, now_ms: int) -> int:
        """Throw away what did not complete in seven days; gives how many uploads that were."""
        gone = await self._store.writer.run(lambda conn: rows.expire_uploads(conn, now_ms))
        for upload_id in gone:
            self._folder.discard(upload_id)
        return len(gone)

    async def _settle(self, upload: Upload, now_ms: int) -> tuple[Upload, int]:
        """Where an upload stands; finishes one whose last byte came just before a crash."""
        received = upload.size if upload.complete else self._folder.received(upload.id)
        if received > upload.size:  # begun again with another length
            self._folder.discard(upload.id)
            return upload, 0
        if upload.complete or received < upload.size:
            return upload, received
        with self._folder.append(upload.id) as file:
            try:
                await self._complete(upload, file.tell(), now_ms)
            except ChecksumMismatch:
                return upload, 0
        return upload._replace(complete=True), upload.size

    async def _complete(self, upload: Upload, offset: int, now_ms: int) -> None:
        if offset < upload.size:
            await self._note(upload, offset)
            return
        if not await asyncio.to_thread(self._folder.seal, upload.id, upload.sha256):
            await self._note(upload, 0)
            raise ChecksumMismatch("sha256")
        await self._store.writer.run(lambda conn: rows.complete_upload(conn, upload.id, now_ms))
        self._on_complete()

    async def _note(self, upload: Upload, offset: int) -> None:
        await self._store.writer.run(lambda conn: rows.record_offset(conn, upload.id, offset))


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


class BlobController(Controller):
    """/api/blobs; an upload belongs to the device of the session."""

    path = "/api/blobs"
    middleware = (TusHeaders(),)
    guards = (speaks_tus,)

    @post("/")
    async def create(
        self,
        request: AnyRequest,
        session: NamedDependency[DeviceSession],
        blobs: NamedDependency[Blobs],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Begin an upload, or take up the one this device began: Upload-Offset says where."""
        wanted = wanted_upload(request, session.device)
        upload, offset = await blobs.create(wanted, now_ms)
        headers = {"Location": f"{self.path}/{upload.id}", "Upload-Offset": str(offset)}
        return Response(None, headers=headers, status_code=200 if upload.complete else 201)

    @head("/{upload_id:str}")
    async def offset(
        self,
        upload_id: FromPath[str],
        session: NamedDependency[DeviceSession],
        blobs: NamedDependency[Blobs],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Where to go on."""
        upload, offset = await blobs.find(session.device, upload_id, now_ms)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.size)}
        return Response(None, headers=headers)

    @patch("/{upload_id:str}", status_code=204, request_max_body_size=None)
    async def append(
        self,
        request: AnyRequest,
        upload_id: FromPath[str],
        session: NamedDependency[DeviceSession],
        blobs: NamedDependency[Blobs],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Take a piece at the offset both agree on; the last one makes the photo whole."""
        if request.headers.get("content-type") != "application/offset+octet-stream":
            raise WrongType("application/offset+octet-stream")
        upload, offset = await blobs.find(session.device, upload_id, now_ms)
        if number_of(request, "upload-offset") != offset:
            raise OffsetMismatch(str(offset))
        if not upload.complete:
            piece = Piece(offset, _until_cut(request.stream()), checksum_of(request))
            offset = await blobs.receive(upload, piece, now_ms)
        return Response(None, headers={"Upload-Offset": str(offset)})


async def _until_cut(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body as far as it comes: a cut or a silent connection ends it, what came is kept."""
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                chunk = await anext(chunks)
        except (StopAsyncIteration, TimeoutError, InternalServerException):
            return
        yield chunk
