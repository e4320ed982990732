"""/api/blobs: tus 1.0.0 with creation, expiration and checksum.

Any tus client works that names the photo in its metadata: `sha256` (hex) and `filetype`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Controller, HttpMethod, Request, Response, head, patch, post
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.params import FromPath
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backend.auth.origin import MEDIA_TYPES, OWN_HEADER
from backend.auth.session import DeviceSession
from backend.replication.tus.headers import (
    ABILITIES,
    ALWAYS,
    PIECE,
    RESUMABLE,
    WrongVersion,
    checksum_of,
    described,
    number_of,
    standing,
    wanted_upload,
)
from backend.replication.tus.uploads import OffsetMismatch, Piece, Uploads

IDLE_S: Final = 30.0
# No page of another site can send this header either, and no tus client need be taught ours.
OWN: Final = {OWN_HEADER: RESUMABLE[0]}

AnyRequest = Request[Any, Any, Any]


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
    name, version = RESUMABLE
    asks = connection.scope.get("method") == HttpMethod.OPTIONS
    if not asks and connection.headers.get(name) != version:
        raise WrongVersion


class BlobController(Controller):
    """/api/blobs; an upload belongs to the device of the session."""

    path = "/api/blobs"
    middleware = (TusHeaders(),)
    guards = (speaks_tus,)

    @post("/", status_code=201, opt=OWN | {MEDIA_TYPES: ()})
    async def create(
        self,
        request: AnyRequest,
        session: NamedDependency[DeviceSession],
        uploads: NamedDependency[Uploads],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Begin an upload, or take up the one this device began: Upload-Offset says where."""
        wanted = wanted_upload(request.headers, session.device, now_ms)
        upload, offset = await uploads.create(wanted)
        headers = {"Location": f"{self.path}/{upload.id}", **standing(upload, offset)}
        return Response(None, headers=headers)

    @head("/{upload_id:str}")
    async def offset(
        self,
        upload_id: FromPath[str],
        session: NamedDependency[DeviceSession],
        uploads: NamedDependency[Uploads],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Where to go on."""
        upload, offset = await uploads.find(session.device, upload_id, now_ms)
        return Response(None, headers=described(upload) | standing(upload, offset))

    @patch(
        "/{upload_id:str}",
        status_code=204,
        request_max_body_size=None,
        opt=OWN | {MEDIA_TYPES: (PIECE,)},
    )
    async def append(
        self,
        request: AnyRequest,
        upload_id: FromPath[str],
        session: NamedDependency[DeviceSession],
        uploads: NamedDependency[Uploads],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Take a piece at the offset both agree on; the last one makes the photo whole."""
        upload, offset = await uploads.find(session.device, upload_id, now_ms)
        if number_of(request.headers, "upload-offset") != offset:
            raise OffsetMismatch(str(offset))
        if not upload.complete:
            piece = Piece(offset, _until_cut(request.stream()), checksum_of(request.headers))
            upload, offset = await uploads.receive(upload, piece, now_ms)
        return Response(None, headers=standing(upload, offset))


async def _until_cut(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body as far as it comes: a cut or a silent connection ends it, what came is kept."""
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                chunk = await anext(chunks)
        except (StopAsyncIteration, TimeoutError, InternalServerException):
            return
        yield chunk
