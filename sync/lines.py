"""Lines of equipment: what was installed, replaced, taken out or corrected on a visit; and what
ERPNext gets to know of a piece that it did not know."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sync.arguments import CorrectArgs, CreateArgs, EquipmentArgs
from sync.protocol import Mutation
from sync.writes import SERIAL_CHARACTERS, Cells, Fault, Writes, signed


def equipment(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """A line that says what was installed, replaced or taken out."""
    args = msgspec.convert(mutation.args, EquipmentArgs)
    if is_bad_serial(args.serial):
        return Fault("bad-serial")
    line = msgspec.to_builtins(args) | {"action": args.action, "source": args.source}
    return {f"equipment/{mutation.id}": signed(mutation, by, line)}


def correct(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """The report stays, marked as superseded; the true serial takes its place in a new line."""
    args = msgspec.convert(mutation.args, CorrectArgs)
    if is_bad_serial(args.right) or args.right == args.wrong:
        return Fault("bad-serial")
    if not args.reason.strip():
        return Fault("reason-required")
    path = reported_at(cells, args.wrong)
    if not path:
        return Fault("unknown-serial")
    kept = {
        name: cells[path][name] for name in ("action", "type", "replaces") if name in cells[path]
    }
    told = {"serial": args.right, "source": args.source, "reason": args.reason}
    line = kept | told | {"corrects": path.partition("/")[2]}
    return {
        path: {**cells[path], "superseded": mutation.id},
        f"equipment/{mutation.id}": signed(mutation, by, line),
    }


def create(mutation: Mutation, _cells: Cells, _by: str) -> Writes | Fault:
    """The first cells of a piece of equipment that ERPNext does not know, as its label says."""
    args = msgspec.convert(mutation.args, CreateArgs)
    if is_bad_serial(args.serial):
        return Fault("bad-serial")
    told = {"equipment_type": args.type, "model": args.model, "mac": args.mac}
    return {"serial_number": args.serial, **{path: value for path, value in told.items() if value}}


def reported_at(cells: Cells, serial: str) -> str:
    """The path of the newest line by which a serial stands as installed, "" when none does."""
    lines = {path: line for path, line in cells.items() if path.startswith("equipment/") and line}
    standing = [path for path, line in lines.items() if line["serial"] == serial and stands(line)]
    return max(standing, key=lambda path: (lines[path]["at"], path), default="")


def stands(line: Mapping[str, Any]) -> bool:
    """Whether a line says that something is in place: not taken out, and not corrected since."""
    return line.get("action") != "remove" and "superseded" not in line


def is_bad_serial(serial: str) -> bool:
    """Whether a serial is empty, too long, or has space around it."""
    return not 0 < len(serial) <= SERIAL_CHARACTERS or serial != serial.strip()
