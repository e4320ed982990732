"""What a mutation does to the cells of its record; the phone's twin is `pwa/src/sync/effects.ts`.

Both run the golden cases of `sync/vectors/effects.json`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from sync.job_status import FINISHED, JobStatus, is_field_path, parse_status, reason_fault
from sync.protocol import Kind, Mutation

NOTE_CHARACTERS: Final = 4000
SERIAL_CHARACTERS: Final = 80

Cells = Mapping[str, Any]
Writes = dict[str, Any]


class Fault(NamedTuple):
    """Why a mutation can have no effect: a stable code."""

    code: str


class StatusArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `status`."""

    to: str
    reason: str = ""
    text: str = ""


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
    """Arguments of `equipment`; `replaces` is the serial that comes out."""

    serial: str
    action: Literal["install", "replace", "remove"] = "install"
    type: str = ""
    symbology: str = ""
    source: Literal["barcode", "typed", "photo"] = "typed"
    scan: str = ""
    replaces: str = ""


class ScanArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `scan`: a photo of a label (`blob` is its SHA-256, hex) still to be read."""

    blob: str
    type: str = ""
    action: str = "install"


class ScanReadArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of `scan-read`: what the server found on the photo of a `scan`."""

    scan: str
    state: Literal["read", "choose", "unreadable"]
    codes: tuple[dict[str, str], ...] = ()


def effects(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """The cells that `mutation`, by an author shown as `by`, writes over a record's `cells`."""
    effect = _EFFECTS.get(mutation.kind)
    if effect is None:
        return Fault("unknown-kind")
    try:
        return effect(mutation, cells, by)
    except msgspec.ValidationError:
        return Fault("bad-args")


def status_facts(mutation: Mutation, cells: Cells, by: str) -> Writes:
    """What stays true of a status change even when the status itself may not move."""
    args = msgspec.convert(mutation.args, StatusArgs)
    mark = {"to": args.to, "reason": args.reason, "text": args.text}
    signed = _signed(mutation, by, {k: v for k, v in mark.items() if v})
    writes: Writes = {f"marks/{mutation.id}": signed}
    if args.to == JobStatus.ON_SITE and cells.get("started_at") is None:
        writes["started_at"] = mutation.made_at
    if args.to in FINISHED:
        writes["completed_at"] = mutation.made_at
    return writes


def _status(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, StatusArgs)
    to = parse_status(args.to)
    if to is None:
        return Fault("bad-args")
    if fault := reason_fault(to, args.reason, args.text):
        return Fault(fault)
    current = parse_status(cells.get("status")) or JobStatus.TODO
    if to == current:
        return {f"marks/{mutation.id}": status_facts(mutation, cells, by)[f"marks/{mutation.id}"]}
    if not is_field_path(current, to):
        return Fault("illegal-step")
    reason = (args.text if args.reason == "other" else args.reason) or None
    return {"status": to.value, "reason": reason, **status_facts(mutation, cells, by)}


def _note(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    text = msgspec.convert(mutation.args, NoteArgs).text.strip()
    if not 0 < len(text) <= NOTE_CHARACTERS:
        return Fault("text-length")
    return {f"notes/{mutation.id}": _signed(mutation, by, {"text": text})}


def _check(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, CheckArgs)
    items = {item["id"] for item in cells.get("checklist") or ()}
    if args.item not in items:
        return Fault("unknown-item")
    return {f"checked/{args.item}": _signed(mutation, by, {"done": args.done})}


def _tag(mutation: Mutation, _cells: Cells, _by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, TagArgs)
    if not 0 < len(args.tag) <= SERIAL_CHARACTERS or "/" in args.tag:
        return Fault("bad-args")
    return {f"tags/{args.tag}": True if args.on else None}


def _equipment(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, EquipmentArgs)
    if not 0 < len(args.serial) <= SERIAL_CHARACTERS or args.serial != args.serial.strip():
        return Fault("bad-serial")
    line = msgspec.to_builtins(args) | {"action": args.action, "source": args.source}
    return {f"equipment/{mutation.id}": _signed(mutation, by, line)}


def _scan(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, ScanArgs)
    if len(args.blob) != 64:
        return Fault("bad-args")
    scan = {"blob": args.blob, "state": "waiting", "type": args.type, "action": args.action}
    return {f"scans/{mutation.id}": _signed(mutation, by, scan)}


def _scan_read(mutation: Mutation, cells: Cells, _by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, ScanReadArgs)
    scan = cells.get(f"scans/{args.scan}")
    if scan is None:
        return Fault("unknown-item")
    return {f"scans/{args.scan}": {**scan, "state": args.state, "codes": list(args.codes)}}


def _edit(mutation: Mutation, _cells: Cells, _by: str) -> Writes | Fault:
    return dict(mutation.args) if mutation.args else Fault("bad-args")


def _signed(mutation: Mutation, by: str, item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "at": mutation.made_at, "by": by}


_EFFECTS: Final[dict[str, Callable[[Mutation, Cells, str], Writes | Fault]]] = {
    Kind.STATUS: _status,
    Kind.NOTE: _note,
    Kind.CHECK: _check,
    Kind.TAG: _tag,
    Kind.EQUIPMENT: _equipment,
    Kind.SCAN: _scan,
    Kind.SCAN_READ: _scan_read,
    Kind.EDIT: _edit,
}
