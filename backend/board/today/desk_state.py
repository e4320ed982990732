"""What the board says beside phones and visits: the day's proof, what is held, asked, decided, out,
and how the server is.

Instants are UTC ms; the twin is `pwa/src/board/state.ts`.
"""

from enum import StrEnum
from typing import Any

import msgspec


class Proof(msgspec.Struct, frozen=True, rename="camel"):
    """A technician's day: `told` gestures that ERPNext must hear of, how many are `filed`, how many
    were `refused` by Terrain or by ERPNext; the rest is on its way."""

    technician: str
    told: int
    filed: int
    refused: int
    first_at: int
    last_at: int


class HeldLine(msgspec.Struct, frozen=True, rename="camel"):
    """A completion that waits for its evidence: what is `missing` are codes of `sync.evidence`."""

    id: str
    key: str
    visit: str
    technician: str
    made_at: int
    missing: tuple[str, ...]


class RequestLine(msgspec.Struct, frozen=True, rename="camel"):
    """What a technician asks of the office, open: `what` and `value` as in the args of `request`,
    a record key among the values became a name."""

    id: str
    key: str
    visit: str
    technician: str
    what: str
    value: Any
    text: str
    at: int


class DecidedLine(msgspec.Struct, frozen=True, rename="camel"):
    """A conflict that was decided so lately that the choice may be taken back."""

    id: str
    key: str
    visit: str
    path: str
    choice: str
    by: str
    at: int


class OutageLine(msgspec.Struct, frozen=True, rename="camel"):
    """A known outage; `visits` of today's are in its sector."""

    id: str
    sector: str
    text: str
    since: int
    visits: int


class SourceLine(msgspec.Struct, frozen=True, rename="camel"):
    """Whom this server asks, and the state of the breaker: closed, open or stopped, `since` when
    and why."""

    name: str
    breaker: str
    since: int | None = None
    error: str = ""


class BackupsState(StrEnum):
    """How this server's backups go; `off`: none is planned, `none`: none was taken yet."""

    OFF = "off"
    NONE = "none"
    OK = "ok"
    STALE = "stale"


class BackupsTile(msgspec.Struct, frozen=True, rename="camel"):
    """When the last good backup began, and since when they fail (None: they do not)."""

    state: BackupsState
    taken_at: int | None
    failing_since: int | None


class DiskTile(msgspec.Struct, frozen=True, rename="camel"):
    """How full the server's disk is; `is_filling` when an alert would say so."""

    percent: int
    is_filling: bool
