"""Reads what one technician's phone must get after its cursor, in one snapshot."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, BindParameter, Connection, and_, bindparam, func, or_, select

from backend.store import feed
from backend.store.backup import backed_up
from backend.store.clock import DAY_MS
from backend.store.tables import cell, conflict, membership, receipt, record
from backend.store.tables import feed as feed_table
from sync.conflicts import is_of_office_alone
from sync.protocol import Changes, Conflict, Fate
from sync.pull import PAGE_RECORDS, Cursor, Step, changes, cut, must_reset, parse_cursor
from sync.scope import SCOPE_VERSION

# A snapshot need not repeat what every phone has long seen.
RECEIPT_MS: Final = 30 * DAY_MS
# Older cursors start anew: beyond it nobody promises that every tombstone is still there.
TOMBSTONE_MS: Final = 90 * DAY_MS

# Statements are built once: making one costs more than the database takes to answer it.
_AFTER: Final = bindparam("after", type_=BigInteger)
_UPTO: Final = bindparam("upto", type_=BigInteger)
_KEYS: Final[BindParameter[Any]] = bindparam("keys", expanding=True)
_OF_HIM: Final = membership.c.technician == bindparam("technician")
_HIS: Final = and_(_OF_HIM, membership.c.left_at.is_(None))
_INSTANTS: Final = select(feed_table.c.sequence, feed_table.c.at).where(
    feed_table.c.sequence.in_(bindparam("sequences", expanding=True))
)
_HASH: Final = select(feed_table.c.hash).where(feed_table.c.sequence == bindparam("sequence"))
_HELD: Final = select(membership.c.key, membership.c.entered_at).where(_HIS)
_CHANGED: Final = (
    select(record.c.key, record.c.sequence, record.c.deleted)
    .join(membership, membership.c.key == record.c.key)
    .where(_HIS, record.c.sequence > _AFTER)
)
_CELLS: Final = (
    select(cell.c.key, cell.c.path, cell.c.value)
    .join(membership, membership.c.key == cell.c.key)
    .where(_HIS, cell.c.sequence > _AFTER)
)
_LEFT: Final = select(membership.c.key, membership.c.left_at).where(
    _OF_HIM, membership.c.left_at > _AFTER
)
_DEAD: Final = select(record.c.key).where(record.c.key.in_(_KEYS), record.c.deleted.is_not(None))
_NEWEST_RECEIPT: Final = select(func.max(receipt.c.at)).scalar_subquery()
_FIRST_RECEIPT: Final = select(func.min(receipt.c.sequence)).where(
    receipt.c.at >= _NEWEST_RECEIPT - RECEIPT_MS
)
_RECEIPTS: Final = (
    select(receipt.c.mutation, receipt.c.fate, receipt.c.detail)
    .where(
        receipt.c.technician == bindparam("technician"),
        receipt.c.sequence > _AFTER,
        receipt.c.sequence <= _UPTO,
    )
    .order_by(receipt.c.sequence)
)
_IS_OPEN: Final = conflict.c.closed_at.is_(None)
_CONFLICTS: Final = (
    select(conflict.c.body)
    .join(membership, membership.c.key == conflict.c.key)
    .where(
        _HIS,
        conflict.c.sequence <= _UPTO,
        or_(
            # A phone that starts anew has none to close.
            and_(conflict.c.sequence > _AFTER, or_(_IS_OPEN, _AFTER > 0)),
            and_(membership.c.entered_at > _AFTER, membership.c.entered_at <= _UPTO, _IS_OPEN),
        ),
    )
    .distinct()
)


class Pulled(NamedTuple):
    """One page of changes, with the receipts and conflicts of the same span, and the sequence up
    to which a backup exists."""

    changes: Changes
    receipts: tuple[tuple[str, Fate, str], ...]
    conflicts: tuple[Conflict, ...]
    backed_up: int


def pull(conn: Connection, technician: str, cursor_text: str, limit: int = PAGE_RECORDS) -> Pulled:
    """The page after `cursor_text` for `technician` (a record key), of about `limit` records; ""
    asks for a snapshot.
    """
    head = feed.read_head(conn)
    cursor = parse_cursor(cursor_text)
    hash_at = _known_hash(conn, cursor, head) if cursor else None
    reset = must_reset(cursor, head.epoch, head.sequence, hash_at)
    after, since = (0, 0) if reset or cursor is None else (cursor.sequence, cursor.base)
    steps = (step for step in _steps(conn, technician, since) if step.sequence > after)
    page, more = cut(steps, limit)
    upto = page[-1].sequence if more else head.sequence
    hash_ = _hash_at(conn, upto) or ""
    inside = (since, head.sequence, head.hash) if more else ()
    here = Cursor(head.epoch, SCOPE_VERSION, upto, hash_, *inside)
    return Pulled(
        changes(page, here, more=more, reset=reset),
        _receipts(conn, technician, after if not reset else _kept_since(conn), upto),
        _conflicts(conn, technician, after, upto),
        backed_up(conn),
    )


def _known_hash(conn: Connection, cursor: Cursor, head: feed.Head) -> str | None:
    """The feed's hash at a cursor; None where there is none, beyond the tombstones, or when what
    the phone was told with the page has not happened here."""
    if cursor.head and (_hash_at(conn, cursor.head) or "")[:16] != cursor.head_hash:
        return None
    at = dict(_instants(conn, (cursor.sequence, head.sequence)))
    age = at.get(head.sequence, 0) - at.get(cursor.sequence, 0)
    if cursor.sequence and age > TOMBSTONE_MS and cursor.since != 0:
        return None
    return _hash_at(conn, cursor.sequence)


def _instants(conn: Connection, sequences: tuple[int, int]) -> Iterator[tuple[int, int]]:
    for row in conn.execute(_INSTANTS, {"sequences": sequences}):
        yield row.sequence, row.at


def _hash_at(conn: Connection, sequence: int) -> str | None:
    if sequence == 0:
        return ""
    return conn.execute(_HASH, {"sequence": sequence}).scalar_one_or_none()


def _steps(conn: Connection, technician: str, after: int) -> list[Step]:
    """Every record that changed after a sequence, and all of it that did."""
    held = _held_now(conn, technician)
    entered = {key for key, since in held.items() if since > after}
    steps = _snapshot(conn, technician, held, entered) if entered else []
    kept = {k: r for k, r in _changed(conn, technician, after).items() if k not in entered}
    newer = _cells(conn, technician, after, set(kept)) if kept else {}
    for key, row in kept.items():
        gone = "delete" if row.deleted is not None else ""
        steps.append(Step(row.sequence, key, newer.get(key, {}), gone=gone))
    return steps + _left(conn, technician, after, held)


def _snapshot(
    conn: Connection, technician: str, held: Mapping[str, int], entered: set[str]
) -> list[Step]:
    """Whole records, for those that came into the scope since the cursor."""
    cells = _cells(conn, technician, -1, entered)
    return [
        Step(max(held[key], row.sequence), key, cells.get(key, {}), whole=True)
        for key, row in _changed(conn, technician, -1).items()
        if key in entered
    ]


def _held_now(conn: Connection, technician: str) -> dict[str, int]:
    rows = conn.execute(_HELD, {"technician": technician})
    return {row.key: row.entered_at for row in rows}


def _changed(conn: Connection, technician: str, after: int) -> Mapping[str, Any]:
    rows = conn.execute(_CHANGED, {"technician": technician, "after": after})
    return {row.key: row for row in rows}


def _cells(
    conn: Connection, technician: str, after: int, keys: set[str]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in conn.execute(_CELLS, {"technician": technician, "after": after}):
        if row.key in keys and (after >= 0 or row.value != "null"):
            found.setdefault(row.key, {})[row.path] = msgspec.json.decode(row.value)
    return found


def _left(conn: Connection, technician: str, after: int, held: Mapping[str, int]) -> list[Step]:
    rows = conn.execute(_LEFT, {"technician": technician, "after": after})
    left = {row.key: row.left_at for row in rows if row.key not in held}
    deleted = set(conn.scalars(_DEAD, {"keys": [*left]})) if left else set()
    return [
        Step(sequence, key, gone="delete" if key in deleted else "remove")
        for key, sequence in left.items()
    ]


def _kept_since(conn: Connection) -> int:
    """The sequence from which a phone that starts anew may still wait for receipts."""
    return (conn.execute(_FIRST_RECEIPT).scalar_one() or 1) - 1


def _receipts(
    conn: Connection, technician: str, after: int, upto: int
) -> tuple[tuple[str, Fate, str], ...]:
    span = {"technician": technician, "after": after, "upto": upto}
    return tuple(
        (row.mutation, Fate(row.fate), row.detail) for row in conn.execute(_RECEIPTS, span)
    )


def _conflicts(conn: Connection, technician: str, after: int, upto: int) -> tuple[Conflict, ...]:
    """Those that opened or closed in the span, and the open ones of records that entered in it, as
    far as a technician is concerned."""
    span = {"technician": technician, "after": after, "upto": upto}
    bodies = conn.scalars(_CONFLICTS, span)
    found = (msgspec.json.decode(body, type=Conflict) for body in bodies)
    return tuple(each for each in found if not is_of_office_alone(each))
