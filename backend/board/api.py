"""The dispatcher's board for its page: one snapshot to show, and a stream that says when to ask."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent

from backend.auth.staff import Staff
from backend.board.state import BoardState
from backend.board.view import Moment, board_state
from backend.settings import Settings
from backend.store.board import read_board
from backend.store.pokes import Pokes
from backend.store.store import Store


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
    """Content-free pokes, one for any number of changes."""
    return ServerSentEvent(pokes.stream())


def _etag(shown: BoardState) -> str:
    """Weak (RFC 9110 section 8.8.1): it leaves out `now`, and a proxy may compress the body."""
    body = msgspec.json.encode(msgspec.structs.replace(shown, now=0))
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
