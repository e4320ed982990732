"""What waits for a human: seen, tried again, mended, closed."""

from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.staff import Staff
from backend.board.asked import read_asked
from backend.board.queues.outbox import Replayed, outbox_state, read_replay
from backend.board.queues.refused import Closing, TriedAgain, TryAgain, again
from backend.settings import Settings
from backend.store import lanes, refusals
from backend.store.clock import Clock, local_date
from backend.store.outgoing import read_outgoing
from backend.store.store import Store
from sync.protocol import BATCH_BYTES


@get("/board/api/outbox")
async def outbox(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """The way to ERPNext as an OutboxState: what waits, since when, why, and what is parked."""
    shown = outbox_state(await store.read(read_outgoing), now_ms)
    return Response(msgspec.json.encode(shown), media_type="application/json")


@post("/board/api/replay", status_code=200)
async def replay(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Try parked work again, as a Replay says, and answer Replayed."""
    asked = read_replay(await read_body(request, BATCH_BYTES))
    again = partial(lanes.replay, key=asked.lane, error=asked.error, now_ms=now_ms)
    going = Replayed(await store.writer.run(again))
    return Response(msgspec.json.encode(going), media_type="application/json")


@post("/board/api/refused/again", status_code=200)
async def try_refused_again(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Try refused work again for its authors, as a TryAgain says, each by itself; answers what came
    of each. Raises Unreadable, NotFound, NotReplayable."""
    asked = read_asked(await read_body(request, BATCH_BYTES), TryAgain)
    clock = Clock(now_ms, local_date(now_ms, settings.site_zone))
    came = []
    for each in asked.tries:
        attempt = partial(refusals.try_again, again=again(each), author=staff.email, clock=clock)
        verdict = (await store.writer.run(attempt)).verdict
        came.append(TriedAgain(each.refused, verdict.outcome, verdict.detail.reason))
    return Response(msgspec.json.encode(came), media_type="application/json")


@post("/board/api/refused/close", status_code=204)
async def close_refused(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> None:
    """Say why refused work needs nobody any more. Raises Unreadable, NotFound."""
    asked = read_asked(await read_body(request, BATCH_BYTES), Closing)
    for each in asked.refused:
        close = partial(refusals.close, refused=each, author=staff.email, now_ms=now_ms)
        await store.writer.run(partial(close, reason=asked.reason))
