"""What the twin keeps, and its transactions: each gives the next database, whole.

Twin of `outbox.ts` (freeze), `replica.ts` (apply) and `rows.ts`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from sync.protocol import BATCH_MUTATIONS, Conflict, Mutation, SyncReply

Cells = Mapping[str, Any]
Rows = Mapping[str, Cells]

_BY_FATE: Final = {"filed": "done", "refused": "rejected"}
_TAKEN: Final = ("applied", "merged", "noop", "superseded")


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
    abandoned: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether the server has still to give a verdict."""
        return not self.outcome and not self.abandoned


class Disk(NamedTuple):
    """Everything that is durable; `stage` is a snapshot that is still arriving."""

    device: str = ""
    epoch: int = 1
    next_seq: int = 1
    server: str = ""
    # Whether there are rows at all: a day that came with the page may have left no cursor.
    pulled: bool = False
    cursor: str = ""
    sequence: int = 0
    offset: int = 0
    rows: Rows = {}  # noqa: RUF012  (never changed in place)
    stage: Rows = {}  # noqa: RUF012
    stage_cursor: str = ""
    conflicts: Mapping[str, Conflict] = {}
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

    id: int
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


def adopted(disk: Disk, device: str, epoch: int) -> Disk:
    """The identity of this phone; another device begins a new numbering (`adopt`)."""
    if disk.device == device:
        return disk
    return disk._replace(device=device, epoch=epoch, next_seq=1)


def planted(disk: Disk, seed: SyncReply, now_ms: int) -> Disk:
    """The snapshot that came with the page; one that holds work still asks anew (`plant`)."""
    cursor = "" if disk.entries else seed.changes.cursor
    changes = msgspec.structs.replace(seed.changes, cursor=cursor, reset=True, more=False)
    out, bare = Out(0, "", ("", 0), now_ms), disk._replace(stage={}, stage_cursor="")
    return apply(bare, msgspec.structs.replace(seed, changes=changes), out, seed.now - now_ms)


def set_aside(disk: Disk, mutation: str) -> Disk:
    """Withdraw what never left the phone, or what was refused; what is on its way stays."""
    entry = next(each for each in disk.entries if each.intent.id == mutation)
    sent = entry.seq and not entry.outcome
    return disk if sent else _put(disk, [entry._replace(abandoned=True)])


def wiped(disk: Disk) -> Disk:
    """A revoked link takes the rows, never the outbox (`setLink`)."""
    bare = disk._replace(rows={}, stage={}, conflicts={})
    return bare._replace(pulled=False, stage_cursor="", cursor="", sequence=0)


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
        about = {conflict.mutation} & entries.keys()
        about |= {id_ for id_, each in entries.items() if each.conflict == conflict.id}
        settled = bool(conflict.closed_at)
        entries.update({id_: entries[id_]._replace(settled=settled) for id_ in about})


def _forget(entries: dict[str, Entry], which: Callable[[Entry], bool]) -> None:
    for id_, entry in entries.items():
        if entry.outcome and not entry.abandoned and which(entry):
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
    conflicts = _conflicts({} if changes.reset else disk.conflicts, reply)
    if staging and changes.more:
        return disk._replace(stage=rows, stage_cursor=changes.cursor, conflicts=conflicts)
    return disk._replace(
        rows=rows,
        conflicts=conflicts,
        stage={},
        stage_cursor="",
        pulled=True,
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


def _conflicts(before: Mapping[str, Conflict], reply: SyncReply) -> dict[str, Conflict]:
    """One is over once it comes back closed, or its record leaves (`takeConflicts`)."""
    gone = {*reply.changes.remove, *reply.changes.delete}
    after = {id_: each for id_, each in before.items() if each.key not in gone}
    for each in reply.conflicts:
        after.pop(each.id, None)
        if not each.closed_at:
            after[each.id] = each
    return after


def merged(before: Cells, cells: Cells) -> dict[str, Any]:
    """Cells over cells; null is absent."""
    return {
        path: value for path, value in (dict(before) | dict(cells)).items() if value is not None
    }


def contained(disk: Disk, entry: Entry) -> bool:
    """Whether the pulled rows hold its effect or never will (`isContained`)."""
    return entry.abandoned or (bool(entry.outcome) and entry.sequence <= disk.sequence)


def state_of(disk: Disk, entry: Entry) -> str:
    """The word on the screen (`entry.ts`, `view.ts`), without the states that hang on time."""
    if entry.abandoned or (entry.outcome == "noop" and entry.reason == "void"):
        return "abandoned"
    if entry.outcome == "held" and _is_disputed(disk, entry):
        return "conflict"
    if entry.fate and not (entry.settled and entry.fate == "conflict"):
        return _BY_FATE.get(entry.fate, entry.fate)
    if not entry.outcome:
        return "local"
    return "received" if entry.settled or entry.outcome in _TAKEN else entry.outcome


def _is_disputed(disk: Disk, entry: Entry) -> bool:
    of_it = [each for each in disk.conflicts.values() if each.mutation == entry.intent.id]
    return any(not each.soft for each in of_it)
