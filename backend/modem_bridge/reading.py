"""What a driver is asked for and what it gives: objects of the modem, scrubbed and bounded."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from backend.modem_bridge.trouble import Kind, Trouble

ROWS: Final = 256
NAMES: Final = 64
CHARACTERS: Final = 512
OBJECTS: Final = 8

# Objects of this family; the ones of users and certificates hold nothing but secrets.
_OID: Final = re.compile(r"(DEV2|XTP)_[A-Z0-9_]{1,60}")
_CLOSED: Final = re.compile(r"USER|PASS|ACCOUNT|CERT|KEY|CWMP|MANAGEMENT|TR069|CLOUD")
# Attributes that hold, or may hold, a secret.
_SECRET: Final = re.compile(
    r"pass|pwd|psk|key|secret|token|cred|loid|wep|private|pin(code|$)|(^|_)pin|user ?name",
    re.IGNORECASE,
)


class Operation(StrEnum):
    """The modem's two ways to read: one object, or all of a kind."""

    ONE = "go"
    LIST = "gl"


class State(StrEnum):
    """What the modem said of an object."""

    READ = "read"
    EMPTY = "empty"
    MISSING = "missing"  # 71011 on firmware that does not know it


class Wanted(msgspec.Struct, frozen=True):
    """One object to read."""

    oid: str
    operation: Operation = Operation.LIST


class Found(msgspec.Struct, frozen=True):
    """One object as the modem gave it, without secrets; a single one is one row."""

    state: State
    rows: tuple[dict[str, str], ...] = ()
    code: int = 0  # the modem's own, when it refused


class Report(msgspec.Struct, frozen=True):
    """What was read, or why nothing was; `accepted` is whether the modem took the login."""

    objects: dict[str, Found] = {}
    kind: Kind | None = None
    detail: str = ""
    accepted: bool = False


def wanted_objects(oids: Sequence[str]) -> tuple[Wanted, ...]:
    """What a caller may read by these names. Raises Trouble (bad-object)."""
    is_open = all(_OID.fullmatch(oid) and not _CLOSED.search(oid) for oid in oids)
    if not is_open or not 0 < len(oids) <= OBJECTS:
        raise Trouble(Kind.BAD_OBJECT)
    return tuple(Wanted(oid) for oid in dict.fromkeys(oids))


def found(raw: Any) -> Found:
    """An object by a modem's JSON: attributes with secrets are left out, the rest is bounded."""
    rows = [_row(row) for row in _list(raw)[:ROWS] if isinstance(row, Mapping)]
    kept = tuple(row for row in rows if row)
    return Found(State.READ if kept else State.EMPTY, kept)


def _list(raw: Any) -> list[Any]:
    if raw is None:
        return []
    return raw if isinstance(raw, list) else [raw]


def _row(raw: Mapping[Any, Any]) -> dict[str, str]:
    return {
        str(name)[:CHARACTERS]: str(value)[:CHARACTERS]
        for name, value in list(raw.items())[:NAMES]
        if not _SECRET.search(str(name)) and isinstance(value, str | int | float)
    }
