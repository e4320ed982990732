"""A phone in Python: the durable transactions of `pwa/src/sync`, in the same order.

Twin of `capture.ts`, `round.ts` and `view.ts`; the transactions are in `twin_disk.py`. What the
phone shows is replayed by `sync.effects`, which the golden cases hold to `effects.ts`.
"""

import json
import random

import msgspec

from backend.erp.ids import uuid7
from sync.effects import effects
from sync.protocol import PROTOCOL, Mutation, SyncReply
from sync.writes import Fault
from tests.simulation.phone import CrashedError, Draft, Request, Response, Seen, Told
from tests.simulation.twin_disk import (
    Disk,
    Entry,
    Out,
    apply,
    freeze,
    merged,
    state_of,
    wiped,
    wire,
)


class TwinPhone:
    """A phone of the fast driver; `seed` makes its ids."""

    def __init__(self, device: str, name: str, seed: str) -> None:
        self._disk = Disk(device)
        self._name = name
        self._random = random.Random(seed)
        self._now_ms = 0
        self._out: Out | None = None
        self._crash: tuple[int, bool] | None = None

    def set_clock(self, now_ms: int) -> None:
        """What the device's clock says from now on."""
        self._now_ms = now_ms

    def crash_at(self, nth: int, *, kept: bool) -> None:
        """Die at the nth durable transaction from now."""
        self._crash = nth, kept

    def start(self) -> None:
        """Open again: only what was durable is there."""
        self._out, self._crash = None, None

    def export(self) -> object:
        """The whole database."""
        return self._disk

    def import_(self, database: object) -> None:
        """Another database in place of this one; the device is the cookie's, as `adopt` sees."""
        assert isinstance(database, Disk)
        self._disk = database
        self.start()

    def tap(self, draft: Draft) -> str:
        """Keep a gesture (`capture.ts`)."""
        disk = self._disk
        intent = Mutation(
            uuid7(self._now_ms, self._random.randbytes(10)),
            0,
            draft.kind,
            draft.key,
            disk.sequence,
            self._now_ms,
            draft.args,
            disk.server if disk.cursor else "",
            disk.offset,
        )
        self._commit(disk._replace(entries=(*disk.entries, Entry(intent))))
        return intent.id

    def ask(self) -> Request | None:
        """Stamp the next batch in one transaction, then send it (`freeze`, `requestText`)."""
        if self._out is not None:
            return None
        disk = self._disk
        cursor = disk.next_cursor
        stamped, batch = freeze(disk)
        self._commit(stamped)
        self._out = Out(cursor, stamped.line, self._now_ms)
        mutations = [wire(entry) for entry in batch]
        head = {"protocol": PROTOCOL, "device": disk.device, "epoch": disk.epoch}
        body = head | {"app": "twin", "cursor": cursor, "mutations": mutations}
        return Request("POST", "/api/sync", {}, json.dumps(body).encode())

    def hear(self, response: Response | None) -> None:
        """Put one reply in place, in one transaction, or on any failure nothing."""
        out, self._out = self._out, None
        if out is None or response is None:
            return
        if response.status == 401 and b"revoked" in response.body:
            self._commit(wiped(self._disk))
        elif response.status == 200:
            reply = msgspec.json.decode(response.body, type=SyncReply)
            offset = round(reply.now - (out.asked_at + self._now_ms) / 2)
            self._commit(apply(self._disk, reply, out, offset))

    def see(self) -> Seen:
        """Pulled rows with every mutation replayed that they do not contain yet (`view.ts`)."""
        disk = self._disk
        rows = {key: dict(cells) for key, cells in disk.rows.items()}
        for entry in disk.entries:
            contained = entry.outcome and entry.sequence <= disk.sequence
            if contained or entry.intent.key not in rows:
                continue
            written = effects(entry.intent, rows[entry.intent.key], self._name)
            if not isinstance(written, Fault):
                rows[entry.intent.key] = merged(rows[entry.intent.key], written)
        told = tuple(Told(e.intent.id, state_of(e), e.reason) for e in disk.entries)
        return Seen(told, rows)

    def _commit(self, after: Disk) -> None:
        if self._crash is None:
            self._disk = after
            return
        left, kept = self._crash
        self._crash = left - 1, kept
        if left > 1 or kept:
            self._disk = after
        if left <= 1:
            raise CrashedError
