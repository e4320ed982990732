"""What tus 1.0.0 says in headers: https://tus.io/protocols/resumable-upload."""

import base64
import binascii
import uuid
from typing import Any, ClassVar, Final, NamedTuple

from litestar import HttpMethod, Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import AppError
from backend.replication.inbox import TooLarge, Unreadable
from backend.store.blobs import BLOB_BYTES, Upload, is_sha256

VERSION: Final = "1.0.0"
ALGORITHMS: Final = ("sha1", "sha256")
MEDIA_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})

ALWAYS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
ABILITIES: Final = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,checksum",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Tus-Max-Size": str(BLOB_BYTES),
}

AnyRequest = Request[Any, Any, Any]


class WrongVersion(AppError):
    """The client speaks no tus, or another version."""

    code: ClassVar[str] = "tus-version"
    status: ClassVar[int] = 412


class WrongType(AppError):
    """A PATCH that is no piece of an upload, or a file that is no photo."""

    code: ClassVar[str] = "image-type"
    status: ClassVar[int] = 415


class Checksum(NamedTuple):
    """What a piece must hash to."""

    algorithm: str
    digest: bytes


class TusHeaders(ASGIMiddleware):
    """Says the version on every answer, the refusals too, and on OPTIONS what this server can."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on, with the headers."""
        asks = scope.get("method") == HttpMethod.OPTIONS

        async def send_versioned(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                headers.update(ALWAYS)
                if asks or message["status"] == WrongVersion.status:
                    headers.update(ABILITIES)
            await send(message)

        await next_app(scope, receive, send_versioned)


def speaks_tus(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse another version of tus; OPTIONS is how a client asks for ours."""
    asks = connection.scope.get("method") == HttpMethod.OPTIONS
    if not asks and connection.headers.get("tus-resumable") != VERSION:
        raise WrongVersion


def wanted_upload(request: AnyRequest, device: str) -> Upload:
    size = number_of(request, "upload-length")
    if size > BLOB_BYTES:
        raise TooLarge(str(BLOB_BYTES))
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    sha256, media_type = metadata.get("sha256", "").lower(), metadata.get("filetype", "")
    if size == 0 or not is_sha256(sha256):
        raise Unreadable("upload-metadata" if size else "upload-length")
    if media_type not in MEDIA_TYPES:
        raise WrongType(media_type[:40])
    return Upload(str(uuid.uuid4()), device, sha256, media_type, size)


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header: names, and values in Base64."""
    pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
    try:
        return {n: base64.b64decode(v.strip(), validate=True).decode() for n, _, v in pairs}
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable("upload-metadata") from error


def number_of(request: AnyRequest, name: str) -> int:
    value = request.headers.get(name, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise Unreadable(name)
    return int(value)


def checksum_of(request: AnyRequest) -> Checksum | None:
    algorithm, _, digest = request.headers.get("upload-checksum", "").partition(" ")
    if not algorithm:
        return None
    if algorithm not in ALGORITHMS:
        raise Unreadable("upload-checksum")
    try:
        return Checksum(algorithm, base64.b64decode(digest, validate=True))
    except binascii.Error as error:
        raise Unreadable("upload-checksum") from error
