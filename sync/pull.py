"""What a phone gets after its cursor: delta or fresh snapshot, cut into pages by sequence."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sync.protocol import Changes, Put
from sync.scope import SCOPE_VERSION

PAGE_RECORDS: Final = 500
# How cursors inside a snapshot ended before `since` was written: phones may hold one still.
_SNAPSHOT: Final = ".s"


class Cursor(NamedTuple):
    """Where a replica stands: the server's epoch, the scope rule, the sequence, the feed's hash.

    In the middle of a long answer `since` is the sequence from which that answer tells, 0 for a
    snapshot; None between answers. A later page tells a record from there on: what changed before
    the page's beginning too, if the record changed again after it and so came on no page yet.
    `head` and `head_hash` are then the feed's last sequence and hash when the page was made: the
    phone has verdicts up to there, and a server that was rolled back before them has lost them.
    """

    epoch: str
    scope: int
    sequence: int
    hash: str
    since: int | None = None
    head: int = 0
    head_hash: str = ""

    @property
    def base(self) -> int:
        """The sequence of which the replica holds everything."""
        return self.sequence if self.since is None else self.since


class Step(NamedTuple):
    """One record that changed for this technician, at its newest sequence in the page.

    `cells` are the changed cells (all of them when `whole`); a record that left the scope is
    `gone` as "remove", a deleted one as "delete".
    """

    sequence: int
    key: str
    cells: Mapping[str, Any] = {}
    whole: bool = False
    gone: str = ""


def format_cursor(cursor: Cursor) -> str:
    """The opaque text a phone keeps."""
    between = f"{cursor.epoch}.{cursor.scope}.{cursor.sequence}.{cursor.hash[:16]}"
    if cursor.since is None:
        return between
    return f"{between}.{cursor.since}.{cursor.head}.{cursor.head_hash[:16]}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor in an untrusted text, or None when it is not one of ours."""
    if text.endswith(_SNAPSHOT):
        text = f"{text.removesuffix(_SNAPSHOT)}.0"
    parts = text.split(".")
    if len(parts) not in (4, 5, 7):  # 5: as it was written before `head` was
        return None
    epoch, scope, sequence, hash_ = parts[:4]
    inside, head_hash = parts[4:6], "".join(parts[6:])
    if not all(each.isdecimal() and len(each) <= 18 for each in (scope, sequence, *inside)):
        return None
    since, head = [*map(int, inside), None, None][:2]
    return Cursor(epoch, int(scope), int(sequence), hash_, since, head or 0, head_hash)


def must_reset(cursor: Cursor | None, epoch: str, head: int, hash_at: str | None) -> bool:
    """Whether the phone's copy cannot be continued and a whole snapshot is due.

    `hash_at` is the feed's hash at the cursor's sequence, None when the feed has no such row: a
    cursor from the future or from another history means that the server's disk was rolled back.
    """
    if cursor is None or cursor.epoch != epoch or cursor.scope != SCOPE_VERSION:
        return True
    return cursor.sequence > head or hash_at is None or hash_at[:16] != cursor.hash


def cut(steps: Iterable[Step], limit: int = PAGE_RECORDS) -> tuple[list[Step], bool]:
    """The first `limit` steps in order of sequence, never splitting one sequence, and whether
    more remain.
    """
    ordered = sorted(steps, key=lambda step: (step.sequence, step.key))
    if len(ordered) <= limit:
        return ordered, False
    last = ordered[limit - 1].sequence
    page = [step for step in ordered if step.sequence <= last]
    return page, len(page) < len(ordered)


def changes(steps: Iterable[Step], cursor: Cursor, *, more: bool, reset: bool) -> Changes:
    """The wire form of one page that leads to `cursor`; its `sequence` is how far the phone has
    been told everything, and so the base of what it writes from here on."""
    put, remove, delete = [], [], []
    for step in steps:
        if step.gone == "remove":
            remove.append(step.key)
        elif step.gone == "delete":
            delete.append(step.key)
        else:
            put.append(Put(step.key, dict(step.cells), whole=step.whole))
    return Changes(
        cursor=format_cursor(cursor),
        sequence=cursor.base,
        epoch=cursor.epoch,
        more=more,
        reset=reset,
        put=tuple(put),
        remove=tuple(remove),
        delete=tuple(delete),
    )
