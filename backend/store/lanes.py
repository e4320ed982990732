"""The outbox towards ERPNext: one lane a document, picked at constant cost.

A row of `outbox` is closed by its fate and removed by nobody; a row of `lane` exists while its
document still has something to hear.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, or_, select, update

from backend.store import feed
from backend.store.tables import change, conflict, lane, mutation, outbox, receipt, record, shadow
from backend.store.upsert import upsert
from sync.lane import Lane, LaneState, fresh_lane
from sync.protocol import Fate, Outcome, VerdictDetail
from sync.push import Intent
from sync.state import ActorKind

# Longer than any delivery: five rounds of four calls of at most 30 s.
LEASE_MS: Final = 15 * 60_000


class Entry(NamedTuple):
    """One mutation that ERPNext must hear; `technician` is "" when nobody's phone waits for it,
    `conflict` the conflict that its verdict told of, if any. `office`: a dispatcher made it."""

    id: int
    mutation: str
    paths: tuple[str, ...]
    kind: str
    device: str
    made_at: int
    payload: bytes
    technician: str
    conflict: str
    office: bool = False


class Claimed(NamedTuple):
    """A lane as claimed. `cells` are the record's values without what is still held back,
    `names` the upstream names of the records they refer to, by key; `modified` is the version of
    its document that they already take account of."""

    key: str
    lane: Lane
    upstream_name: str | None
    modified: str
    entries: tuple[Entry, ...]
    cells: dict[str, Any]
    poked: frozenset[str] = frozenset()
    names: Mapping[str, str] = {}


class Parked(NamedTuple):
    """A lane that a human must look at: why, since when (UTC ms), and how much waits in it."""

    key: str
    error: str
    since: int
    mutations: int


class Recorded(NamedTuple):
    """What a recorded answer means for phones: the technicians to poke."""

    poked: frozenset[str]


def enqueue(conn: Connection, intents: Sequence[Intent], now_ms: int) -> None:
    """Remember what ERPNext must hear; a lane that already waits keeps its place and its tries.

    On a parked lane nothing moves until a human looks, and whoever adds to it is told so.
    """
    rows = [
        {
            "lane": each.lane,
            "mutation": each.mutation,
            "paths": msgspec.json.encode(each.paths).decode(),
            "created_at": now_ms,
        }
        for each in intents
    ]
    if not rows:
        return
    conn.execute(insert(outbox), rows)
    lanes = [
        {"key": key, "oldest_at": now_ms, **_values(fresh_lane(now_ms))}
        for key in sorted({each.lane for each in intents})
    ]
    upsert(conn, lane, lanes, keep="state due_at tries oldest_at error")
    _tell_parked(conn, {each.mutation for each in intents}, {row["key"] for row in lanes}, now_ms)


def claim(conn: Connection, now_ms: int) -> Claimed | None:
    """Claim the lane that has been due for longest, for LEASE_MS; None when none is due.

    A claim whose lease has run out (its worker died) is claimed again. A record that has no
    document yet waits until the inbound worker brings its name.
    """
    while (row := _pick(conn, now_ms)) is not None:
        claimed = load(conn, row.key, Lane(LaneState.CLAIMED, now_ms, row.tries, row.error))
        if claimed.upstream_name is None:
            _move(conn, row.key, Lane(LaneState.WAITING, now_ms))
            continue
        _move(conn, row.key, Lane(LaneState.CLAIMED, now_ms + LEASE_MS, row.tries, row.error))
        return claimed
    return None


def load(conn: Connection, key: str, present: Lane, poked: frozenset[str] = frozenset()) -> Claimed:
    """What a lane has to deliver, read in one transaction; `poked` are the technicians whose
    records that transaction changed before."""
    name = conn.execute(select(record.c.upstream_name).where(record.c.key == key)).scalar()
    seen = conn.execute(select(shadow.c.modified).where(shadow.c.key == key)).scalar() or ""
    cells = _unheld_cells(conn, key)
    names = _names(conn, cells)
    return Claimed(key, present, name, seen, _entries(conn, key), cells, poked, names)


def record_success(conn: Connection, key: str, entries: Sequence[Entry], now_ms: int) -> Recorded:
    """Close delivered entries, tell the phones, and let the lane go on or end.

    An entry whose value lost an open conflict is `conflict`, with the conflict's id; the others
    are `filed`.
    """
    feed.take(conn)
    lost = _lost(conn, key, entries)
    fates = [(each, Fate.CONFLICT if each.id in lost else Fate.FILED) for each in entries]
    rows = [
        {"id_": each.id, "fate": fate.value, "detail": lost.get(each.id, "")}
        for each, fate in fates
    ]
    if rows:
        closed = update(outbox).where(outbox.c.id == bindparam("id_"))
        conn.execute(closed.values(fate=bindparam("fate"), detail=bindparam("detail")), rows)
    _go_on(conn, key, now_ms)
    told = [(each, fate, lost.get(each.id, "")) for each, fate in fates]
    return write_receipts(conn, told, now_ms)


def record_failure(
    conn: Connection, key: str, after: Lane, entries: Sequence[Entry], now_ms: int
) -> Recorded:
    """Store a lane's next try, or park it: then the phones hear `refused` with the reason, and
    the entries stay open for a human."""
    _move(conn, key, after)
    if after.state is not LaneState.PARKED:
        return Recorded(frozenset())
    told = [(each, Fate.REFUSED, after.error) for each in entries]
    return write_receipts(conn, told, now_ms)


def write_receipts(
    conn: Connection, told: Sequence[tuple[Entry, Fate, str]], now_ms: int
) -> Recorded:
    """Put news of (entry, fate, detail) under the phones' cursor, all at one sequence."""
    mine = [each for each in told if each[0].technician]
    if not mine:
        return Recorded(frozenset())
    sequence = feed.next_sequence(conn, f"receipt {mine[0][0].mutation}", now_ms)
    rows = [
        {
            "sequence": sequence,
            "mutation": entry.mutation,
            "technician": entry.technician,
            "fate": fate.value,
            "detail": detail,
            "at": now_ms,
        }
        for entry, fate, detail in mine
    ]
    conn.execute(insert(receipt), rows)
    return Recorded(frozenset(entry.technician for entry, _, _ in mine))


