"""What the phone may only ask of the office, and the office's answer."""

from typing import Final

import msgspec

from sync.arguments import AnswerArgs, RequestArgs
from sync.collections import may_hold
from sync.protocol import Mutation
from sync.writes import Cells, Fault, Writes, signed

# Another value of a field that is the office's, or an errand.
REQUESTED_FIELDS: Final = frozenset(
    {"date", "window_start", "window_end", "technician", "priority"}
)
ERRANDS: Final = frozenset({"activation", "rebooking", "help"})


def request(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """What only the office can do, asked of it."""
    args = msgspec.convert(mutation.args, RequestArgs)
    wished = args.what in REQUESTED_FIELDS
    if not wished and (args.what not in ERRANDS or args.value is not None):
        return Fault("not-requestable")
    if wished and not may_hold("job/", args.what, args.value):
        return Fault("bad-args")
    asked = {"what": args.what, "value": args.value, "text": args.text.strip(), "state": "asked"}
    return {f"requests/{mutation.id}": signed(mutation, by, asked)}


def answer(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """A granted wish for a field is that field's new value."""
    args = msgspec.convert(mutation.args, AnswerArgs)
    path = f"requests/{args.request}"
    asked = cells.get(path)
    if asked is None:
        return Fault("unknown-item")
    if asked["state"] != "asked":
        return Fault("already-answered")
    state = "granted" if args.granted else "refused"
    answer = signed(mutation, by, {"text": args.text.strip()})
    written: Writes = {path: {**asked, "state": state, "answer": answer}}
    if args.granted and asked["what"] in REQUESTED_FIELDS:
        written[asked["what"]] = asked["value"]
    return written
