"""Decides the timeline of one visit: who did what, when on the device, received, on file.

Instants are UTC ms.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from backend.store.journal import Rows
from sync.protocol import Kind, VerdictDetail
from sync.state import ActorKind
from sync.verification import RUNNING


class TimelineEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One mutation: `by` did `kind` with `args`. `fate` is ERPNext's word, "" while it waits or
    when ERPNext itself said it; `filed_at` when the phone was told so."""

    id: str
    kind: str
    by: str
    device: str
    args: dict[str, Any]
    made_at: int
    received_at: int
    outcome: str
    reason: str
    conflict: str
    fate: str
    filed_at: int | None


class Timeline(msgspec.Struct, frozen=True):
    """A visit's mutations in the order in which they were received."""

    visit: str
    entries: tuple[TimelineEntry, ...]


class _Sent(msgspec.Struct):
    args: dict[str, Any] = {}


def timeline(visit: str, rows: Rows, names: Mapping[str, str]) -> Timeline:
    """The timeline; `names` are the technicians' by record key. News of a check that went on is
    left out: ERPNext never hears of it, and its verdict says it all."""
    entries = (entry_of(row, names) for row in rows)
    return Timeline(visit, tuple(each for each in entries if not _is_passing(each)))


def _is_passing(entry: TimelineEntry) -> bool:
    return entry.kind == Kind.VERIFIED and entry.args.get("state") == RUNNING


def entry_of(row: Any, names: Mapping[str, str]) -> TimelineEntry:
    """One row of a timeline or of the journal."""
    detail = msgspec.json.decode(row.detail, type=VerdictDetail)
    by_phone = row.actor_kind == ActorKind.TECHNICIAN
    return TimelineEntry(
        id=row.id,
        kind=row.kind,
        by=names.get(row.actor, row.actor),
        device=row.device if by_phone else "",
        args=_args(row.payload),
        made_at=row.made_at,
        received_at=row.received_at,
        outcome=row.outcome,
        reason=detail.reason,
        conflict=detail.conflict,
        fate=row.fate or "",
        filed_at=row.filed_at,
    )


def _args(payload: bytes) -> dict[str, Any]:
    """What was sent, {} when it cannot be read."""
    try:
        return msgspec.json.decode(payload, type=_Sent).args
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
