"""The disk under the store: what its failures mean to a caller, and the part of it phones leave."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from backend.errors import AppError, DiskFull, StorageFailed

# Of the file or its disk, never of a statement (https://www.sqlite.org/rescode.html). BUSY too:
# nobody else may write, so whoever holds the lock is a fault of the installation.
_STORAGE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


# Another transaction was in the way: rolled back, and to be tried again as it was
# (https://www.postgresql.org/docs/15/mvcc-serialization-failure-handling.html; lock_timeout).
_CONTENTION: Final = frozenset({"40001", "40P01", "55P03"})


def free_bytes(folder: Path) -> int:
    """The bytes that may still be written on the disk of a folder."""
    return shutil.disk_usage(folder).free


# Somebody looks before the reserve is reached.
FILLING: Final = 0.80


def used_share(folder: Path) -> float:
    """How much of the disk of a folder is used, 0 to 1."""
    usage = shutil.disk_usage(folder)
    return usage.used / usage.total


class Reserve(NamedTuple):
    """The last `keep` bytes of a folder's disk: ERPNext's answers, receipts and the office may
    still be written there, a phone's work waits on the phone. `free` as in `free_bytes`."""

    folder: Path
    keep: int
    free: Callable[[Path], int] = free_bytes

    def check(self) -> None:
        """Raise DiskFull when the reserve is all that is left."""
        if self.free(self.folder) < self.keep:
            raise DiskFull("reserve")


def storage_fault(error: BaseException) -> AppError | None:
    """What the callers of a failed transaction are told when the disk or the connection failed;
    None when the work itself is at fault.

    DiskFull: it was rolled back. StorageFailed: whether it was kept is not known.
    """
    for each in _with_causes(error):
        if isinstance(each, StorageFailed):
            return each
        if isinstance(each, DBAPIError) and each.connection_invalidated:
            return StorageFailed("connection")
        if is_contention(each):
            return StorageFailed("contention")
        if isinstance(each, sqlite3.Error) and (fault := _sqlite_fault(each)):
            return fault
    return None


def is_contention(error: BaseException) -> bool:
    """Whether only another process's transaction was in the way (PostgreSQL)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in _CONTENTION


def _sqlite_fault(error: sqlite3.Error) -> AppError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the module's own errors have none
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(error.sqlite_errorname)
    return StorageFailed(error.sqlite_errorname) if code in _STORAGE else None


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The last error, then those under it: a rollback that fails too hides what came first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
