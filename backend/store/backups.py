"""How the backups of this installation go: when the last good one was taken, what failed since."""

from typing import Final, NamedTuple

from sqlalchemy import Connection

from backend.store.shadows import UpstreamState, read_state, write_state

BACKUP: Final = "backup"  # its row in upstream_state
_ERROR_CHARACTERS: Final = 80


class Backups(NamedTuple):
    """`taken_at` is when the last good one began (0: never), `failing_since` the first failure
    after it; UTC ms."""

    taken_at: int = 0
    failing_since: int | None = None
    error: str = ""

    def is_stale(self, now_ms: int, late_ms: int) -> bool:
        """Whether somebody must look: none was taken for `late_ms`."""
        since = self.taken_at or self.failing_since
        return since is not None and now_ms - since > late_ms


def read_backups(conn: Connection) -> Backups:
    """How they go."""
    row = read_state(conn, BACKUP)
    return Backups(row.checked_at, row.down_since, row.error) if row else Backups()


def note_taken(conn: Connection, began_at: int) -> None:
    """A whole one is kept that holds everything until `began_at`."""
    write_state(conn, BACKUP, UpstreamState(None, "", began_at))


def note_failed(conn: Connection, error: str, now_ms: int) -> None:
    """One could not be taken."""
    before = read_backups(conn)
    since = before.failing_since or now_ms
    state = UpstreamState(since, error[:_ERROR_CHARACTERS], before.taken_at)
    write_state(conn, BACKUP, state)
