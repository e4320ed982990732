"""What the board says of the server itself: its backups and its disk, as the alerts do."""

from typing import Final, NamedTuple

from backend.board.today.desk_state import BackupsState, BackupsTile, DiskTile, SourceLine
from backend.store.backups import Backups
from backend.store.disk import FILLING

_PERCENT: Final = 100


class Machine(NamedTuple):
    """What a process knows beside the database: whom it asks, ERPNext aside, how much of its disk
    is used (0 to 1), and when a newest backup is too old (ms; None: none is planned)."""

    sources: tuple[SourceLine, ...] = ()
    disk_used: float = 0.0
    backup_late_ms: int | None = None


def backups_tile(backups: Backups, machine: Machine, now_ms: int) -> BackupsTile:
    """How backups go, at an instant in UTC ms."""
    return BackupsTile(
        state=_state(backups, machine.backup_late_ms, now_ms),
        taken_at=backups.taken_at or None,
        failing_since=backups.failing_since,
    )


def _state(backups: Backups, late_ms: int | None, now_ms: int) -> BackupsState:
    if late_ms is None:
        return BackupsState.OFF
    if backups.is_stale(now_ms, late_ms):
        return BackupsState.STALE
    return BackupsState.OK if backups.taken_at else BackupsState.NONE


def disk_tile(machine: Machine) -> DiskTile:
    """How full the disk is: whole percents, so that the board stays the same while it hardly
    moves."""
    return DiskTile(round(machine.disk_used * _PERCENT), machine.disk_used > FILLING)
