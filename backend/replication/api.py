"""The phone's door: POST /api/sync pushes and pulls, GET /api/events says when to come again,
GET /api/blobs/{sha256} shows a photo.
"""

import asyncio
from typing import Any, ClassVar

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent

from backend.auth.body import read_body
from backend.auth.headers import sent_file_headers
from backend.auth.session import DeviceSession
from backend.errors import AppError
from backend.replication.encoding import joined
from backend.replication.inbox import inflate, read_batch, read_request
from backend.replication.pages import Page, Pages
from backend.store.apply import Push
from backend.store.blobs.references import shown_to_phone
from backend.store.blobs.store import BlobStore
from backend.store.heartbeats import Heartbeat, keep_heartbeat
from backend.store.pokes import Pokes
from backend.store.store import Store
from sync.protocol import BATCH_BYTES, KnownOutage, Outcome, Refusal, SyncRequest, VerdictDetail
from sync.push import Answer
from sync.state import Actor, ActorKind


class WrongDevice(AppError):
    """The body names another device than the cookie does."""

    code: ClassVar[str] = "wrong-device"
    status: ClassVar[int] = 403


@post("/api/sync", status_code=200)
async def sync(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],
    store: NamedDependency[Store],
    pages: NamedDependency[Pages],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """One round trip. Answers a SyncReply, whose verdicts are committed before they are sent."""
    body = await read_body(request, BATCH_BYTES)
    asked = read_request(inflate(body, request.headers.get("content-encoding", "")))
    _check_device(asked, session)
    # Queued together, the two share one transaction.
    answer, _ = await asyncio.gather(
        _push(store, session, asked),
        keep_heartbeat(store.writer, _heartbeat(asked, session, now_ms)),
    )
    page = await pages.after(asked.cursor, session.technician, asked.protocol)
    own = msgspec.json.encode(_own(now_ms, answer, page))
    accepted = request.headers.get("accept-encoding", "")
    body, encoding = joined(own.removesuffix(b"}"), page.end, accepted)
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding else {})
    return Response(body, headers=headers, media_type="application/json")


def _check_device(asked: SyncRequest, session: DeviceSession) -> None:
    """Work is its cookie's, whatever the body says. Raises WrongDevice."""
    if asked.device != session.device:
        raise WrongDevice


async def _push(store: Store, session: DeviceSession, asked: SyncRequest) -> Answer:
    batch = read_batch(asked)
    if not batch:
        return Answer(())
    writer = f"{session.device}:{asked.epoch}"
    actor = Actor(ActorKind.TECHNICIAN, session.technician, session.name, writer)
    return await store.writer.push(Push(actor, session.device, asked.epoch, batch))


def _heartbeat(asked: SyncRequest, session: DeviceSession, now_ms: int) -> Heartbeat:
    by = session.technician, session.name
    return Heartbeat(asked.device, asked.app, asked.pending, now_ms, *by)


class _Own(msgspec.Struct, frozen=True, omit_defaults=True):
    """The members of a SyncReply that no other phone is told."""

    now: int
    verdicts: tuple[tuple[str, Outcome, VerdictDetail], ...] = ()
    refusal: Refusal | None = None
    expect: int | None = None
    backed_up: int = 0
    outages: tuple[KnownOutage, ...] = ()


def _own(now_ms: int, answer: Answer, page: Page) -> _Own:
    verdicts = tuple((each.id, each.outcome, each.detail) for each in answer.verdicts)
    kept = page.backed_up
    return _Own(now_ms, verdicts, answer.refusal, answer.expect, kept, page.outages)


@get("/api/events")
async def events(
    session: NamedDependency[DeviceSession], pokes: NamedDependency[Pokes]
) -> ServerSentEvent:
    """A stream of content-free pokes for one technician, until the office revokes the phone."""
    return ServerSentEvent(pokes.stream(session.technician, session.device))


@get("/api/blobs/{sha256:str}")
async def photo(
    sha256: FromPath[str],
    session: NamedDependency[DeviceSession],
    store: NamedDependency[Store],
    blobs: NamedDependency[BlobStore],
) -> Response[bytes]:
    """A photo that this device sent, or that a record names which the technician holds now.

    Raises NotFound for everything else, existing or not; PhotosAway.
    """
    shown = await store.read(
        lambda conn: shown_to_phone(conn, sha256, session.device, session.technician)
    )
    headers = sent_file_headers(shown.file)
    return Response(await blobs.show(shown), headers=headers, media_type=shown.media_type)
