"""Known outages of sectors: raised and cleared by a monitor, shown while they last."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from backend.store.pokes import ANYONE
from backend.store.tables import outage
from backend.store.upsert import upsert


class Outage(NamedTuple):
    """What is out: `id` is the monitor's name for it, `since` UTC ms."""

    id: str
    sector: str
    text: str
    since: int


class Told(NamedTuple):
    """Something changed that boards show: they are poked."""

    poked: frozenset[str] = frozenset({ANYONE})


def raise_outage(conn: Connection, raised: Outage) -> Told:
    """Remember that a sector is out. Told again while it lasts, it keeps its beginning; told after
    it ended, it begins anew."""
    lasting = select(outage.c.since).where(outage.c.id == raised.id, outage.c.ended_at.is_(None))
    since = conn.execute(lasting).scalar()
    row: dict[str, Any] = raised._asdict() | {"ended_at": None}
    upsert(conn, outage, [row | {"since": raised.since if since is None else since}])
    return Told()


def clear_outage(conn: Connection, outage_id: str, now_ms: int) -> Told:
    """Remember that an outage is over, if there was one. The first end stands."""
    known = update(outage).where(outage.c.id == outage_id)
    conn.execute(known.values(ended_at=func.coalesce(outage.c.ended_at, now_ms)))
    return Told()


def open_outages(conn: Connection) -> Sequence[Outage]:
    """Those that last, the oldest first."""
    query = select(outage.c.id, outage.c.sector, outage.c.text, outage.c.since)
    lasting = query.where(outage.c.ended_at.is_(None)).order_by(outage.c.since, outage.c.id)
    return [Outage(*row) for row in conn.execute(lasting)]
