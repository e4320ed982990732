"""The photos of a run: the server's own rows of uploads, their bytes in memory.

Bytes lie beside the database: a database that is put back takes none of them away, nor knows of
them. The way over HTTP is `backend/replication/tus`, proved by `tests/api/blobs`.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import Connection

from backend.replication.tus.headers import wanted_upload
from backend.store.blobs.arrival import record_whole
from backend.store.blobs.place import BlobName
from backend.store.blobs.uploads import Quota, Upload, create_upload, find_upload
from backend.store.clock import Clock
from tests.simulation.phone import Request, Response

BLOBS: Final = "/api/blobs"

Write = Callable[[Callable[[Connection], Any]], Any]


class Uploads:
    """Every upload of a run; `write` runs a store function, `clock` gives the server's time."""

    def __init__(self, write: Write, clock: Callable[[], Clock]) -> None:
        self._write, self._clock = write, clock
        self.begin()

    def begin(self) -> None:
        """A run begins."""
        self._made = 0
        self._bytes: dict[str, bytearray] = {}

    def take(self, device: str, request: Request) -> Response:
        """What POST, HEAD and PATCH of a phone are answered."""
        if request.method == "POST":
            return self._create(device, request.headers)
        name, now_ms = request.path.rpartition("/")[2], self._clock().now_ms
        upload: Upload | None = self._write(lambda conn: find_upload(conn, device, name, now_ms))
        if upload is None:
            return Response(HTTPStatus.NOT_FOUND, b'{"error":"not-found"}')
        return self._append(upload, request) if request.method == "PATCH" else self._at(upload)

    async def read(self, name: BlobName) -> bytes:
        """The bytes for the worker. FileNotFoundError when they are not there."""
        if name.upload not in self._bytes:
            raise FileNotFoundError
        return bytes(self._bytes[name.upload])

    def whole(self) -> set[str]:
        """The SHA-256 of all bytes that are here."""
        return {hashlib.sha256(each).hexdigest() for each in self._bytes.values()}

    def _create(self, device: str, headers: dict[str, str]) -> Response:
        self._made += 1
        said = {name.lower(): value for name, value in headers.items()}
        wanted = wanted_upload(said, device, self._clock().now_ms)
        wanted = wanted._replace(id=f"00000000-0000-7000-b000-{self._made:012}")
        made: Upload = self._write(lambda conn: create_upload(conn, wanted, Quota()))
        self._bytes.setdefault(made.id, bytearray())
        at = {"Location": f"{BLOBS}/{made.id}"}
        return Response(HTTPStatus.CREATED, b"", at | self._at(made).headers)

    def _append(self, upload: Upload, request: Request) -> Response:
        here = self._bytes[upload.id]
        if int(request.headers["Upload-Offset"]) != len(here):
            return Response(HTTPStatus.CONFLICT, b'{"error":"offset"}')
        here += request.body
        if len(here) == upload.size:
            assert hashlib.sha256(here).hexdigest() == upload.sha256
            self._write(partial(record_whole, upload_id=upload.id, clock=self._clock()))
        return self._at(upload)

    def _at(self, upload: Upload) -> Response:
        offset = str(len(self._bytes[upload.id]))
        return Response(HTTPStatus.OK, b"", {"Upload-Offset": offset})
