"""A device document of GenieACS: without its secrets, and as flat parameters."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from backend.errors import Unavailable

Value = str | int | float | bool

# PPP and SIP passwords, Wi-Fi keys, the passwords of GPON registration, whatever the vendor's name.
_SECRET: Final = re.compile(r"pass(word|phrase|wd)|psk|secret|loid|registrationid|pin$|key$", re.I)


class Leaf(NamedTuple):
    """A parameter that has a value; `at_ms` is when the modem told it, by the clock of the ACS."""

    value: Value
    at_ms: int
    is_writable: bool = False


Leaves = dict[str, Leaf]


def is_secret(path: str) -> bool:
    """Whether the parameter holds what nobody here may see."""
    return bool(_SECRET.search(path.rpartition(".")[2]))


def without_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without the parameters that are secret and without objects of such a name."""
    return {
        name: without_secrets(node) if isinstance(node, dict) else node
        for name, node in document.items()
        if not is_secret(name)
    }


def leaves(document: Mapping[str, Any]) -> Leaves:
    """By path: every parameter with a value. One that was discovered and never read has none: it
    is unknown, not empty."""
    found: Leaves = {}
    waiting = [(name, node) for name, node in document.items() if not name.startswith("_")]
    while waiting:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if "_value" in node:
            found |= _leaf(path, node)
        waiting += [(f"{path}.{name}", child) for name, child in node.items() if name[0] != "_"]
    return found


def milliseconds(instant: Any) -> int:
    """An instant of GenieACS (RFC 3339) in ms, UTC. Raises Unavailable for anything else."""
    try:
        return round(msgspec.convert(instant, datetime).timestamp() * 1000)
    except msgspec.ValidationError as error:
        raise Unavailable("unreadable") from error


def projection(paths: Iterable[str]) -> tuple[str, ...]:
    """What to ask for so that all of `paths` are in the answer: up to the first `*`, and none
    below another, which MongoDB refuses."""
    stems = sorted({path.partition(".*")[0].rstrip(".") for path in paths})
    kept: list[str] = []
    for stem in stems:
        if not any(stem == above or stem.startswith(f"{above}.") for above in kept):
            kept.append(stem)
    return tuple(kept)


def among(found: Leaves, names: Iterable[str]) -> Leaves:
    """The leaves that `names` mean; `*` stands for one part of a path."""
    wanted = re.compile("|".join(_pattern(name) for name in names))
    return {path: leaf for path, leaf in found.items() if wanted.fullmatch(path)}


def _leaf(path: str, node: Mapping[str, Any]) -> Leaves:
    value = node["_value"]
    if not isinstance(value, str | int | float | bool):
        return {}
    at_ms = milliseconds(node.get("_timestamp"))
    return {path: Leaf(value, at_ms, bool(node.get("_writable")))}


def _pattern(name: str) -> str:
    return r"[^.]+".join(re.escape(part) for part in name.split("*"))
