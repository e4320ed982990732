"""Backups of the embedded database: a whole copy, proved, and the return from one.

A copy is taken beside the running server by a reader (https://www.sqlite.org/lang_vacuum.html,
VACUUM INTO), so it never stops a phone. Phones keep what they sent until a backup holds it.
"""

import os
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import ClassVar, NamedTuple

from sqlalchemy import Connection, select, update

from backend.errors import AppError
from backend.store.tables import counter


class BadBackup(AppError):
    """The file is no backup of ours, or not whole; `reason` says which."""

    code: ClassVar[str] = "bad-backup"
    status: ClassVar[int] = 409


class NoFile(AppError):
    """There is no such file or folder."""

    code: ClassVar[str] = "no-file"
    status: ClassVar[int] = 404


class Copied(NamedTuple):
    """A proved copy: up to which sequence it holds, of which server epoch, its size in bytes."""

    sequence: int
    epoch: str
    size: int


def copy_database(database: Path, target: Path) -> Copied:
    """Write a whole copy of the database to `target`, durably.

    Raises BadBackup if it is not one, and NoFile when the folder of the target is not there.

    The copy takes its name only once it is proved: a cut leaves no half backup under it.
    """
    if not target.parent.is_dir():
        raise NoFile(str(target.parent))
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source:
        source.execute("PRAGMA wal_autocheckpoint=0").close()
        source.execute("VACUUM INTO ?", (str(partial),)).close()
    copied = check_backup(partial)
    _sync(partial)
    partial.rename(target)
    _sync(target.parent)
    return copied


def check_backup(file: Path) -> Copied:
    """What a backup holds. Raises BadBackup for a file that is damaged or not ours; NoFile."""
    if not file.is_file():
        raise NoFile(str(file))
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            [verdict] = copy.execute("PRAGMA integrity_check(1)").fetchone()
            row = copy.execute("SELECT sequence, epoch FROM counter").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"{file.name} : {error}") from error
    if verdict != "ok":
        raise BadBackup(f"{file.name} : {verdict}")
    if row is None:
        raise BadBackup(f"{file.name} : vide / empty")
    return Copied(row[0], row[1], file.stat().st_size)


def note_backup(conn: Connection, copied: Copied) -> bool:
    """Tell the phones up to where a backup exists; False when it is of another history."""
    mine = counter.c.epoch == copied.epoch, counter.c.backed_up <= copied.sequence
    told = update(counter).where(*mine).values(backed_up=copied.sequence)
    return conn.execute(told).rowcount == 1


def put_back(file: Path, database: Path) -> Copied:
    """Make a backup the database, under a new epoch: phones then send again what it lacks.

    Nobody else may have the database open. What was there is kept beside it.
    """
    copied = check_backup(file)
    for suffix in ("", "-wal", "-shm"):
        old = database.with_name(f"{database.name}{suffix}")
        if old.exists():
            old.rename(old.with_name(f"{database.name}.before-restore{suffix}"))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
        fresh = uuid.uuid4().hex[:12]
        target.execute("UPDATE counter SET epoch = ?, backed_up = sequence", (fresh,)).close()
        target.commit()
    _sync(database)
    _sync(database.parent)
    return copied


def replace_with(file: Path, database: Path) -> None:
    """Make a copy the database again, of the same history: nothing was answered since it was taken.

    Nobody else may have the database open. The copy stays.
    """
    for suffix in ("-wal", "-shm"):
        database.with_name(f"{database.name}{suffix}").unlink(missing_ok=True)
    partial = database.with_name(f".{database.name}.partial")
    shutil.copyfile(file, partial)
    _sync(partial)
    partial.rename(database)
    _sync(database.parent)


def backed_up(conn: Connection) -> int:
    """The sequence up to which a backup of this history exists."""
    return conn.execute(select(counter.c.backed_up)).scalar() or 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
