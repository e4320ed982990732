"""Reads the photos that technicians left to be read: a waiting `scan` gets its answer."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec

from backend.errors import AppError, Busy, Refused, Unavailable
from backend.log import log
from backend.store.blobs.place import BlobName
from backend.store.blobs.store import BlobStore
from backend.store.clock import DAY_MS, Clock
from backend.store.connection import Connection
from backend.store.equipment import find, is_elsewhere, serial_at, serials_of
from backend.store.scans import Filed, ScanToRead, file_reading, scans_to_read
from backend.store.store import Store
from backend.vision.adviser import Adviser
from backend.vision.asked import QUESTIONS, found
from backend.vision.claims import UNSEEN
from backend.vision.decode import DecodingFailed
from backend.vision.reading import (
    FILE,
    GEMINI,
    MODEL,
    SERVER,
    UNREADABLE,
    Label,
    LabelReader,
    confirmed_by_file,
    with_candidates,
)
from backend.waking import Waking
from sync.blobs import UNFINISHED_MS
from sync.effects import effects
from sync.facts import Fact, classify
from sync.identity import wanted
from sync.protocol import Kind, Mutation, Outcome
from sync.shapes import Patterns, is_usual
from sync.state import Actor, ActorKind
from sync.writes import Fault

TRIES: Final = 3
SWEEP_S: Final = 600.0
# A photo may still be on its way into the bucket, from another machine.
AGAIN_S: Final = 30.0
# A photo mostly comes within what an upload may take, and a day; only the sweep looks further.
RECENT_MS: Final = UNFINISHED_MS + DAY_MS
# People at the door go first; photos that are away come back. The next look finds the scan again.
LATER: Final = (Busy, Unavailable, Refused)


class ScanWorker:
    """One loop: reads what waits, then sleeps until `wake` or the next sweep.

    `wake` it when a photo has become whole and when a `scan` was accepted: either may come last.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        reader: LabelReader,
        clock: Callable[[], Clock],
        adviser: Adviser | None = None,
        patterns: Patterns | None = None,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._reader = reader
        self._clock = clock
        self._adviser = adviser
        self._patterns = patterns or {}
        self._unread: dict[str, Label] = {}
        self._waking = Waking()
        self.wake = self._waking.wake

    async def run(self) -> None:
        """Serve until cancelled. Begins with everything: a restart has forgotten who called."""
        since_ms = 0
        while True:
            self._waking.begin()
            read = await self._read(since_ms)
            since_ms = await self._sleep(SWEEP_S if all(read) else AGAIN_S)

    async def read_waiting(self, since_ms: int = 0) -> int:
        """Read the photos of the scans received since `since_ms` that wait; gives how many."""
        return sum(await self._read(since_ms))

    async def _read(self, since_ms: int) -> list[bool]:
        """Whether each scan that waits was read, or put off."""
        scans = await self._store.read(lambda conn: scans_to_read(conn, since_ms))
        return [await self._answer(scan) for scan in scans if self._may_answer(scan)]

    def _may_answer(self, scan: ScanToRead) -> bool:
        """What only a model can tell waits, without being looked at, until there is one."""
        return scan.what not in QUESTIONS or self._adviser is not None

    async def _sleep(self, longest_s: float) -> int:
        """Gives since when to look then: woken, at what is recent; at a sweep, at everything."""
        is_woken = await self._waking.sleep(longest_s)
        return self._clock().now_ms - RECENT_MS if is_woken else 0

    async def _answer(self, scan: ScanToRead) -> bool:
        try:
            made = await self._made(scan)
        except LATER:
            return False
        actor = Actor(ActorKind.VISION, "vision", scan.author, "vision")
        clock = self._clock()
        filed: Filed = await self._store.writer.run(
            lambda conn: file_reading(conn, scan, actor, made, clock)
        )
        for verdict in filed.verdicts:
            if verdict.outcome in (Outcome.REJECTED, Outcome.PARKED):
                reason = verdict.detail.reason
                log.error("a reading was refused", extra={"scan": scan.id, "reason": reason})
        return True

    async def _made(self, scan: ScanToRead) -> tuple[Mutation, ...]:
        """The mutations that answer a scan. Raises LATER."""
        if self._adviser is not None and scan.what in QUESTIONS:
            said = await self._said(scan, self._adviser)
            return (_mutation(scan, Kind.SCAN_READ, {"scan": scan.id} | found(said)),)
        return answer(scan, await self._on_file(scan, await self._advised(scan)))

    async def _said(self, scan: ScanToRead, adviser: Adviser) -> Any:
        """What the model says of a photo, None of one that it refuses or that is none."""
        adviser.check_open(self._clock(), scan.key)
        try:
            photo = await self._blobs.read(BlobName(scan.sha256, scan.upload))
            return await adviser.answered(photo, QUESTIONS[scan.what], self._clock, scan.key)
        except LATER:
            raise
        except (AppError, FileNotFoundError):
            return None

    async def _on_file(self, scan: ScanToRead, label: Label) -> Label:
        """The label, its one serial held against what is on file."""
        if len(label.choice.serials) != 1:
            return label
        return await self._store.read(lambda conn: self._held_to_file(conn, scan, label))

    def _held_to_file(self, conn: Connection, scan: ScanToRead, label: Label) -> Label:
        """A serial in doubt is none when ERPNext has equipment of it; one that nobody knows must
        look like the others of its model; one that is elsewhere may be of a neighbour's box, beside
        the label or behind it."""
        serial = label.choice.serials[0].value
        known = find(conn, wanted(serial))
        if known and is_elsewhere(conn, known, scan.key):
            return label.doubted()
        if known and known.equipment:
            return confirmed_by_file(label)
        usual = is_usual(serial, label.model, self._patterns, serials_of(conn, label.model))
        return label if usual else label.doubted()

    async def _advised(self, scan: ScanToRead) -> Label:
        """What the decoders read; failing them, what the adviser says stands there.

        A photo that waits for the adviser is not decoded again. Raises LATER.
        """
        label = self._unread.get(scan.sha256)
        label = label or await self._known_by_mac(scan, await self._label(scan))
        if self._adviser is None or not label.is_unread:
            return label
        self._unread[scan.sha256] = label
        self._adviser.check_open(self._clock(), scan.key)
        try:
            photo = await self._blobs.read(BlobName(scan.sha256, scan.upload))
            facts = await self._adviser.label(photo, self._clock, scan.key)
        except LATER:
            raise
        except (AppError, FileNotFoundError):
            facts = ()
        del self._unread[scan.sha256]
        return with_candidates(label, facts, MODEL, GEMINI)

    async def _known_by_mac(self, scan: ScanToRead, label: Label) -> Label:
        """Where no serial is read, that of the equipment on file whose MAC is read is offered."""
        if not label.is_unread or not label.address:
            return label
        asked = wanted(f"MAC:{label.address}")
        serial = await self._store.read(lambda conn: serial_at(conn, asked, scan.key))
        facts = (classify(f"S/N:{serial}", UNSEEN),) if serial else ()
        return with_candidates(label, facts, SERVER, FILE)

    async def _label(self, scan: ScanToRead) -> Label:
        """What the photo says; unreadable after TRIES crashes, which are counted on disk."""
        while self._blobs.folder.count_try(scan.sha256) <= TRIES:
            try:
                photo = await self._blobs.read(BlobName(scan.sha256, scan.upload))
                label = await self._reader.read(photo)
            except DecodingFailed:
                continue
            except (*LATER, asyncio.CancelledError):
                self._blobs.folder.forget_tries(scan.sha256)
                raise
            except (AppError, FileNotFoundError) as error:
                log.warning("unreadable photo", extra={"scan": scan.id, "kind": str(error)[:80]})
                label = UNREADABLE
            self._blobs.folder.forget_tries(scan.sha256)
            return label
        log.warning("photo crashes the decoder", extra={"scan": scan.id, "blob": scan.sha256})
        return UNREADABLE


