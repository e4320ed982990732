"""Notes that a technician had a visit on his screen: by a mutation of the server's own."""

import uuid
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, select

from backend.store import feed
from backend.store.apply import Decided, apply_mutations
from backend.store.clock import Clock
from backend.store.tables import cell, membership
from sync.collections import is_job
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind

_WRITER: Final = "terrain"
NOBODY: Final = Decided([], frozenset())


def note_seen(
    conn: Connection, technician: str, name: str, visits: Collection[str], clock: Clock
) -> Decided:
    """Of visits that he holds now, note those that nobody has seen since they were last moved."""
    new = _unseen(conn, technician, visits) if visits else ()
    if not new:
        return NOBODY
    head = feed.take(conn)
    actor = Actor(ActorKind.SYSTEM, technician, name, _WRITER)
    said = [Mutation(_id(key, head), 0, Kind.SEEN, key, head.sequence, clock.now_ms) for key in new]
    return apply_mutations(conn, actor, said, clock)


def _unseen(conn: Connection, technician: str, visits: Collection[str]) -> tuple[str, ...]:
    """Read before anything is locked: a phone says it again until its pull has the answer."""
    jobs = sorted(key for key in visits if is_job(key))
    seen = select(cell.c.key).where(
        cell.c.key.in_(jobs), cell.c.path == "seen", cell.c.value != "null"
    )
    held = select(membership.c.key).where(
        membership.c.technician == technician,
        membership.c.key.in_(jobs),
        membership.c.left_at.is_(None),
        membership.c.key.not_in(seen),
    )
    return tuple(conn.scalars(held.order_by(membership.c.key)))


def _id(key: str, head: feed.Head) -> str:
    """One a visit and place in the feed: before it is seen anew something else has happened."""
    return str(uuid.uuid5(uuid.UUID(key.partition("/")[2]), f"{Kind.SEEN}:{head.sequence}"))
