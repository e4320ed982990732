"""Reads what waits for ERPNext, and what of it a human must look at."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select

from backend.store import attachments
from backend.store.shadows import ERPNEXT, UpstreamState, read_state
from backend.store.tables import lane, outbox, record
from sync.lane import LaneState

Rows = Sequence[Any]


class Outgoing(NamedTuple):
    """`queued` mutations without a fate, the oldest captured at `oldest_at` (UTC ms); `last` of
    them bill and drain last. `parked` rows: key, upstream_name, error, since, mutations. `photos`
    are here and not yet files of ERPNext, parked ones too."""

    queued: int
    oldest_at: int | None
    last: int
    parked: Rows
    upstream: UpstreamState | None
    photos: int


def read_outgoing(conn: Connection) -> Outgoing:
    """The outbox of one moment."""
    figures = func.count(), func.min(outbox.c.created_at), func.sum(outbox.c.drains_last)
    waiting = outbox.c.lane == lane.c.key, outbox.c.fate.is_(None)
    # By lane: what is closed stays in the outbox for ever.
    counted = select(*figures).select_from(lane).join(outbox, and_(*waiting))
    queued, oldest_at, last = conn.execute(counted).one()
    parked = [*_parked(conn), *attachments.parked(conn)]
    upstream, photos = read_state(conn, ERPNEXT), attachments.count(conn)
    return Outgoing(queued, oldest_at, last or 0, parked, upstream, photos)


def _parked(conn: Connection) -> Rows:
    waiting = select(func.count()).where(outbox.c.lane == lane.c.key, outbox.c.fate.is_(None))
    query = (
        select(
            lane.c.key,
            record.c.upstream_name,
            lane.c.error,
            lane.c.oldest_at.label("since"),
            waiting.scalar_subquery().label("mutations"),
        )
        .join(record, record.c.key == lane.c.key)
        .where(lane.c.state == LaneState.PARKED.value)
        .order_by(lane.c.oldest_at, lane.c.key)
    )
    return conn.execute(query).all()