def answer(scan: ScanToRead, label: Label) -> tuple[Mutation, ...]:
    """The mutations that answer a scan, the same for the same photo however often it is read.

    The one serial of a photo becomes equipment; of several, or none, a human decides. So does he
    when the scan names an action that equipment does not know.
    """
    state, serials = label.choice
    line = _equipment(scan, serials[0], label) if state == "read" else None
    if line is not None and isinstance(effects(line, {}, scan.author), Fault):
        state, line = "choose", None
    codes = msgspec.to_builtins(label.codes)
    args = {"scan": scan.id, "state": state, "codes": codes, "ms": label.ms}
    said = _mutation(scan, Kind.SCAN_READ, args)
    return (said,) if line is None else (said, line)


def _equipment(scan: ScanToRead, serial: Fact, label: Label) -> Mutation:
    code = label.code_of(serial)
    args: dict[str, object] = {
        "action": scan.action,
        "serial": serial.value,
        "type": scan.type,
        "symbology": serial.symbology,
        "source": "photo",
        "scan": scan.id,
        "stage": code.stage,
        "decoder": code.decoder,
        "step": code.step,
        "ms": label.ms,
        "photo": scan.sha256,
    }
    return _mutation(scan, Kind.EQUIPMENT, args)


def _mutation(scan: ScanToRead, kind: Kind, args: dict[str, object]) -> Mutation:
    """Its id and its instant come from the scan, so that a second reading is the same mutation."""
    mutation_id = str(uuid.uuid5(uuid.UUID(scan.id), kind.value))
    return Mutation(mutation_id, 0, kind.value, scan.key, scan.sequence, scan.made_at, args)
