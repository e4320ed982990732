"""What people tap, and what the office changes, drawn by a seed."""

import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from tests.given import JULIE, MARC

CONTACT: Final = "contact/00000000-0000-7000-8000-0000000000c1"
JOBS: Final = tuple(f"job/00000000-0000-7000-8000-0000000000a{i}" for i in (1, 2, 3))
# A visit that there never was.
NOWHERE: Final = "job/00000000-0000-7000-8000-0000000000ff"
# Who has which of them in the morning.
MORNING: Final = {MARC: JOBS[:2], JULIE: JOBS[2:]}
# Some texts are long enough to be compressed on their way.
_REPEATS: Final = (1, 1, 1, 60)


def draft(random: Random, jobs: Sequence[str] = JOBS) -> dict[str, Any]:
    """A gesture on one of the visits `jobs`, or on their contact."""
    return random.choice(_GESTURES)(random, random.choice(jobs))


def picture(random: Random, content: bytes) -> dict[str, Any]:
    """A photo of a visit, or of a label for the reader; its bytes come with it."""
    kind = random.choice(("photo", "photo", "scan"))
    args = {"blob": hashlib.sha256(content).hexdigest()} if kind == "photo" else {}
    return {"kind": kind, "key": random.choice(JOBS), "args": args}


def office_change(random: Random) -> tuple[str, dict[str, Any]]:
    """A record, and the fields of its document that the office saves."""
    if random.random() < 0.25:
        return CONTACT, {"mobile_no": f"450-555-{random.randrange(9):04d}"}
    return random.choice(JOBS), random.choice(_OFFICE)(random)


def _status(random: Random, key: str) -> dict[str, Any]:
    to = random.choice(("en_route", "on_site", "on_site", "on_hold", "completed", "completed"))
    reason = {"reason": "part"} if to == "on_hold" else {}
    return {"kind": "status", "key": key, "args": {"to": to, **reason}}


def _tag(random: Random, key: str) -> dict[str, Any]:
    args = {"tag": random.choice("ab"), "on": random.random() < 0.6}
    return {"kind": "tag", "key": key, "args": args}


def _check(random: Random, key: str) -> dict[str, Any]:
    return {"kind": "check", "key": key, "args": {"item": "c1", "done": random.random() < 0.6}}


def _edit(random: Random, _key: str) -> dict[str, Any]:
    return {"kind": "edit", "key": CONTACT, "args": {"phone": f"514-555-{random.randrange(9):04d}"}}


def _equipment(random: Random, key: str) -> dict[str, Any]:
    action = random.choice(("install", "install", "remove"))
    return {
        "kind": "equipment",
        "key": key,
        "args": {"serial": f"SN{random.randrange(2)}", "action": action},
    }


def _note(random: Random, key: str) -> dict[str, Any]:
    text = f"note {random.randrange(10**6)} " * random.choice(_REPEATS)
    return {"kind": "note", "key": key, "args": {"text": text}}


def _correct(random: Random, key: str) -> dict[str, Any]:
    wrong, right = (f"SN{random.randrange(3)}" for _ in range(2))
    return {
        "kind": "correct",
        "key": key,
        "args": {"wrong": wrong, "right": right, "reason": "mal lu"},
    }


def _attempt(random: Random, key: str) -> dict[str, Any]:
    how = random.choice(("call", "text", "door"))
    return {"kind": "attempt", "key": key, "args": {"how": how}}


def _notice(random: Random, key: str) -> dict[str, Any]:
    args = {"via": "phone", "minutes": random.choice((0, 10, 20))}
    return {"kind": "notice", "key": key, "args": args}


def _material(random: Random, key: str) -> dict[str, Any]:
    args = {"what": random.choice(("connector", "jumper")), "count": random.randrange(1, 4)}
    return {"kind": "material", "key": key, "args": args}


def _signature(_random: Random, key: str) -> dict[str, Any]:
    return {"kind": "signature", "key": key, "args": {"name": "Anne", "moment": "conformity"}}


def _request(_random: Random, key: str) -> dict[str, Any]:
    return {"kind": "request", "key": key, "args": {"what": "help", "text": "aide"}}


_GESTURES: Final[tuple[Callable[[Random, str], dict[str, Any]], ...]] = (
    *(_status, _status, _status),
    _tag,
    _check,
    *(_edit, _edit),
    *(_equipment, _equipment, _equipment),
    _note,
    _note,
    _request,
    _correct,
    _attempt,
    _notice,
    _material,
    _signature,
)

_OFFICE: Final[tuple[Callable[[Random], dict[str, Any]], ...]] = (
    lambda random: {"technician": random.choice(("TECH-001", "TECH-002"))},
    lambda random: {"subject": f"Visite {random.randrange(9)}"},
    lambda random: {"status": random.choice(("Cancelled", "Assigned", "En Route"))},
)
