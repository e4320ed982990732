"""The change sequence: one counter row that every write transaction takes first.

Taken first, sequences are in commit order on SQLite and PostgreSQL alike; a plain sequence, or
the counter taken late, let readers skip rows of transactions that committed later.
"""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, union, update

from backend.store.tables import counter, feed, mutation, receipt

# Statements are built once: making one costs more than the database takes to answer it.
_TAKE: Final = (
    update(counter)
    .values(sequence=counter.c.sequence)
    .returning(counter.c.epoch, counter.c.sequence, counter.c.hash)
)
_APPEND: Final = insert(feed)
_MOVE: Final = update(counter).values(sequence=bindparam("to"), hash=bindparam("chained"))
_HEAD: Final = select(counter.c.epoch, counter.c.sequence, counter.c.hash)


class Head(NamedTuple):
    """Where the feed stands: the server's epoch, the last sequence, the chained hash."""

    epoch: str
    sequence: int
    hash: str


def take(conn: Connection) -> Head:
    """Lock the counter row for this transaction and read it; makes it on a new database."""
    row = conn.execute(_TAKE).one_or_none()
    if row is None:
        head = Head(uuid.uuid4().hex[:12], 0, "")
        conn.execute(insert(counter).values(id=1, **head._asdict()))
        return head
    return Head(*row)


def advance(conn: Connection, head: Head, steps: Sequence[tuple[int, str]], now_ms: int) -> Head:
    """Append (sequence, mutation id) steps to the feed and move the counter; gives the new head."""
    if not steps:
        return head
    chained, rows = head.hash, []
    for sequence, made in steps:
        chained = hashlib.sha256(f"{chained}{sequence}{made}".encode()).hexdigest()
        rows.append({"sequence": sequence, "hash": chained, "mutation": made, "at": now_ms})
    conn.execute(_APPEND, rows)
    moved = Head(head.epoch, steps[-1][0], chained)
    conn.execute(_MOVE, {"to": moved.sequence, "chained": chained})
    return moved


def next_sequence(conn: Connection, cause: str, now_ms: int) -> int:
    """Take one sequence for a change that is no mutation of its own; `cause` names why."""
    head = take(conn)
    return advance(conn, head, [(head.sequence + 1, cause[:36])], now_ms).sequence


def read_head(conn: Connection) -> Head:
    """The head as a reader's snapshot sees it, without a lock."""
    row = conn.execute(_HEAD).one_or_none()
    return Head(*row) if row else Head("", 0, "")


def changed_since(conn: Connection, sequence: int) -> frozenset[str]:
    """The records that anybody changed after a sequence, or of whose work a phone was told since
    what became of it."""
    made = select(mutation.c.key).join(feed, feed.c.mutation == mutation.c.id)
    told = select(mutation.c.key).join(receipt, receipt.c.mutation == mutation.c.id)
    found = union(made.where(feed.c.sequence > sequence), told.where(receipt.c.sequence > sequence))
    return frozenset(conn.execute(found).scalars())
