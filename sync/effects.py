"""What a mutation does to the cells of its record; the phone's twin is `pwa/src/sync/effects.ts`.

Both run the golden cases of `sync/vectors/effects.json`.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from sync import evidence, lines, materials, requests, verification
from sync.arguments import CheckArgs, NoteArgs, ScanArgs, ScanReadArgs, StatusArgs, TagArgs
from sync.job_status import FINISHED, JobStatus, is_field_path, parse_status, reason_fault
from sync.protocol import Kind, Mutation
from sync.writes import (
    BLOB_CHARACTERS,
    NOTE_CHARACTERS,
    SERIAL_CHARACTERS,
    Cells,
    Fault,
    Writes,
    signed,
)


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
    kept = signed(mutation, by, {k: v for k, v in mark.items() if v})
    writes: Writes = {f"marks/{mutation.id}": kept}
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
    return {f"notes/{mutation.id}": signed(mutation, by, {"text": text})}


def _check(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, CheckArgs)
    items = {item["id"] for item in cells.get("checklist") or ()}
    if args.item not in items:
        return Fault("unknown-item")
    return {f"checked/{args.item}": signed(mutation, by, {"done": args.done})}


def _tag(mutation: Mutation, _cells: Cells, _by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, TagArgs)
    if not 0 < len(args.tag) <= SERIAL_CHARACTERS or "/" in args.tag:
        return Fault("bad-args")
    return {f"tags/{args.tag}": True if args.on else None}


def _scan(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, ScanArgs)
    if len(args.blob) != BLOB_CHARACTERS:
        return Fault("bad-args")
    what = {} if args.what == "label" else {"what": args.what}
    scan = {"blob": args.blob, "state": "waiting", "type": args.type, "action": args.action, **what}
    return {f"scans/{mutation.id}": signed(mutation, by, scan)}


def _scan_read(mutation: Mutation, cells: Cells, _by: str) -> Writes | Fault:
    args = msgspec.convert(mutation.args, ScanReadArgs)
    scan = cells.get(f"scans/{args.scan}")
    if scan is None:
        return Fault("unknown-item")
    more = {name: told for name in ("ms", "said") if (told := getattr(args, name))}
    found = {"state": args.state, "codes": list(args.codes), **more}
    return {f"scans/{args.scan}": {**scan, **found}}


def _seen(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    return {"seen": signed(mutation, by, {})}


def _edit(mutation: Mutation, _cells: Cells, _by: str) -> Writes | Fault:
    return dict(mutation.args) if mutation.args else Fault("bad-args")


_EFFECTS: Final[dict[str, Callable[[Mutation, Cells, str], Writes | Fault]]] = {
    Kind.STATUS: _status,
    Kind.NOTE: _note,
    Kind.CHECK: _check,
    Kind.TAG: _tag,
    Kind.EQUIPMENT: lines.equipment,
    Kind.CORRECT: lines.correct,
    Kind.CREATE: lines.create,
    Kind.SCAN: _scan,
    Kind.SCAN_READ: _scan_read,
    Kind.PHOTO: evidence.photo,
    Kind.RECEIVED: evidence.received,
    Kind.SEEN: _seen,
    Kind.SIGNATURE: evidence.signature,
    Kind.ATTEMPT: evidence.attempt,
    Kind.NOTICE: evidence.notice,
    Kind.MATERIAL: materials.material,
    Kind.VERIFY: verification.verify,
    Kind.VERIFIED: verification.verified,
    Kind.ACCEPT: verification.accept,
    Kind.EDIT: _edit,
    Kind.REQUEST: requests.request,
    Kind.ANSWER: requests.answer,
    Kind.RELEASE: evidence.release,
}
