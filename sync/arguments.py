"""What each kind of mutation carries: one struct a kind, as `docs/sync.md` lists them."""

from typing import Annotated, Any, Literal

import msgspec

from sync.protocol import Count, Instant
from sync.writes import NOTE_CHARACTERS, SERIAL_CHARACTERS

Short = Annotated[str, msgspec.Meta(max_length=SERIAL_CHARACTERS)]
Long = Annotated[str, msgspec.Meta(max_length=NOTE_CHARACTERS)]
Action = Literal["install", "replace", "remove"]
Source = Literal["barcode", "typed", "photo"]
What = Literal["label", "equipment", "invoice"]
# What a device is worth that comes out; "missing": it did not.
Returned = Literal["", "working", "faulty", "damaged", "missing"]
Verdict = Literal["pass", "warning", "fail", "unverified"]


class StatusArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `status`."""

    to: str
    reason: Short = ""
    text: Long = ""


class NoteArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `note`."""

    text: str


class CheckArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `check`; `item` is the id of a checklist item."""

    item: str
    done: bool


class TagArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `tag`."""

    tag: str
    on: bool


class EquipmentArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `equipment`; `replaces` is the serial that comes out, `returned` the state in
    which it (or what is removed) goes back and `returned_why` the reason.

    Where the serial comes from: `stage` is who read it (camera, phone, server, model), `decoder`
    and `step` how, in `ms` milliseconds, off the photo with the SHA-256 `photo` (hex).
    """

    serial: str
    action: Action = "install"
    type: Short = ""
    symbology: Short = ""
    source: Source = "typed"
    scan: Short = ""
    replaces: Short = ""
    returned: Returned = ""
    returned_why: Short = ""
    stage: Short = ""
    decoder: Short = ""
    step: Short = ""
    ms: Count = 0
    photo: Short = ""


class CreateArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `create`: the visit (`job`, its record key) where a piece of equipment was
    found that ERPNext does not know, and what its label says."""

    job: str
    serial: str
    type: Short = ""
    model: Short = ""
    mac: Short = ""


class CorrectArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `correct`: the serial that was reported, the true one, and why."""

    wrong: str
    right: str
    reason: Long
    source: Source = "typed"


class ScanArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `scan`: a photo (`blob` is its SHA-256, hex) still to be read: of a label, or of
    equipment or an invoice that only a model can tell of."""

    blob: str
    type: Short = ""
    action: Short = "install"
    what: What = "label"


class ScanReadArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `scan-read`: what the server found on the photo of a `scan`, in `ms`; `said` is
    what a model said of equipment or of an invoice."""

    scan: str
    state: Literal["read", "choose", "unreadable"]
    codes: tuple[dict[str, str], ...] = ()
    ms: Count = 0
    said: dict[str, Any] = {}


class PhotoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `photo`; `blob` is its SHA-256 (hex), `slot` what it must show."""

    blob: str
    slot: str = ""


class SignatureArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `signature`: who signed, for what, and the drawing, unless it was typed."""

    name: str
    moment: Literal["route", "conformity"]
    blob: str = ""


class AttemptArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `attempt`: how the technician tried to reach the customer."""

    how: Literal["call", "text", "door"]


class NoticeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `notice`: how the customer was told that somebody comes, and in how many
    minutes, counted from the mutation's own time (0: not said)."""

    via: Literal["phone"]
    minutes: Count = 0


class MaterialArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `material`: what was used (a code of `erpnext.toml`, or words), and how many.
    With `line`, the id of an earlier one, its new count; 0 takes the line back."""

    count: Count
    what: Short = ""
    line: Short = ""


class ReceivedArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `received`: the bytes of the photo of that mutation are here, whole."""

    photo: str


class VerifyArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `verify`: why the line is to be checked, and what the technician's own optical
    meter says at the plug (dBm), with a photo of it (`blob`, SHA-256, hex). `retry`: the server
    looks once more at a visit that was closed without a verdict."""

    reason: Literal["install", "rerun", "retry"]
    rx_dbm: Annotated[float, msgspec.Meta(ge=-70.0, le=10.0)] | None = None
    blob: str = ""


class CheckLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a verdict: `value` in `unit` from `source`, tolerated from `low` to `high`,
    `margin` left to the nearer one; `remarks` are codes of what was seen besides."""

    id: Short
    result: Verdict
    reason: Short = ""
    value: float | Short | None = None
    unit: Short = ""
    source: Short = ""
    measured_at: Instant = 0
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    required: bool = False
    remarks: Annotated[tuple[Short, ...], msgspec.Meta(max_length=8)] = ()


class SourceLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one source did in `ms`: running, ok, stale, timeout, error or skipped; and why."""

    name: Short
    state: Short
    ms: Count = 0
    detail: Short = ""


class StartStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that a terminal comes through when it starts: light, registered, online, inform."""

    id: Short
    done: bool


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A light of an earlier check of the same visit."""

    dbm: float
    at: Instant


class VerifiedArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of `verified`: what a check of the customer's line found, so far or in the end.

    `verification` is the `verify` that asked for it, "" when nobody did. `measured_at` is when the
    line was looked at, which may be long after it was asked. `ahead` checks are made before one
    that waits for its turn.
    """

    verdict: Verdict | Literal[""] = ""
    verification: Short = ""
    state: Literal["running", "done", "timeout"] = "done"
    checks: Annotated[tuple[CheckLine, ...], msgspec.Meta(max_length=20)] = ()
    sources: Annotated[tuple[SourceLine, ...], msgspec.Meta(max_length=10)] = ()
    measured_at: Instant = 0
    version: Count = 0
    steps: Annotated[tuple[StartStep, ...], msgspec.Meta(max_length=8)] = ()
    story: Annotated[tuple[Measured, ...], msgspec.Meta(max_length=20)] = ()
    ahead: Count = 0


class AcceptArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `accept`: why a verification that did not pass is good enough."""

    verification: str
    reason: Long


class RequestArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `request`: `what` is a field that the office owns, with the `value` wished
    for, or one of `sync.effects.REQUESTS`."""

    what: str
    value: str | int | float | bool | None = None
    text: Long = ""


class AnswerArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `answer`: the office's word on a `request`."""

    request: str
    granted: bool
    text: Long = ""


class ReleaseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `release`: why the office lets a completion go without its evidence."""

    reason: Long


class ResolveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `resolve`: which value of a conflict stands; `office` leaves it to the office,
    `value` is the office's own third one, `undo` opens again what was just chosen."""

    conflict: str
    choice: Literal["mine", "theirs", "value", "office", "undo"]
    value: Any = None
