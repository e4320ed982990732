"""Checks of a customer's line: asked for by the phone, answered by the server, accepted by people.

A check is one cell, `verifications/<id of the verify>`; its `state` is asked, running, done or
timeout. One without a state was made before there was `verify`, and is done.
"""

from typing import Any, Final

import msgspec

from sync.arguments import AcceptArgs, VerifiedArgs, VerifyArgs
from sync.job_status import JobStatus
from sync.protocol import Kind, Mutation
from sync.writes import BLOB_CHARACTERS, Cells, Fault, Writes, signed

ASKED: Final = "asked"
RUNNING: Final = "running"
UNDER_WAY: Final = frozenset({ASKED, RUNNING})
PREFIX: Final = "verifications/"
RETRY: Final = "retry"
UNVERIFIED: Final = "unverified"
# After the last look at a closed visit whose line is unverified: an outage, a night, a day.
RETRIES_MS: Final = tuple(minutes * 60_000 for minutes in (15, 60, 8 * 60, 24 * 60))


def last_check(cells: Cells) -> dict[str, Any] | None:
    """The newest check that has a verdict; one that is asked for, or under way, changes nothing."""
    checks = [each for path, each in cells.items() if path.startswith(PREFIX) and each]
    ended = sorted(filter(is_ended, checks), key=lambda check: check["at"])
    return ended[-1] if ended else None


def is_ended(check: Cells) -> bool:
    """Whether the verdict of a check is its last one."""
    return check.get("state") not in UNDER_WAY


def retry_at(cells: Cells) -> int | None:
    """When the line of a visit is to be looked at once more (UTC ms): it was closed, nobody knows
    whether the line is good, nobody answers for it, and not all tries are used. None: never."""
    checks = [each for path, each in cells.items() if path.startswith(PREFIX) and each]
    last = last_check(cells)
    used = len([each for each in checks if each.get("reason") == RETRY])
    is_closed = cells.get("status") == JobStatus.COMPLETED
    if last is None or not is_closed or not all(map(is_ended, checks)):
        return None
    is_open = last["verdict"] == UNVERIFIED and "accepted" not in last
    if not is_open or used >= len(RETRIES_MS):
        return None
    return int(last.get("measured_at") or last["at"]) + RETRIES_MS[used]


def light_of(check: Cells) -> float | None:
    """What the terminal received, in dBm, as a check has it; None when it could not tell."""
    lines = check.get("checks") or ()
    values = (each.get("value") for each in lines if each.get("id") == "rx_ont")
    return next((float(each) for each in values if isinstance(each, int | float)), None)


def is_partial(mutation: Mutation) -> bool:
    """Whether a mutation tells of a check that goes on: news for the phone alone."""
    return mutation.kind == Kind.VERIFIED and mutation.args.get("state") == RUNNING


def verify(mutation: Mutation, _cells: Cells, by: str) -> Writes | Fault:
    """A check that somebody asks for; the server makes it once it hears of it."""
    args = msgspec.convert(mutation.args, VerifyArgs)
    if len(args.blob) not in (0, BLOB_CHARACTERS):
        return Fault("bad-args")
    said = {name: value for name, value in mutation.args.items() if value not in ("", None)}
    return {f"{PREFIX}{mutation.id}": signed(mutation, by, {"state": ASKED, **said})}


def verified(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """A failure that comes after the visit went on file asks for a return: never a silent undo."""
    args = msgspec.convert(mutation.args, VerifiedArgs)
    path = f"{PREFIX}{args.verification or mutation.id}"
    asked = cells.get(path) if args.verification else signed(mutation, by, {})
    if asked is None:
        return Fault("unknown-item")
    if not args.verdict and args.state != RUNNING:
        return Fault("bad-args")
    if args.verification and is_ended(asked):
        return Fault("ended")
    said = {name: value for name, value in mutation.args.items() if name != "verification"}
    found = {path: {**asked, **({"state": args.state} if args.verification else {}), **said}}
    on_file = cells.get("status") == JobStatus.COMPLETED and not cells.get("held")
    if args.verdict != "fail" or args.state == RUNNING or not on_file:
        return found
    because = path.removeprefix(PREFIX)
    return found | {"return_visit": {"because": because, "at": mutation.made_at}}


def accept(mutation: Mutation, cells: Cells, by: str) -> Writes | Fault:
    """Somebody answers for a check that did not pass."""
    args = msgspec.convert(mutation.args, AcceptArgs)
    path = f"{PREFIX}{args.verification}"
    found = cells.get(path)
    if found is None:
        return Fault("unknown-item")
    if not is_ended(found):
        return Fault("not-ended")
    if not args.reason.strip():
        return Fault("reason-required")
    return {path: {**found, "accepted": signed(mutation, by, {"reason": args.reason.strip()})}}