def wake(conn: Connection, keys: Sequence[str], now_ms: int) -> None:
    """Let lanes that waited for their document go."""
    waiting = lane.c.key.in_(keys), lane.c.state == LaneState.WAITING.value
    conn.execute(update(lane).where(*waiting).values(state=LaneState.DUE.value, due_at=now_ms))


def release(conn: Connection, now_ms: int) -> None:
    """Let every claim go: for a process that starts and knows that no other one works."""
    claimed = lane.c.state == LaneState.CLAIMED.value
    conn.execute(update(lane).where(claimed).values(state=LaneState.DUE.value, due_at=now_ms))


def unpark(conn: Connection, key: str, now_ms: int) -> bool:
    """A human says: try again. Whether the lane was parked."""
    parked = lane.c.key == key, lane.c.state == LaneState.PARKED.value
    again = _values(fresh_lane(now_ms))
    return conn.execute(update(lane).where(*parked).values(again)).rowcount == 1


def parked(conn: Connection) -> tuple[Parked, ...]:
    """The lanes that wait for a human, the oldest first."""
    waiting = select(func.count()).where(outbox.c.lane == lane.c.key, outbox.c.fate.is_(None))
    query = (
        select(lane.c.key, lane.c.error, lane.c.oldest_at, waiting.scalar_subquery())
        .where(lane.c.state == LaneState.PARKED.value)
        .order_by(lane.c.oldest_at, lane.c.key)
    )
    return tuple(Parked(*row) for row in conn.execute(query))


def next_due(conn: Connection) -> int | None:
    """When the next lane is due (UTC ms), None when none is."""
    due = select(func.min(lane.c.due_at)).where(lane.c.state == LaneState.DUE.value)
    return conn.execute(due).scalar()


def _tell_parked(conn: Connection, mutations: set[str], keys: set[str], now_ms: int) -> None:
    stuck = lane.c.key.in_(keys), lane.c.state == LaneState.PARKED.value
    for row in conn.execute(select(lane.c.key, lane.c.error).where(*stuck)).all():
        added = [each for each in _entries(conn, row.key) if each.mutation in mutations]
        write_receipts(conn, [(each, Fate.REFUSED, row.error) for each in added], now_ms)


