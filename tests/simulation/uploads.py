"""Where the photos of a run go: tus 1.0 as far as the phones use it, in memory.

The real one is `backend/replication/tus`, proved over HTTP by `tests/api/test_blobs.py`.
"""

import hashlib
from http import HTTPStatus

from tests.simulation.phone import Request, Response

BLOBS = "/api/blobs"


class _Upload:
    """One photo on its way: how long it is, and what has come."""

    def __init__(self, size: int) -> None:
        self.size, self.bytes = size, bytearray()


class Uploads:
    """Every upload of a run."""

    def __init__(self) -> None:
        self._uploads: list[_Upload] = []

    def take(self, request: Request) -> Response:
        """What POST, HEAD and PATCH answer."""
        if request.method == "POST":
            return self._create(request.headers)
        upload = self._uploads[int(request.path.rpartition("/")[2])]
        if request.method == "PATCH":
            if int(request.headers["Upload-Offset"]) != len(upload.bytes):
                return Response(HTTPStatus.CONFLICT, b"")
            upload.bytes += request.body
        return Response(HTTPStatus.OK, b"", {"Upload-Offset": str(len(upload.bytes))})

    def whole(self) -> set[str]:
        """The photos of which every byte is here, by the hash of what came."""
        return {
            hashlib.sha256(each.bytes).hexdigest()
            for each in self._uploads
            if len(each.bytes) == each.size
        }

    def _create(self, headers: dict[str, str]) -> Response:
        self._uploads.append(_Upload(int(headers["Upload-Length"])))
        return Response(HTTPStatus.CREATED, b"", {"Location": f"{BLOBS}/{len(self._uploads) - 1}"})
