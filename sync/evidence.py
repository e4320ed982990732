"""Evidence of a visit: photos, signatures, attempts; and what its completion lacks."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from sync.arguments import (
    AttemptArgs,
    NoticeArgs,
    PhotoArgs,
    ReceivedArgs,
    ReleaseArgs,
    SignatureArgs,
)
from sync.lines import stands
from sync.protocol import Mutation
from sync.verification import last_check
from sync.writes import BLOB_CHARACTERS, SERIAL_CHARACTERS, Cells, Fault, Writes, signed


def missing_evidence(cells: Cells) -> tuple[str, ...]:
    """What the completion that can bill still waits for: some of EVIDENCE, in the file's order.

    `evidence` is what the visit's type demands (`erpnext.toml`); a billable visit of a type that
    nobody thought of demands everything, and an unknown demand is never met.
    """
    if not cells.get("billable"):
        return ()
    demanded = cells.get("evidence")
    wanted = EVIDENCE if demanded is None else demanded
    return tuple(each for each in wanted if not (each in _IS_THERE and _IS_THERE[each](cells)))


def labels_to_confirm(cells: Cells) -> int:
    """Labels that were photographed and that no line answers: to be read, or to be chosen from."""
    lines = _items(cells, "equipment")
    answered = {line.get("scan") for line in lines}
    known = {str(line.get("serial", "")).upper() for line in lines}
    waiting = {
        path.partition("/")[2]: scan
        for path, scan in cells.items()
        if path.startswith("scans/") and scan and _is_open_label(scan)
    }
    return sum(
        1
        for scan_id, scan in waiting.items()
        if scan_id not in answered and known.isdisjoint(_values(scan))
    )


def photo(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """A photo for one of the slots that a visit asks for, or for none."""
    args = msgspec.convert(mutation.args, PhotoArgs)
    if len(args.blob) != BLOB_CHARACTERS or len(args.slot) > SERIAL_CHARACTERS:
        return Fault("bad-args")
    photo = {"blob": args.blob, "slot": args.slot}
    return {f"photos/{mutation.id}": signed(mutation, by, photo)}


def signature(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """The customer's agreement, drawn or typed."""
    args = msgspec.convert(mutation.args, SignatureArgs)
    if not 0 < len(args.name.strip()) <= SERIAL_CHARACTERS:
        return Fault("text-length")
    if len(args.blob) not in (0, BLOB_CHARACTERS):
        return Fault("bad-args")
    drawn = {"blob": args.blob} if args.blob else {}
    signature = {"name": args.name.strip(), "moment": args.moment, **drawn}
    return {f"signatures/{mutation.id}": signed(mutation, by, signature)}


def attempt(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """One more try to reach the customer."""
    args = msgspec.convert(mutation.args, AttemptArgs)
    return {f"attempts/{mutation.id}": signed(mutation, by, {"how": args.how})}


def notice(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """The customer was told that somebody is on the way."""
    args = msgspec.convert(mutation.args, NoticeArgs)
    told = {"via": args.via, "minutes": args.minutes}
    return {f"notices/{mutation.id}": signed(mutation, by, told)}


def received(mutation: Mutation, cells: Cells, _by: str) -> Writes | Fault:
    """The bytes of a photo that was announced have come."""
    args = msgspec.convert(mutation.args, ReceivedArgs)
    paths = (f"{name}/{args.photo}" for name in _PICTURED)
    path = next((each for each in paths if cells.get(each)), "")
    if not path:
        return Fault("unknown-item")
    return {path: {**cells[path], "received_at": mutation.made_at}}


def release(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """The office answers for a completion that lacks its evidence."""
    args = msgspec.convert(mutation.args, ReleaseArgs)
    if not args.reason.strip():
        return Fault("reason-required")
    if not cells.get("held"):
        return Fault("not-held")
    reason = signed(mutation, by, {"reason": args.reason.strip()})
    return {f"releases/{mutation.id}": reason}


def _has_serial(cells: Cells) -> bool:
    standing = any(stands(line) for line in _items(cells, "equipment"))
    return standing and not labels_to_confirm(cells)


def _is_open_label(scan: Cells) -> bool:
    return scan.get("state") in _UNCONFIRMED and "what" not in scan


def _values(scan: Cells) -> set[str]:
    return {str(code.get("value", "")).upper() for code in scan.get("codes") or ()}


def _has_photos(cells: Cells) -> bool:
    here = [photo for photo in _items(cells, "photos") if photo.get("received_at") is not None]
    return len(here) >= (cells.get("required_photos") or 0)


def _has_passed(cells: Cells) -> bool:
    """No check failed last, or somebody answers for it; a check that nobody made is no failure."""
    last = last_check(cells)
    return last is None or last["verdict"] != "fail" or "accepted" in last


def _items(cells: Cells, name: str) -> list[dict[str, Any]]:
    return [item for path, item in cells.items() if path.startswith(f"{name}/") and item]


_PICTURED: Final = ("photos", "scans", "signatures", "verifications")
_UNCONFIRMED: Final = frozenset({"waiting", "choose"})
EVIDENCE: Final = ("serial", "verification", "photos")
_IS_THERE: Final[dict[str, Callable[[Cells], bool]]] = {
    "serial": _has_serial,
    "verification": _has_passed,
    "photos": _has_photos,
}
