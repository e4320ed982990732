"""Wire types of the sync protocol, spoken by the phone, the server and the golden vectors.

History of PROTOCOL (a phone may be a year behind: every version below stays readable):
1  first version.
2  kinds photo, signature, attempt, request, correct, accept, resolve and those of the office;
   a conflict that is closed travels once more, with `closed_at`.
3  kinds create (a record that the field makes) and verify (a check of the line that the phone asks
   for, in `verifications` before its verdict).
4  kinds notice (the customer was told that somebody comes) and material (a counted line).

Rules of evolution: a new field has a default, a type never changes, a name is never used twice.
Instants are UTC milliseconds since the Unix epoch.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

PROTOCOL: Final = 4
BATCH_MUTATIONS: Final = 100
BATCH_BYTES: Final = 64 * 1024


class Kind(StrEnum):
    """What a mutation does to its record; the arguments of each are in `docs/sync.md`."""

    STATUS = "status"
    NOTE = "note"
    CHECK = "check"
    TAG = "tag"
    EQUIPMENT = "equipment"
    CORRECT = "correct"
    CREATE = "create"
    SCAN = "scan"
    SCAN_READ = "scan-read"
    PHOTO = "photo"
    RECEIVED = "received"
    SEEN = "seen"
    SIGNATURE = "signature"
    ATTEMPT = "attempt"
    NOTICE = "notice"
    MATERIAL = "material"
    VERIFY = "verify"
    VERIFIED = "verified"
    ACCEPT = "accept"
    EDIT = "edit"
    REQUEST = "request"
    ANSWER = "answer"
    RELEASE = "release"
    RESOLVE = "resolve"
    DELETE = "delete"
    UPSTREAM = "upstream"
    VOID = "void"
    OPAQUE = "opaque"


class Outcome(StrEnum):
    """What became of a mutation; stored for ever and answered again byte for byte."""

    APPLIED = "applied"
    MERGED = "merged"
    NOOP = "noop"
    SUPERSEDED = "superseded"
    HELD = "held"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    PARKED = "parked"


class Refusal(StrEnum):
    """Why a push was not taken at all; nothing may leave the outbox."""

    GAP = "gap"
    FORK = "fork"


class Fate(StrEnum):
    """What ERPNext did with an accepted mutation, told by a receipt."""

    FILED = "filed"
    CONFLICT = "conflict"
    REFUSED = "refused"
    HELD = "held"


# What JavaScript counts exactly and every database holds.
Whole = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
# The year 9999 ends there: no calendar of ours goes on.
INSTANT_LIMIT: Final = 253_402_300_800_000
Instant = Annotated[int, msgspec.Meta(ge=0, lt=INSTANT_LIMIT)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class Mutation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One immutable intention of one actor.

    `id` is a UUIDv7 made at capture (RFC 9562 section 5.7). `base` is the replica's pulled
    sequence when the mutation was made, of server epoch `base_epoch` ("": the present one).
    `offset` is server clock minus device clock, in ms, as last measured.
    """

    id: str
    seq: int
    kind: str
    key: str
    base: Whole
    made_at: Instant
    args: dict[str, Any] = {}
    base_epoch: str = ""
    offset: int = 0
    deps: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()


class Pending(msgspec.Struct, frozen=True, omit_defaults=True):
    """The phone's heartbeat: what it still holds. `oldest` is the oldest item's made_at; `seen`
    are the visits that were on its screen and whose cell `seen` it has not."""

    count: Count = 0
    oldest: Instant | None = None
    photos: Count = 0
    bytes: Whole = 0
    seen: Annotated[tuple[str, ...], msgspec.Meta(max_length=40)] = ()


class SyncRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One round trip: push and pull. Mutations stay raw so that one bad one parks alone."""

    protocol: int
    device: str
    epoch: Count
    app: str = ""
    cursor: str = ""
    mutations: tuple[msgspec.Raw, ...] = ()
    pending: Pending = Pending()


class Put(msgspec.Struct, frozen=True, omit_defaults=True):
    """Changed cells of one record; `whole` replaces the phone's row, else cells are merged in.

    A cell whose value is null is absent.
    """

    key: str
    cells: dict[str, Any]
    whole: bool = False


class Changes(msgspec.Struct, frozen=True, omit_defaults=True):
    """The delta since the request's cursor. `reset` means: forget every pulled row first."""

    cursor: str
    sequence: int
    epoch: str
    more: bool = False
    reset: bool = False
    put: tuple[Put, ...] = ()
    remove: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


class VerdictDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """`sequence` is where the effect stands in the feed (0: none); `reason` is a stable code."""

    sequence: int = 0
    reason: str = ""
    conflict: str = ""


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """Two values of one cell that a human must choose between; neither is ever thrown away.

    `soft` means: nothing to choose, both are kept and the later one stands. `asked_at` is when
    the technician left it to the office; `closed_at` (0: open), `choice` and `closed_by` say how
    it ended.
    """

    id: str
    key: str
    path: str
    base: Any
    mine: Any
    theirs: Any
    mutation: str
    author: str
    other_author: str
    made_at: int
    other_at: int
    soft: bool = False
    suggested: str = "theirs"
    asked_at: int = 0
    closed_at: int = 0
    closed_by: str = ""
    choice: str = ""


class KnownOutage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is out at a place (a location's record key) that the technician holds, in the monitor's
    words."""

    place: str
    since: Instant
    text: str = ""


class SyncReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Answer to a SyncRequest; `verdicts` are (mutation id, outcome, detail), `outages` all that
    last now, whatever the cursor."""

    now: int
    changes: Changes
    verdicts: tuple[tuple[str, Outcome, VerdictDetail], ...] = ()
    refusal: Refusal | None = None
    expect: int | None = None
    receipts: tuple[tuple[str, Fate, str], ...] = ()
    backed_up: int = 0
    conflicts: tuple[Conflict, ...] = ()
    outages: tuple[KnownOutage, ...] = ()


def spoken(reply: SyncReply, protocol: int) -> SyncReply:
    """The reply in an older version of the protocol: what that phone can understand of it.

    Version 1 takes every conflict for an open one; that one is over it learns from its cells.
    """
    if protocol >= 2 or not any(each.closed_at for each in reply.conflicts):
        return reply
    still_open = tuple(each for each in reply.conflicts if not each.closed_at)
    return msgspec.structs.replace(reply, conflicts=still_open)