def _pick(conn: Connection, now_ms: int) -> Row[str, int, str] | None:
    """By the index (state, due_at), one state after the other: no sort over what waits."""
    for state in (LaneState.DUE, LaneState.CLAIMED):
        query = (
            select(lane.c.key, lane.c.tries, lane.c.error)
            .where(lane.c.state == state.value, lane.c.due_at <= now_ms)
            .order_by(lane.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if (row := conn.execute(query).first()) is not None:
            return row
    return None


def _move(conn: Connection, key: str, to: Lane) -> None:
    conn.execute(update(lane).where(lane.c.key == key).values(_values(to)))


def _values(to: Lane) -> dict[str, Any]:
    return {"state": to.state.value, "due_at": to.due_at, "tries": to.tries, "error": to.error}


def _go_on(conn: Connection, key: str, now_ms: int) -> None:
    open_rows = outbox.c.lane == key, outbox.c.fate.is_(None)
    oldest = conn.execute(select(func.min(outbox.c.created_at)).where(*open_rows)).scalar()
    if oldest is None:
        conn.execute(delete(lane).where(lane.c.key == key))
        return
    again = _values(fresh_lane(now_ms)) | {"oldest_at": oldest}
    conn.execute(update(lane).where(lane.c.key == key).values(again))


def _entries(conn: Connection, key: str) -> tuple[Entry, ...]:
    query = (
        select(
            outbox.c.id,
            outbox.c.paths,
            mutation.c.id.label("mutation"),
            mutation.c.kind,
            mutation.c.device,
            mutation.c.made_at,
            mutation.c.payload,
            mutation.c.actor_kind,
            mutation.c.actor,
            mutation.c.detail,
        )
        .join(mutation, mutation.c.id == outbox.c.mutation)
        .where(outbox.c.lane == key, outbox.c.fate.is_(None))
        .order_by(outbox.c.id)
    )
    return tuple(
        Entry(
            row.id,
            row.mutation,
            tuple(msgspec.json.decode(row.paths)),
            row.kind,
            row.device,
            row.made_at,
            row.payload,
            row.actor if row.actor_kind == ActorKind.TECHNICIAN else "",
            msgspec.json.decode(row.detail, type=VerdictDetail).conflict,
            row.actor_kind == ActorKind.OFFICE,
        )
        for row in conn.execute(query)
    )


def _names(conn: Connection, cells: Mapping[str, Any]) -> dict[str, str]:
    """The upstream names of the records that cells refer to."""
    keys = {value for value in cells.values() if isinstance(value, str) and "/" in value}
    query = select(record.c.key, record.c.upstream_name).where(
        record.c.key.in_(keys), record.c.upstream_name.is_not(None)
    )
    return {row.key: row.upstream_name for row in conn.execute(query)} if keys else {}


def _unheld_cells(conn: Connection, key: str) -> dict[str, Any]:
    """The latest value of every cell that was not written by a mutation still held back.

    The cell itself may already show a completion that waits for its evidence; an earlier step of
    the same visit must not carry it into ERPNext, where it bills.
    """
    released = exists().where(outbox.c.mutation == change.c.mutation)
    query = (
        select(change.c.path, change.c.value)
        .join(mutation, mutation.c.id == change.c.mutation)
        .where(change.c.key == key, or_(mutation.c.outcome != Outcome.HELD.value, released))
        .order_by(change.c.path, change.c.sequence)
    )
    return {row.path: msgspec.json.decode(row.value) for row in conn.execute(query)}


def _lost(conn: Connection, key: str, entries: Sequence[Entry]) -> dict[int, str]:
    """Outbox id -> open conflict: the one that the entry's verdict told of, or one over a cell
    that it was the last to write."""
    query = select(conflict.c.id, conflict.c.path).where(
        conflict.c.key == key, conflict.c.closed_at.is_(None), conflict.c.soft == 0
    )
    paths = {row.id: row.path for row in conn.execute(query)}
    last = {path: each.id for each in entries for path in each.paths}
    told = {each.id: each.conflict for each in entries if each.conflict in paths}
    return {last[path]: known for known, path in paths.items() if path in last} | told
