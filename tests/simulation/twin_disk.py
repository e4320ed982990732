"""What the twin keeps, and its transactions: each gives the next database, whole.

Twin of `outbox.ts` (freeze), `replica.ts` (apply) and `rows.ts`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from sync.protocol import BATCH_MUTATIONS, Mutation, Outcome, SyncReply
from tests.simulation.phone import State

Cells = Mapping[str, Any]
Rows = Mapping[str, Cells]

_ATTENTION: Final = frozenset({Outcome.CONFLICT, Outcome.REJECTED, Outcome.PARKED, Outcome.HELD})


class Entry(NamedTuple):
    """A row of the outbox (`entry.ts`); `line` and `seq` are the stamp of its first send."""

    intent: Mutation
    line: tuple[str, int] = ("", 0)
    seq: int = 0
    outcome: str = ""
    reason: str = ""
    conflict: str = ""
    sequence: int = 0
    fate: str = ""
    settled: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether the server has still to give a verdict."""
        return not self.outcome


class Disk(NamedTuple):
    """Everything that is durable; `stage` is a snapshot that is still arriving."""

    device: str
    epoch: int = 1
    next_seq: int = 1
    server: str = ""
    cursor: str = ""
    sequence: int = 0
    offset: int = 0
    rows: Rows = {}  # noqa: RUF012  (never changed in place)
    stage: Rows = {}  # noqa: RUF012
    stage_cursor: str = ""
    entries: tuple[Entry, ...] = ()

    @property
    def line(self) -> tuple[str, int]:
        """The name of the present numbering."""
        return self.device, self.epoch

    @property
    def next_cursor(self) -> str:
        """Where to ask from: inside a snapshot that is still arriving, its own cursor."""
        return self.stage_cursor or self.cursor


class Out(NamedTuple):
    """The request that is out: what it said, and when it left."""

    cursor: str
    line: tuple[str, int]
    asked_at: int


def freeze(disk: Disk) -> tuple[Disk, list[Entry]]:
    """The next batch, stamped with the numbers that follow."""
    line = disk.line
    waiting = [entry for entry in disk.entries if entry.is_waiting]
    ordered = sorted(waiting, key=lambda each: each.seq if each.line == line else 2**53)
    batch, seq = [], disk.next_seq
    for entry in ordered[:BATCH_MUTATIONS]:
        ready = entry if entry.line == line else entry._replace(line=line, seq=seq)
        seq = max(seq, ready.seq + 1)
        batch.append(ready)
    return _put(disk, batch)._replace(next_seq=seq), batch


def _put(disk: Disk, changed: Iterable[Entry]) -> Disk:
    new = {entry.intent.id: entry for entry in changed}
    return disk._replace(entries=tuple(new.get(e.intent.id, e) for e in disk.entries))


def wire(entry: Entry) -> Any:
    """The mutation as it is sent."""
    return msgspec.to_builtins(msgspec.structs.replace(entry.intent, seq=entry.seq))


def wiped(disk: Disk) -> Disk:
    """A revoked link takes the rows, never the outbox (`setLink`)."""
    return disk._replace(rows={}, stage={}, stage_cursor="", cursor="", sequence=0)


def apply(disk: Disk, reply: SyncReply, out: Out, offset: int) -> Disk:
    """One reply put in place (`apply`); `out` is the request that it answers."""
    entries = {entry.intent.id: entry for entry in disk.entries}
    _take_verdicts(entries, reply)
    _take_decisions(entries, reply)
    known = {id_ for id_, *_ in reply.verdicts}
    other = disk.server not in ("", reply.changes.epoch)
    if other or (reply.changes.reset and out.cursor):
        _forget(entries, lambda entry: entry.intent.id not in known)
    numbering = disk.epoch, disk.next_seq
    if out.line == disk.line:
        numbering = _renumbered(disk, reply, entries, known)
    after = disk._replace(
        epoch=numbering[0],
        next_seq=numbering[1],
        server=reply.changes.epoch,
        offset=offset,
        entries=tuple(entries.values()),
    )
    return _rows_applied(after, reply, out.cursor)


def _take_verdicts(entries: dict[str, Entry], reply: SyncReply) -> None:
    for id_, outcome, detail in reply.verdicts:
        entry = entries.get(id_)
        if entry and entry.is_waiting:
            entries[id_] = entry._replace(
                outcome=outcome.value,
                reason=detail.reason,
                conflict=detail.conflict,
                sequence=detail.sequence,
            )
    for id_, fate, _ in reply.receipts:
        if id_ in entries:
            entries[id_] = entries[id_]._replace(fate=fate.value)


def _take_decisions(entries: dict[str, Entry], reply: SyncReply) -> None:
    for conflict in reply.conflicts:
        if conflict.closed_at:
            over = {conflict.mutation} & entries.keys()
            over |= {id_ for id_, each in entries.items() if each.conflict == conflict.id}
            entries.update({id_: entries[id_]._replace(settled=True) for id_ in over})


def _forget(entries: dict[str, Entry], which: Callable[[Entry], bool]) -> None:
    for id_, entry in entries.items():
        if entry.outcome and which(entry):
            entries[id_] = entry._replace(outcome="", reason="", conflict="", sequence=0)


def _renumbered(
    disk: Disk, reply: SyncReply, entries: dict[str, Entry], known: set[str]
) -> tuple[int, int]:
    """What a gap or a fork does to the numbering (`renumber`)."""
    if reply.refusal is None:
        return disk.epoch, disk.next_seq
    expect = reply.expect or 0

    def missing(entry: Entry) -> bool:
        stamped = entry.line == disk.line and entry.seq >= expect
        return stamped and entry.intent.id not in known

    if reply.refusal == "gap":
        _forget(entries, missing)
    waiting = [each.seq for each in entries.values() if missing(each) and each.is_waiting]
    if reply.refusal == "gap" and waiting and min(waiting) == expect:
        return disk.epoch, disk.next_seq
    return disk.epoch + 1, 1


def _rows_applied(disk: Disk, reply: SyncReply, cursor: str) -> Disk:
    """`applyRows`: deltas straight in, a snapshot staged and swapped in once it is whole."""
    if cursor != disk.next_cursor:
        return disk
    changes = reply.changes
    staging = changes.reset or bool(disk.stage_cursor)
    rows = _page({} if changes.reset else disk.stage if staging else disk.rows, reply)
    if staging and changes.more:
        return disk._replace(stage=rows, stage_cursor=changes.cursor)
    return disk._replace(
        rows=rows,
        stage={},
        stage_cursor="",
        cursor=changes.cursor,
        sequence=changes.sequence,
    )


def _page(rows: Rows, reply: SyncReply) -> dict[str, Cells]:
    after = dict(rows)
    for put in reply.changes.put:
        after[put.key] = merged({} if put.whole else after.get(put.key, {}), put.cells)
    for key in (*reply.changes.remove, *reply.changes.delete):
        after.pop(key, None)
    return after


def merged(before: Cells, cells: Cells) -> dict[str, Any]:
    """Cells over cells; null is absent."""
    return {
        path: value for path, value in (dict(before) | dict(cells)).items() if value is not None
    }


def state_of(entry: Entry) -> State:
    """The word on the screen (`entry.ts`)."""
    if entry.fate == "filed":
        return State.FILED
    if entry.is_waiting:
        return State.HERE
    if entry.fate and not entry.settled:
        return State.ATTENTION
    needs = Outcome(entry.outcome) in _ATTENTION and not entry.settled
    return State.ATTENTION if needs else State.RECEIVED
