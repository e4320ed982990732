"""The dispatcher's board for its page: a snapshot, a stream that says when to ask, decisions, and
the photos that technicians sent.
"""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import ServerSentEvent

from backend.auth.body import read_body
from backend.auth.headers import sent_file_headers
from backend.auth.staff import Staff
from backend.board.asked import read_asked
from backend.board.decisions import OfficeDecision, apply_decision, decision_reply
from backend.board.today.machine import Machine
from backend.board.today.memory import BoardMemory
from backend.board.today.state import BoardState
from backend.board.today.view import Moment
from backend.settings import Settings
from backend.store.blobs.references import shown_to_staff
from backend.store.blobs.store import BlobStore
from backend.store.clock import Clock, local_date
from backend.store.pokes import Pokes
from backend.store.store import Store
from sync.protocol import BATCH_BYTES


@get("/board/api/state")
async def state(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
    machine: NamedDependency[Machine],
    memory: NamedDependency[BoardMemory],
    known: FromQuery[str] = "",
) -> Response[bytes]:
    """The board as a BoardState, for a page that knows one version of it ("": none); 304 while
    nothing but the clock has moved."""
    moment = Moment(now_ms, settings.site_zone)
    shown = await memory.read(store, moment, machine, known[:40])
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


@post("/board/api/mutations", status_code=200)
async def decide(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Apply one OfficeDecision and answer a DecisionReply, once it is committed."""
    decision = read_asked(await read_body(request, BATCH_BYTES), OfficeDecision)
    clock = Clock(now_ms, local_date(now_ms, settings.site_zone))
    decided = await store.writer.run(lambda conn: apply_decision(conn, staff, decision, clock))
    return Response(decision_reply(decided.verdicts[0]), media_type="application/json")


@get("/board/blobs/{sha256:str}")
async def photo(
    sha256: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    blobs: NamedDependency[BlobStore],
) -> Response[bytes]:
    """A photo that some mutation names. Raises NotFound or PhotosAway."""
    shown = await store.read(lambda conn: shown_to_staff(conn, sha256))
    headers = sent_file_headers(shown.file)
    return Response(await blobs.show(shown), headers=headers, media_type=shown.media_type)


def _etag(shown: BoardState) -> str:
    """Weak (RFC 9110 section 8.8.1): it leaves out where clock and feed stand, and a proxy may
    compress the body."""
    same = {"visits": (), "gone": (), "whole": True}  # which these are, the version says
    body = msgspec.json.encode(msgspec.structs.replace(shown, now=0, sequence=0, **same))
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
