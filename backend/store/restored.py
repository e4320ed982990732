"""What a database has that the backup to be put back in its place lacks."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from sync.state import ActorKind

# ERPNext is polled again, labels are read again: people alone must do again what they did. What was
# refused has no sequence, and its phone keeps it whatever a backup holds.
_QUERY: Final = """
    SELECT m.id, m.kind, m.key, m.actor_kind, m.actor, m.device, m.made_at,
      m.sequence BETWEEN 1 AND (SELECT backed_up FROM main.counter) OR EXISTS (
        SELECT 1 FROM main.device d WHERE d.id = m.device AND d.revoked_at IS NOT NULL)
    FROM main.mutation m
    WHERE m.actor_kind IN (?, ?) AND m.id NOT IN (SELECT id FROM kept.mutation)
    ORDER BY m.received_at, m.id
"""


class Beyond(NamedTuple):
    """One mutation that a backup lacks; `made_at` in UTC ms. `is_lost`: no phone need
    still hold it, as the office's, a revoked phone's, or what a newer backup had."""

    mutation: str
    kind: str
    key: str
    actor: str
    device: str
    made_at: int
    is_lost: bool


def beyond(database: Path, backup: Path) -> list[Beyond] | None:
    """What people did that `database` has and `backup` lacks, as it was received; None when the
    database is gone or cannot be read."""
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
            conn.execute("ATTACH DATABASE ? AS kept", (f"file:{backup}?mode=ro",))
            kinds = ActorKind.TECHNICIAN.value, ActorKind.OFFICE.value
            return [_beyond(row) for row in conn.execute(_QUERY, kinds)]
    except sqlite3.DatabaseError:
        return None


def _beyond(row: tuple[str, str, str, str, str, str, int, int]) -> Beyond:
    id_, kind, key, actor_kind, actor, device, made_at, is_gone = row
    is_lost = actor_kind != ActorKind.TECHNICIAN or bool(is_gone)
    return Beyond(id_, kind, key, actor, device, made_at, is_lost)
