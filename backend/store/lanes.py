"""The outbox towards ERPNext: one lane a document, picked at constant cost.

A row of `outbox` is closed by its fate and removed by nobody; a row of `lane` exists while its
document still has something to hear.
"""

import uuid
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from backend.store import attachments, feed
from backend.store.backlog import read_until
from backend.store.outbox import (
    Claimed,
    Entry,
    bills_in_dispute,
    load,
    lost_conflicts,
    settled,
)
from backend.store.parking import park_forbidden, tell_parked
from backend.store.receipts import Recorded, write_receipts
from backend.store.tables import lane, outbox
from backend.store.upsert import upsert
from sync.lane import Lane, LaneState, fresh_lane
from sync.protocol import Fate
from sync.push import Intent

# What a worker that died holds up its lanes; one that lives renews each claim in time. Machines'
# clocks must agree far better than this.
LEASE_MS: Final = 45_000


# Statements are built once: making one costs more than the database takes to answer it.
_ENQUEUE: Final = insert(outbox)
_STIR: Final = (
    update(lane)
    .where(lane.c.key.in_(bindparam("keys", expanding=True)), lane.c.state == LaneState.LAST.value)
    .values(state=LaneState.DUE.value, due_at=bindparam("now_ms"))
)
_OLDEST: Final = (
    select(lane.c.key, lane.c.state, lane.c.tries, lane.c.error)
    .where(lane.c.state == bindparam("state"), lane.c.due_at <= bindparam("until"))
    .order_by(lane.c.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_OLDEST_UNDISPUTED: Final = _OLDEST.where(~bills_in_dispute(lane.c.key))
_IN_FLIGHT: Final = select(lane.c.key).where(lane.c.state == LaneState.CLAIMED.value).limit(1)
_UPDATE: Final = update(lane).where(lane.c.key == bindparam("key_"))
_MOVE: Final = _UPDATE.values(
    {name: bindparam(name) for name in ("state", "due_at", "tries", "error")}
)
_CLAIM: Final = _UPDATE.values({name: bindparam(name) for name in ("state", "due_at", "claim")})
_LEFT: Final = select(func.min(outbox.c.created_at), func.min(outbox.c.drains_last)).where(
    outbox.c.lane == bindparam("key"), outbox.c.fate.is_(None)
)


class LeaseLost(Exception):
    """Another worker has claimed the lane since: only what that one records counts."""


class Parked(NamedTuple):
    """A lane that a human must look at: why, since when (UTC ms), and how much waits in it."""

    key: str
    error: str
    since: int
    mutations: int


def enqueue(conn: Connection, intents: Sequence[Intent], now_ms: int) -> None:
    """Remember what ERPNext must hear; a lane that already waits keeps its place and its tries.

    On a parked lane, or in a parked doctype, nothing moves until a human looks, and whoever adds
    to it is told so.
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
    conn.execute(_ENQUEUE, rows)
    lanes = [
        {"key": key, "oldest_at": now_ms, **_values(fresh_lane(now_ms))}
        for key in sorted({each.lane for each in intents})
    ]
    upsert(conn, lane, lanes, keep="state due_at tries oldest_at error")
    _stir(conn, [row["key"] for row in lanes], now_ms)
    keys = {str(row["key"]) for row in lanes}
    park_forbidden(conn, keys, now_ms)
    tell_parked(conn, {each.mutation for each in intents}, keys, now_ms)


def claim(conn: Connection, now_ms: int) -> Claimed | None:
    """Claim the lane that has been due for longest, for LEASE_MS; None when none is due."""
    return next(iter(claim_many(conn, now_ms, 1)), None)


def claim_many(conn: Connection, now_ms: int, most: int, least: int = 1) -> tuple[Claimed, ...]:
    """Claim the lanes that have been due for longest, for LEASE_MS: up to `most` together when at
    least `least` are, otherwise one.

    A claim whose lease has run out (its worker died) is claimed again. A record that has no
    document yet, and is not to make it, waits until the inbound worker brings its name. What drains
    last is claimed when nothing else is due or in flight, and everything that the office did until
    then was read.
    """
    while rows := _pick(conn, now_ms, most):
        chosen = rows if len(rows) >= least else rows[:1]
        claimed = [_claimed(conn, row, now_ms) for row in chosen]
        if found := tuple(each for each in claimed if each is not None):
            return found
    return ()


def renew(conn: Connection, claimed: Sequence[Claimed], now_ms: int) -> None:
    """Keep claims for another LEASE_MS. Raises LeaseLost when none of them is held any more."""
    held = or_(*(_under(each) for each in claimed))
    if not conn.execute(update(lane).where(held).values(due_at=now_ms + LEASE_MS)).rowcount:
        raise LeaseLost(claimed[0].key)


def check_held(conn: Connection, claimed: Claimed) -> None:
    """Raise LeaseLost unless the lane is still under this claim; to be asked in the transaction
    that records what came of it."""
    if not is_held(conn, claimed):
        raise LeaseLost(claimed.key)


def is_held(conn: Connection, claimed: Claimed) -> bool:
    """Whether a lane is still under this claim."""
    return conn.execute(select(lane.c.key).where(_under(claimed))).first() is not None


def record_success(
    conn: Connection, key: str, entries: Sequence[Entry], now_ms: int, *, files_follow: bool = False
) -> Recorded:
    """Close delivered entries, tell the phones, and let the lane go on or end.

    An entry whose value lost an open conflict is `conflict`, with the conflict's id; the others
    are `filed`, and with a `resolve` the mutation that it decided about: its detail is the choice.
    When `files_follow`, a photo's phone hears of `filed` only once its file is there too.
    """
    feed.take(conn)
    lost = lost_conflicts(conn, key, entries)
    fates = [(each, Fate.CONFLICT if each.id in lost else Fate.FILED) for each in entries]
    told = {each.mutation: (each, fate, lost.get(each.id, "")) for each, fate in fates}
    told |= {each[0].mutation: each for each in settled(conn, entries)}
    _close(conn, list(told.values()))
    _go_on(conn, key, now_ms)
    filed = {mutation for mutation, (_, fate, _) in told.items() if fate is Fate.FILED}
    late = attachments.awaited(conn, filed) if files_follow and filed else frozenset()
    return write_receipts(conn, [told[each] for each in told if each not in late], now_ms)


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


def wake(conn: Connection, keys: Sequence[str], now_ms: int) -> None:
    """Let lanes that waited for their document go."""
    waiting = lane.c.key.in_(keys), lane.c.state == LaneState.WAITING.value
    conn.execute(update(lane).where(*waiting).values(state=LaneState.DUE.value, due_at=now_ms))


def release(conn: Connection, now_ms: int) -> None:
    """Let every claim go: for a process that starts and knows that no other one works."""
    claimed = lane.c.state == LaneState.CLAIMED.value
    conn.execute(update(lane).where(claimed).values(state=LaneState.DUE.value, due_at=now_ms))


def unpark(conn: Connection, key: str, now_ms: int) -> bool:
    """A human says: try again, its photos too. Whether the lane was parked."""
    attachments.unpark(conn, key, "", now_ms)
    parked = lane.c.key == key, lane.c.state == LaneState.PARKED.value
    again = _values(fresh_lane(now_ms))
    return conn.execute(update(lane).where(*parked).values(again)).rowcount == 1


def replay(conn: Connection, key: str, error: str, now_ms: int) -> tuple[str, ...]:
    """Try again the parked lane `key`, or all that are parked for one reason ("": any), and so
    for photos; gives the lanes that go."""
    chosen = tuple(
        each.key for each in parked(conn) if key in ("", each.key) and error in ("", each.error)
    )
    for each in chosen:
        unpark(conn, each, now_ms)
    photos = attachments.unpark(conn, key, error, now_ms)
    return tuple(dict.fromkeys((*chosen, *photos)))


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


def _pick(conn: Connection, now_ms: int, most: int) -> Sequence[Row[str, str, int, str]]:
    """By the index (state, due_at), one state after the other: no sort over what waits."""
    for state in (LaneState.DUE, LaneState.CLAIMED):
        due = {"state": state.value, "until": now_ms, "most": most}
        if rows := conn.execute(_OLDEST, due).all():
            return rows
    if conn.execute(_IN_FLIGHT).first() is not None:
        return ()
    last = {"state": LaneState.LAST.value, "until": read_until(conn), "most": most}
    return conn.execute(_OLDEST_UNDISPUTED, last).all()


def _claimed(conn: Connection, row: Row[str, str, int, str], now_ms: int) -> Claimed | None:
    """The claim, or None for a lane that must wait all the same."""
    claimed = load(conn, row.key, Lane(LaneState.CLAIMED, now_ms, row.tries, row.error))
    if claimed.upstream_name is None and not claimed.makes_document:
        _move(conn, row.key, Lane(LaneState.WAITING, now_ms))
        return None
    if row.state != LaneState.LAST and all(each.last for each in claimed.entries):
        _move(conn, row.key, Lane(LaneState.LAST, now_ms, row.tries, row.error))
        return None
    own = uuid.uuid4().hex
    held = {"state": LaneState.CLAIMED.value, "due_at": now_ms + LEASE_MS, "claim": own}
    conn.execute(_CLAIM, held | {"key_": claimed.key})
    return claimed._replace(claim=own)


def _close(conn: Connection, told: Sequence[tuple[Entry, Fate, str]]) -> None:
    """The last word on each entry, also on one that lost a conflict which is over now."""
    rows = [{"id_": each.id, "fate": fate.value, "detail": detail} for each, fate, detail in told]
    if rows:
        closed = update(outbox).where(outbox.c.id == bindparam("id_"))
        conn.execute(closed.values(fate=bindparam("fate"), detail=bindparam("detail")), rows)


def _under(claimed: Claimed) -> ColumnElement[bool]:
    state = LaneState.CLAIMED.value
    return and_(lane.c.key == claimed.key, lane.c.claim == claimed.claim, lane.c.state == state)


def _move(conn: Connection, key: str, to: Lane) -> None:
    conn.execute(_MOVE, _values(to) | {"key_": key})


def _values(to: Lane) -> dict[str, Any]:
    return {"state": to.state.value, "due_at": to.due_at, "tries": to.tries, "error": to.error}


def _go_on(conn: Connection, key: str, now_ms: int) -> None:
    oldest, last = conn.execute(_LEFT, {"key": key}).one()
    if oldest is None:
        conn.execute(delete(lane).where(lane.c.key == key))
        return
    fresh = Lane(LaneState.LAST, now_ms) if last else fresh_lane(now_ms)
    again = _values(fresh) | {"oldest_at": oldest}
    conn.execute(update(lane).where(lane.c.key == key).values(again))


def _stir(conn: Connection, keys: Sequence[str], now_ms: int) -> None:
    """New work does not wait for what drains last of its own lane."""
    conn.execute(_STIR, {"keys": keys, "now_ms": now_ms})
