"""/api/blobs: core, creation and checksum; any tus client works that sends `sha256` (hex)."""

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

from backend.auth.origin import MEDIA_TYPES
from backend.auth.session import DeviceSession
from backend.replication.tus.headers import (
    ABILITIES,
    ALWAYS,
    PIECE,
    VERSION,
    WrongVersion,
    checksum_of,
    number_of,
    wanted_upload,
)
from backend.replication.tus.uploads import OffsetMismatch, Piece, Uploads

IDLE_S: Final = 30.0

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
    asks = connection.scope.get("method") == HttpMethod.OPTIONS
    if not asks and connection.headers.get("tus-resumable") != VERSION:
        raise WrongVersion


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
        uploads: NamedDependency[Uploads],
        now_ms: NamedDependency[int],
    ) -> Response[None]:
        """Begin an upload, or take up the one this device began: Upload-Offset says where."""
        wanted = wanted_upload(request.headers, session.device)
        upload, offset = await uploads.create(wanted, now_ms)
        headers = {"Location": f"{self.path}/{upload.id}", "Upload-Offset": str(offset)}
        return Response(None, headers=headers, status_code=200 if upload.complete else 201)

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
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.size)}
        return Response(None, headers=headers)

    @patch(
        "/{upload_id:str}",
        status_code=204,
        request_max_body_size=None,
        opt={MEDIA_TYPES: (PIECE,)},
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
            offset = await uploads.receive(upload, piece, now_ms)
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
