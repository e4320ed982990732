"""Work of the field that was refused or set aside: tried again for its author, or closed.

A verdict is never changed: what is tried again is a new mutation, of the same author and instant.
"""

from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Exists,
    Row,
    bindparam,
    exists,
    select,
)

from backend.errors import AppError, NotFound, Unreadable
from backend.store.apply import apply_submitted, submitted
from backend.store.clock import Clock
from backend.store.incoming import UNREADABLE
from backend.store.pokes import ANYONE
from backend.store.tables import closed_refusal, device, mutation
from backend.store.technicians import TECHNICIAN, join_technician, technician_of
from backend.store.upsert import upsert
from sync.protocol import Mutation, Outcome
from sync.push import Verdict
from sync.state import Actor, ActorKind

REFUSED: Final = (Outcome.REJECTED, Outcome.PARKED)
REASON_CHARACTERS: Final = 400


class Again(NamedTuple):
    """A refused mutation to try again under a new id, with other `args` unless None."""

    refused: str
    id: str
    args: dict[str, Any] | None


class Tried(NamedTuple):
    """What came of it, and which technicians to poke."""

    verdict: Verdict
    poked: frozenset[str]


class NotReplayable(AppError):
    """It was no technician's, or what was sent cannot be read."""

    code = "not-replayable"
    status = 409


class Closed(NamedTuple):
    """A refusal that needs nobody any more; the boards are told."""

    poked: frozenset[str] = frozenset({ANYONE})


def is_closed() -> Exists:
    """The condition that the office closed a row of `mutation`."""
    return exists().where(closed_refusal.c.mutation == mutation.c.id)


def is_refused(since: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a row of `mutation` came refused since an instant (UTC ms), and that the
    office has not closed it."""
    # Written out, not bound: a partial index only serves a condition that SQLite can read.
    outcomes: BindParameter[str] = bindparam(
        "refused", [each.value for each in REFUSED], expanding=True, literal_execute=True
    )
    return mutation.c.outcome.in_(outcomes), mutation.c.received_at > since, ~is_closed()


def close(conn: Connection, refused: str, author: str, reason: str, now_ms: int) -> Closed:
    """Note why a refusal needs nobody any more; the first reason stands.

    Raises NotFound when there is no such refusal, Unreadable without a reason.
    """
    why = reason.strip()
    if not why or len(why) > REASON_CHARACTERS:
        raise Unreadable("reason")
    outcomes = [each.value for each in REFUSED]
    known = select(mutation.c.id).where(mutation.c.id == refused, mutation.c.outcome.in_(outcomes))
    if conn.execute(known).first() is None:
        raise NotFound
    _note(conn, refused, author, why, "", now_ms)
    return Closed()


def try_again(conn: Connection, again: Again, author: str, clock: Clock) -> Tried:
    """Decide the mutation anew, as its technician's, with its own instant and trunk; what it waited
    for is no more in its way. Taken in, the refusal is closed by `author`.

    The same `again` twice is one mutation. Raises NotFound, NotReplayable.
    """
    row = _refused(conn, again.refused)
    sent = _sent(row)
    args = sent.args if again.args is None else again.args
    mended = msgspec.structs.replace(sent, id=again.id, seq=0, args=args, deps=())
    who = technician_of(row)
    actor = Actor(ActorKind.TECHNICIAN, who.key, who.name, f"{row.device}:{row.epoch}")
    # Of his phone, or the bytes of a photo that it sent would be none of this mutation's.
    decided = apply_submitted(conn, actor, [submitted(mended)], clock, (row.device, row.epoch))
    verdict = decided.verdicts[0]
    if verdict.outcome not in REFUSED:
        _note(conn, again.refused, author, "replayed", again.id, clock.now_ms)
    return Tried(verdict, decided.poked | {ANYONE})


def _refused(conn: Connection, refused: str) -> Row[Any]:
    """What a phone sent, and whose it is. Raises NotFound, also for what no phone sent."""
    outcomes = [each.value for each in REFUSED]
    phones = join_technician(device).join(mutation, mutation.c.device == device.c.id)
    query = (
        select(mutation, device.c.technician, *TECHNICIAN)
        .select_from(phones)
        .where(mutation.c.id == refused, mutation.c.outcome.in_(outcomes))
    )
    row = conn.execute(query).first()
    if row is None:
        raise NotFound
    return row


def _sent(row: Row[Any]) -> Mutation:
    try:
        return msgspec.json.decode(row.payload, type=Mutation)
    except UNREADABLE as error:
        raise NotReplayable("payload") from error


def _note(
    conn: Connection, refused: str, author: str, reason: str, replay: str, now_ms: int
) -> None:
    said = {"at": now_ms, "author": author[:140], "reason": reason, "replay": replay}
    upsert(conn, closed_refusal, [{"mutation": refused, **said}], keep="at author reason replay")
