"""Finds a piece of equipment by what it is known by, and what belongs to it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from backend.store.pairs import is_pair
from backend.store.tables import binding, cell, identity, record, scope_reason
from backend.store.upsert import upsert
from sync.collections import is_job
from sync.identity import Identity, Tier, stated, tier_of
from sync.push import CellWrite

# A serial that stands on more visits is no serial ("000000"); a place has fewer in years.
VISITS: Final = 100

# Serials of one model that tell what the others look like.
ALIKE: Final = 200

Cells = dict[str, dict[str, Any]]


class Found(NamedTuple):
    """The equipment that an identity names: its record and the record's cells ("" and none when
    only visits tell of it), the visits that ever had it in a line, and those that have it now."""

    by: Identity
    equipment: str
    cells: dict[str, Any]
    reported: tuple[str, ...]
    bound: frozenset[str]


def keep_identities(conn: Connection, writes: Iterable[CellWrite]) -> None:
    """Note what cells written in this transaction say that equipment is known by.

    A record's new serial replaces its old one; what a visit reported stays.
    """
    last = {(each.key, each.path): each for each in writes if tier_of(each.key, each.path)}
    stale = {(str(tier_of(key, path)), key) for key, path in last if not is_job(key)}
    if stale:
        conn.execute(delete(identity).where(is_pair(identity.c.tier, identity.c.key, stale)))
    said = [(key, stated(key, path, each.cell.value)) for (key, path), each in last.items()]
    rows = [{"tier": one.tier.value, "value": one.value, "key": key} for key, one in said if one]
    upsert(conn, identity, rows)


def find(conn: Connection, wanted: Sequence[Identity]) -> Found | None:
    """What the first of some identities that is known names; None when none is."""
    named = _named(conn, wanted)
    by = next((each for each in wanted if named.get(each)), None)
    if by is None:
        return None
    equipment = next((key for key in named[by] if not is_job(key)), "")
    cells = cells_of(conn, [equipment]).get(equipment, {})
    serial = stated(equipment, "serial_number", cells.get("serial_number")) or by
    reported = named[by] if serial == by else _named(conn, [serial]).get(serial, ())
    visits = tuple(key for key in reported if is_job(key))
    return Found(by, equipment, cells, visits, _bound(conn, visits, serial))


def is_elsewhere(conn: Connection, found: Found, visit: str) -> bool:
    """Whether equipment is known to be at another place than a visit's: that of the visit that has
    it now, before the file's, which is older."""
    if visit in found.bound:
        return False
    jobs = cells_of(conn, {visit, *found.bound})
    here = jobs.pop(visit, {}).get("location")
    told_by = jobs.values() if found.bound else [found.cells]
    return any(each.get("location") not in (None, "", here) for each in told_by)


def serial_at(conn: Connection, wanted: Sequence[Identity], visit: str) -> str:
    """The serial on file of equipment at a visit's place, or at none; "" of any other, which is
    no business of who is there."""
    found = find(conn, wanted)
    if found is None or is_elsewhere(conn, found, visit):
        return ""
    return str(found.cells.get("serial_number") or "")


def serials_of(conn: Connection, model: str) -> tuple[str, ...]:
    """Serials of the equipment on file of a model, at most ALIKE."""
    alike = identity.c.tier == Tier.MODEL.value, identity.c.value == model.strip().upper()
    keys = conn.execute(select(identity.c.key).where(*alike).limit(ALIKE)).scalars().all()
    query = select(identity.c.value).where(identity.c.tier == Tier.SERIAL.value)
    return tuple(conn.execute(query.where(identity.c.key.in_(keys))).scalars()) if keys else ()


def cells_of(conn: Connection, keys: Iterable[str]) -> Cells:
    """The cells of some records that are not deleted, by key; `name` is ERPNext's."""
    wanted = sorted({key for key in keys if key})
    query = (
        select(cell.c.key, cell.c.path, cell.c.value)
        .join(record, record.c.key == cell.c.key)
        .where(cell.c.key.in_(wanted), record.c.deleted.is_(None))
    )
    found: Cells = {}
    for row in conn.execute(query) if wanted else ():
        found.setdefault(row.key, {})[row.path] = msgspec.json.decode(row.value)
    return found


def held_among(conn: Connection, technician: str, keys: Iterable[str]) -> frozenset[str]:
    """Which of some records a technician holds now."""
    held = select(scope_reason.c.key).where(
        scope_reason.c.technician == technician, scope_reason.c.key.in_(sorted(keys))
    )
    return frozenset(conn.execute(held).scalars())


def visits_held_at(conn: Connection, technician: str, place: str) -> frozenset[str]:
    """A technician's visits now of one location."""
    held = select(scope_reason.c.job).where(
        scope_reason.c.technician == technician, scope_reason.c.key == place
    )
    return frozenset(conn.execute(held).scalars())


def visits_at(conn: Connection, place: str) -> frozenset[str]:
    """The visits of one location, open and past, at most VISITS."""
    return frozenset(_at(conn, place, "job"))


def equipment_at(conn: Connection, place: str) -> tuple[str, ...]:
    """The equipment that is on file at one location, at most VISITS pieces."""
    return _at(conn, place, "equipment") if place else ()


def _at(conn: Connection, place: str, collection: str) -> tuple[str, ...]:
    # Written out, not bound: a partial index only serves a condition that SQLite can read.
    path: BindParameter[str] = bindparam("place", "location", literal_execute=True)
    query = select(cell.c.key).where(
        cell.c.path == path,
        cell.c.value == msgspec.json.encode(place).decode(),
        cell.c.key.startswith(f"{collection}/", autoescape=True),
    )
    return tuple(conn.execute(query.order_by(cell.c.key.desc()).limit(VISITS)).scalars())


def _named(conn: Connection, wanted: Sequence[Identity]) -> dict[Identity, tuple[str, ...]]:
    """The records of each identity that has any, in order of their keys."""
    pairs = {(each.tier.value, each.value) for each in wanted}
    query = (
        select(identity.c.tier, identity.c.value, identity.c.key)
        .join(record, record.c.key == identity.c.key)
        .where(is_pair(identity.c.tier, identity.c.value, pairs))
        .where(record.c.deleted.is_(None))
        .order_by(identity.c.key)
    )
    found: dict[Identity, tuple[str, ...]] = {}
    for row in conn.execute(query.limit(len(wanted) * VISITS)):
        known = Identity(Tier(row.tier), row.value)
        found[known] = (*found.get(known, ()), row.key)
    return found


def _bound(conn: Connection, visits: Sequence[str], serial: Identity) -> frozenset[str]:
    """Which of the visits have the serial now; a binding has it as it was reported."""
    lines = select(cell.c.key, cell.c.path, cell.c.value).where(
        cell.c.key.in_(visits), cell.c.path.startswith("equipment/", autoescape=True)
    )
    said = [(row, msgspec.json.decode(row.value)) for row in conn.execute(lines)] if visits else []
    spelt = {str(v["serial"]).upper() for row, v in said if stated(row.key, row.path, v) == serial}
    if not spelt:
        return frozenset()
    now = select(binding.c.key).where(binding.c.serial.in_(sorted(spelt)))
    return frozenset(conn.execute(now).scalars()) & frozenset(visits)
