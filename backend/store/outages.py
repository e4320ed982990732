"""Known outages of sectors: raised and cleared by a monitor, shown while they last."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, func, select, update

from backend.store.pokes import ANYONE
from backend.store.tables import cell, membership, outage
from backend.store.upsert import upsert
from sync.protocol import KnownOutage
from sync.sectors import SECTOR_CELLS, is_in_sector

# Built once: while something is out, every phone that syncs asks it.
_HELD_PLACES: Final = (
    select(membership.c.technician, cell.c.key, cell.c.path, cell.c.value)
    .join(cell, cell.c.key == membership.c.key)
    .where(
        membership.c.left_at.is_(None),
        membership.c.key.startswith("location/"),
        cell.c.path.in_(SECTOR_CELLS),
    )
)
_HIS_PLACES: Final = _HELD_PLACES.where(membership.c.technician == bindparam("technician"))

# By technician and location, both record keys: the cells of the place.
Places = Mapping[tuple[str, str], Mapping[str, Any]]


class Outage(NamedTuple):
    """What is out: `id` is the monitor's name for it, `since` UTC ms."""

    id: str
    sector: str
    text: str
    since: int


class Told(NamedTuple):
    """Something changed that boards, and the phones of a sector, show: they are poked."""

    poked: frozenset[str]


def raise_outage(conn: Connection, raised: Outage) -> Told:
    """Remember that a sector is out. Told again while it lasts, it keeps its beginning; told after
    it ended, it begins anew."""
    lasting = select(outage.c.since).where(outage.c.id == raised.id, outage.c.ended_at.is_(None))
    since = conn.execute(lasting).scalar()
    row: dict[str, Any] = raised._asdict() | {"ended_at": None}
    upsert(conn, outage, [row | {"since": raised.since if since is None else since}])
    return _told(conn, raised.sector)


def clear_outage(conn: Connection, outage_id: str, now_ms: int) -> Told:
    """Remember that an outage is over, if there was one. The first end stands."""
    known = update(outage).where(outage.c.id == outage_id)
    conn.execute(known.values(ended_at=func.coalesce(outage.c.ended_at, now_ms)))
    sector = conn.execute(select(outage.c.sector).where(outage.c.id == outage_id)).scalar()
    return _told(conn, sector or "")


def open_outages(conn: Connection) -> Sequence[Outage]:
    """Those that last, the oldest first."""
    query = select(outage.c.id, outage.c.sector, outage.c.text, outage.c.since)
    lasting = query.where(outage.c.ended_at.is_(None)).order_by(outage.c.since, outage.c.id)
    return [Outage(*row) for row in conn.execute(lasting)]


def outages_of(conn: Connection, technician: str) -> tuple[KnownOutage, ...]:
    """The oldest outage of each place that a technician (a record key) holds, if there is one."""
    lasting = open_outages(conn)
    if not lasting:
        return ()
    places = _places(conn, technician)
    return tuple(
        KnownOutage(key, found.since, found.text)
        for (_, key), place in sorted(places.items())
        if (found := next((one for one in lasting if is_in_sector(place, one.sector)), None))
    )


def _told(conn: Connection, sector: str) -> Told:
    held = _places(conn).items()
    return Told(frozenset({ANYONE, *(who for (who, _), at in held if is_in_sector(at, sector))}))


def _places(conn: Connection, technician: str = "") -> Places:
    """The places that a technician holds, or that anybody does."""
    query, given = (_HIS_PLACES, {"technician": technician}) if technician else (_HELD_PLACES, {})
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for who, key, path, value in conn.execute(query, given):
        found.setdefault((who, key), {})[path] = msgspec.json.decode(value)
    return found
