"""What the phone may only ask of the office, and the office's answer."""

from typing import Any, Final

import msgspec

from sync.arguments import AnswerArgs, RequestArgs
from sync.collections import may_hold
from sync.protocol import Mutation
from sync.writes import Cells, Fault, Writes, signed

# Another value of a field that is the office's, or an errand.
REQUESTED_FIELDS: Final = frozenset(
    {"date", "window_start", "window_end", "technician", "priority"}
)
ACTIVATION: Final = "activation"
ERRANDS: Final = frozenset({ACTIVATION, "rebooking", "help"})
ASKED: Final = "asked"
GRANTED: Final = "granted"
REFUSED: Final = "refused"


def request(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """What only the office can do, asked of it."""
    args = msgspec.convert(mutation.args, RequestArgs)
    wished = args.what in REQUESTED_FIELDS
    if not wished and (args.what not in ERRANDS or args.value is not None):
        return Fault("not-requestable")
    if wished and not may_hold("job/", args.what, args.value):
        return Fault("bad-args")
    asked = {"what": args.what, "value": args.value, "text": args.text.strip(), "state": ASKED}
    return {f"requests/{mutation.id}": signed(mutation, by, asked)}


def answer(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """A granted wish for a field is that field's new value."""
    args = msgspec.convert(mutation.args, AnswerArgs)
    path = f"requests/{args.request}"
    asked = cells.get(path)
    if asked is None:
        return Fault("unknown-item")
    if asked["state"] != ASKED:
        return Fault("already-answered")
    state = GRANTED if args.granted else REFUSED
    answer = signed(mutation, by, {"text": args.text.strip()})
    written: Writes = {path: {**asked, "state": state, "answer": answer}}
    if args.granted and asked["what"] in REQUESTED_FIELDS:
        written[asked["what"]] = asked["value"]
    return written


def activation_asked(cells: Cells) -> str | None:
    """Where the newest request to activate the line stands, by order of receipt; None without."""
    return next((each["state"] for _, each in reversed(_activations(cells))), None)


def activation_told(cells: Cells, to: Any, at: int, by: str) -> Writes:
    """What follows for the requests that are open when ERPNext says where activation stands."""
    if to not in (GRANTED, REFUSED):
        return {}
    answer = {"text": "", "at": at, "by": by}
    return {
        path: {**asked, "state": to, "answer": answer}
        for path, asked in _activations(cells)
        if asked["state"] == ASKED
    }


def _activations(cells: Cells) -> list[tuple[str, dict[str, Any]]]:
    requests = ((path, each) for path, each in cells.items() if path.startswith("requests/"))
    return [(path, each) for path, each in requests if each and each["what"] == ACTIVATION]
