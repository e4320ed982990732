"""The dispatcher's board for its page: one snapshot to show, and a stream that says when to ask."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, ServerSentEventMessage

from backend.auth.staff import Staff
from backend.board.state import BoardState
from backend.board.view import Moment, board_state
from backend.settings import Settings
from backend.store.board import read_board
from backend.store.pokes import ANYONE, Pokes
from backend.store.store import Store

HEARTBEAT_S: Final = 15.0
# A stream ends, to be asked for again, so that whoever is staff no more is shut out.
STREAM_S: Final = 300.0
RETRY_MS: Final = 5000


@get("/board/api/state")
async def state(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """The whole board as a BoardState; 304 while nothing but the clock has moved."""
    moment = Moment(now_ms, settings.site_zone)
    rows = await store.read(lambda conn: read_board(conn, now_ms, moment.today))
    shown = board_state(rows, moment)
    headers = {"ETag": _etag(shown), "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(msgspec.json.encode(shown), headers=headers, media_type="application/json")


@get("/board/api/events")
async def events(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    pokes: NamedDependency[Pokes],
) -> ServerSentEvent:
    """Content-free pokes, one for any number of changes; ends after STREAM_S."""
    return ServerSentEvent(_pokes(pokes))


def _etag(shown: BoardState) -> str:
    """Weak (RFC 9110 section 8.8.1): it leaves out `now`, and a proxy may compress the body."""
    body = msgspec.json.encode(msgspec.structs.replace(shown, now=0))
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


async def _pokes(pokes: Pokes) -> AsyncIterator[ServerSentEventMessage]:
    ends_at = asyncio.get_running_loop().time() + STREAM_S
    async with pokes.listen(ANYONE) as poked:
        yield ServerSentEventMessage(comment="open", retry=RETRY_MS)
        while not pokes.closing.is_set() and asyncio.get_running_loop().time() < ends_at:
            try:
                await asyncio.wait_for(poked.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield ServerSentEventMessage(comment="here")
                continue
            poked.clear()
            if not pokes.closing.is_set():
                yield ServerSentEventMessage(event="poke", data="{}")
