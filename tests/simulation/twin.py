"""Phones in Python: the durable transactions of `pwa/src/sync`, in the same order.

Twin of `capture.ts`, `round.ts` and `view.ts`; the transactions are in `twin_disk.py`. What the
phone shows is replayed by `sync.effects`, which the golden cases hold to `effects.ts`. A twin has
one page, no photos and no timers: it asks whenever the world lets it.
"""

import random
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from backend.erp.ids import uuid7
from sync.effects import effects
from sync.protocol import PROTOCOL, Mutation, SyncReply
from sync.writes import Fault
from tests.simulation.phone import SYNC, Accident, Means, Request, Response, Technician
from tests.simulation.twin_disk import (
    Disk,
    Entry,
    Out,
    adopted,
    apply,
    contained,
    freeze,
    merged,
    planted,
    set_aside,
    state_of,
    wiped,
    wire,
)

# The longest that a request waits for its answer (`transport.ts`).
_DEADLINE_MS: Final = 15_000


class TwinPage:
    """The page of one phone; what is durable outlives it."""

    page: Final = "first"

    def __init__(self, phone: str, technician: Technician) -> None:
        self.phone, self.technician = phone, technician
        self._disk = Disk()
        # What the small storage says of the numbering: it outlives an eviction.
        self._canary: tuple[str, int] | None = None
        self._evicted = self._open = False
        self._random = random.Random()
        self._now_ms = self._sent = 0
        self._out: Out | None = None
        self._accident: tuple[int, Accident] | None = None

    def open(self, device: str, seed: str, day: bytes = b"") -> None:
        """Start the app over what was durable (`prepare`)."""
        self._random, self._open = random.Random(seed), True
        lost = self._canary if not self._disk.device else None
        again = lost is not None and lost[0] == device
        self._evicted = lost is not None
        self._disk = adopted(self._disk, device, lost[1] + 1 if lost and again else 1)
        if day and not self._disk.pulled:
            seeded = msgspec.json.decode(day, type=SyncReply)
            self._disk = planted(self._disk, seeded, self._now_ms)

    def is_open(self) -> bool:
        """Whether the page lives."""
        return self._open

    def tap(self, draft: dict[str, Any], _photos: Sequence[bytes] = ()) -> str:
        """Keep a gesture (`capture.ts`); "" when the page did not live to say so."""
        disk = self._disk
        intent = Mutation(
            uuid7(self._now_ms, self._random.randbytes(10)),
            0,
            draft["kind"],
            draft["key"],
            disk.sequence,
            self._now_ms,
            draft["args"],
            disk.server if disk.pulled else "",
            disk.offset,
        )
        kept = self._commits(disk._replace(entries=(*disk.entries, Entry(intent))))
        return intent.id if kept else ""

    def retry(self, mutation: str) -> None:
        """The same intention again, under a new id; the refused one is set aside."""
        intent = next(e.intent for e in self._disk.entries if e.intent.id == mutation)
        if self.tap({"kind": intent.kind, "key": intent.key, "args": intent.args}):
            self.abandon(mutation)

    def abandon(self, mutation: str) -> None:
        """Set a mutation aside unless it may be on its way (`withdraw`)."""
        self._commits(set_aside(self._disk, mutation))

    def next(self) -> Request | None:
        """Stamp the next batch in one transaction, then send it (`freeze`, `requestText`)."""
        if self._out is not None:
            return None
        cursor = self._disk.next_cursor
        stamped, batch = freeze(self._disk)
        if not self._commits(stamped):
            return None
        self._sent += 1
        self._out = Out(self._sent, cursor, stamped.line, self._now_ms)
        self._canary = stamped.line
        mutations = [wire(entry) for entry in batch]
        head = {"protocol": PROTOCOL, "device": stamped.device, "epoch": stamped.epoch}
        body = head | {"app": "twin", "cursor": cursor, "mutations": mutations}
        return Request(self._sent, "POST", SYNC, {}, msgspec.json.encode(body))

    def answer(self, request: Request, response: Response) -> None:
        """Put one reply in place, in one transaction, or on any failure nothing."""
        if not self._waits_for(request):
            return
        out, self._out = self._out, None
        assert out
        if response.status == HTTPStatus.UNAUTHORIZED and b"revoked" in response.body:
            self._commits(wiped(self._disk))
        elif response.status == HTTPStatus.OK:
            reply = msgspec.json.decode(response.body, type=SyncReply)
            offset = round(reply.now - (out.asked_at + self._now_ms) / 2)
            self._commits(apply(self._disk, reply, out, offset))

    def fail(self, request: Request) -> None:
        """The connection breaks."""
        if self._waits_for(request):
            self._out = None

    def befall(self, commits: int, how: Accident) -> None:
        """Die at the `commits`-th commit from now, after it was kept or before."""
        self._accident = commits, how

    def kill(self) -> None:
        """The page dies where it stands."""
        self._open, self._out, self._accident = False, None, None

    def wake(self) -> None:
        """The person looks at the page again: a twin asks whenever it may."""

    def elapse(self, ms: int) -> None:
        """Time goes by on this phone; a request may have waited for too long."""
        self._now_ms += ms
        if ms >= _DEADLINE_MS:
            self._out = None

    def set_clock(self, now_ms: int) -> None:
        """What the device shows from now on."""
        self._now_ms = now_ms

    def see(self) -> dict[str, Any]:
        """Pulled rows with every mutation replayed that they do not contain yet (`view.ts`)."""
        disk = self._disk
        items = [
            {
                "id": entry.intent.id,
                "state": state_of(disk, entry),
                "blobs": (),
                "blobsWaiting": 0,
            }
            for entry in disk.entries
        ]
        conflicts = [{"id": each.id, "key": each.key} for each in disk.conflicts.values()]
        rows = self._replayed()
        return {"items": items, "rows": rows, "conflicts": conflicts, "evicted": self._evicted}

    def exported(self) -> Disk:
        """The whole database."""
        return self._disk

    def evict(self) -> None:
        """The browser throws the database away; the page dies."""
        self.kill()
        self._disk = Disk()

    def import_(self, copy: Disk) -> None:
        """Another database in place of this one; the page dies."""
        self.kill()
        self._disk = copy

    def _replayed(self) -> dict[str, dict[str, Any]]:
        disk = self._disk
        rows = {key: dict(cells) for key, cells in disk.rows.items()}
        for entry in disk.entries:
            if contained(disk, entry) or entry.intent.key not in rows:
                continue
            written = effects(entry.intent, rows[entry.intent.key], self.technician.name)
            if not isinstance(written, Fault):
                rows[entry.intent.key] = merged(rows[entry.intent.key], written)
        return rows

    def _waits_for(self, request: Request) -> bool:
        return self._out is not None and self._out.id == request.id

    def _commits(self, after: Disk) -> bool:
        """Whether the page is there to see that it is durable."""
        left, how = self._accident or (0, "kept")
        if left != 1:
            self._accident = (left - 1, how) if left else None
            self._disk = after
            return True
        if how == "kept":
            self._disk = after
        self.kill()
        return False


class TwinDriver:
    """Plays many phones in little time."""

    means: Final = Means(("first",), ("kept", "lost"), has_photos=False, idles=1, steps=40)

    def begin(self) -> None:
        """Another run begins: each has phones of its own."""

    def page(self, phone: str, _page: str, technician: Technician) -> TwinPage:
        """A page that is not open yet."""
        return TwinPage(phone, technician)
