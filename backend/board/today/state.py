"""What the board shows, as it goes to the browser; the twin of `pwa/src/board/state.ts`.

Instants are UTC ms. Words are the browser's: everything here is a code, a name or a number.
"""

from enum import StrEnum
from typing import Any

import msgspec

from backend.board.today.desk_state import (
    BackupsTile,
    DecidedLine,
    DiskTile,
    HeldLine,
    OutageLine,
    Proof,
    RequestLine,
    SourceLine,
)
from sync.job_status import JobStatus
from sync.visit import Window


class OfficeState(StrEnum):
    """How ERPNext answers; `unknown` until it was asked once."""

    OK = "ok"
    LATE = "late"
    UNKNOWN = "unknown"


class LinkState(StrEnum):
    """Whether a technician's link may still enrol a device; `tonight` ends with this local day."""

    ACTIVE = "active"
    TONIGHT = "tonight"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NONE = "none"


class OldestUnsent(msgspec.Struct, frozen=True, rename="camel"):
    """The oldest piece of work that any phone last said it holds, made at `at`."""

    technician: str
    at: int


class Office(msgspec.Struct, frozen=True, rename="camel"):
    """ERPNext: late `since`, `queued` mutations to write, `parked` documents a human must see.

    It does not answer `away_since` (None: it does); it may be late all the same.
    """

    state: OfficeState
    since: int | None
    away_since: int | None
    checked_at: int | None
    queued: int
    parked: int


class Tiles(msgspec.Struct, frozen=True, rename="camel"):
    """The header's numbers; `refused` counts the last `refused_days` days."""

    conflicts: int
    refused: int
    refused_days: int
    oldest: OldestUnsent | None
    office: Office
    backups: BackupsTile
    disk: DiskTile


class DeviceLine(msgspec.Struct, frozen=True, rename="camel"):
    """A technician's phone, or a technician without one (`device` is "").

    What is pending is what the phone last said, at `seen_at`. `watched`: its silence matters,
    because its technician still has visits today or because it holds work.
    """

    technician: str
    name: str
    device: str
    app: str
    seen_at: int | None
    pending: int
    oldest_at: int | None
    photos: int
    photo_bytes: int
    link: LinkState
    watched: bool


class VisitStatus(msgspec.Struct, frozen=True, rename="camel"):
    """A visit's status: `at` on the author's device, `received_at` here (None: the office's own).

    `on_file`: ERPNext has it. `held`: it goes there once the visit's evidence is complete.
    """

    value: JobStatus
    reason: str
    at: int
    received_at: int | None
    on_file: bool
    held: bool


class EquipmentLine(msgspec.Struct, frozen=True, rename="camel"):
    """One serial installed, replaced or removed on a visit, and how it was read: `source` and
    `stage` as in the args of `equipment`."""

    id: str
    serial: str
    action: str
    type: str
    replaces: str
    on_file: bool
    source: str = ""
    stage: str = ""


class SeenLine(msgspec.Struct, frozen=True):
    """Who had a visit on his screen, and when the server heard of it."""

    by: str
    at: int


class Visit(msgspec.Struct, frozen=True, rename="camel"):
    """One of today's visits; `to_confirm` labels were photographed and have no serial yet.

    Of `photos` announced or required, `photos_here` have come whole. `unfiled` are the fields that
    the office moved here and ERPNext has not; `moved_at` is when it last did. `outage` is the id of
    a known outage of its sector. `made_here`: the office made it, and ERPNext has none of it yet.
    `seen`: by whom since it was last moved.
    """

    key: str
    technician: str
    name: str
    assistants: tuple[str, ...]
    window: Window
    type: str
    client: str
    street: str
    town: str
    status: VisitStatus
    equipment: tuple[EquipmentLine, ...]
    to_confirm: int
    photos: int = 0
    photos_here: int = 0
    unfiled: tuple[str, ...] = ()
    moved_at: int | None = None
    outage: str = ""
    made_here: bool = False
    seen: SeenLine | None = None


class ConflictLine(msgspec.Struct, frozen=True, rename="camel"):
    """Two values of one cell to choose between; record keys among the values became names.

    `key` is the visit's; `value` is what the office may give besides: the shape of the field, ""
    when only the two sides can stand. `photos` (SHA-256) came with the losing work. `asked_at` is
    when the technician left it to the office (0: he did not).
    """

    id: str
    key: str
    visit: str
    path: str
    base: Any
    mine: Any
    theirs: Any
    author: str
    other_author: str
    made_at: int
    other_at: int
    suggested: str = ""
    asked_at: int = 0
    value: str = ""
    photos: tuple[str, ...] = ()


class RefusedLine(msgspec.Struct, frozen=True, rename="camel"):
    """A mutation the server would not apply; `about` is its status or serial, `reason` a code.

    `args` is what it carried, as it came; `by_phone` when it can be tried again for its author.
    """

    id: str
    key: str
    made_at: int
    received_at: int
    technician: str
    visit: str
    kind: str
    about: str
    outcome: str
    reason: str
    args: dict[str, Any] = {}
    by_phone: bool = False


class CheckLine(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that the ERPNext site lacks (`missing`) or that is worked around (`note`)."""

    level: str
    about: str
    code: str
    detail: str


class SiteCheck(msgspec.Struct, frozen=True, rename="camel"):
    """What the last check of the ERPNext site found that is not well."""

    checked_at: int
    lines: tuple[CheckLine, ...]


class BoardState(msgspec.Struct, frozen=True, rename="camel"):
    """The whole board at one moment; `today` is a local date of `zone`, `sequence` where the feed
    stands: the base of what the office decides. `check` is None before the first one.

    A page that says which `version` it knows gets of `visits` only what changed since, and the
    keys of those that are `gone`; what it gets is `whole` when this process knows no such version.
    """

    now: int
    sequence: int
    today: str
    zone: str
    tiles: Tiles
    devices: tuple[DeviceLine, ...]
    visits: tuple[Visit, ...]
    conflicts: tuple[ConflictLine, ...]
    refused: tuple[RefusedLine, ...]
    check: SiteCheck | None
    version: str = ""
    whole: bool = True
    gone: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    held: tuple[HeldLine, ...] = ()
    requests: tuple[RequestLine, ...] = ()
    decided: tuple[DecidedLine, ...] = ()
    outages: tuple[OutageLine, ...] = ()
    sources: tuple[SourceLine, ...] = ()
