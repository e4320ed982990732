"""An upgrade of the database that can be undone: backup, migration, a look at it, or all back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import AppError
from backend.store.backup import copy_database, replace_with
from backend.store.board import Day, read_board
from backend.store.clock import Clock
from backend.store.engine import is_sqlite, writing_engine
from backend.store.pull import pull
from backend.store.schema import current_revision, downgrade, newest_revision, upgrade
from backend.store.tables import counter, device

LOOKED_AT: Final = 20  # technicians whose day is read


class UpgradeFailed(AppError):
    """The database is as it was; `reason` says what failed."""

    code: ClassVar[str] = "upgrade-failed"
    status: ClassVar[int] = 409


class NotWell(Exception):
    """The database does not serve what it should after a migration."""


class Upgraded(NamedTuple):
    """From which revision of the schema to which; `copy` is the database of before."""

    before: str
    after: str
    copy: Path | None


def upgrade_database(url: str, folder: Path, clock: Clock) -> Upgraded:
    """Bring the database of an installation that stands still to the newest schema.

    On SQLite `folder` keeps a proved copy of before, which is put back when anything fails; on
    PostgreSQL the migration is one transaction, and it is taken back when the look at it fails.
    Raises UpgradeFailed, and BadBackup or OSError before anything was touched.
    """
    engine = writing_engine(url)
    try:
        with engine.begin() as conn:
            before, is_empty = current_revision(conn), not _has_history(conn)
        if is_sqlite(url) and not is_empty:
            return _with_copy(engine, folder, before, clock)
        _attempt(engine, before, clock, lambda: downgrade(engine, before or "base"))
        return Upgraded(before, newest_revision(), None)
    finally:
        engine.dispose()


def _with_copy(engine: Engine, folder: Path, before: str, clock: Clock) -> Upgraded:
    database = Path(str(engine.url.database))
    copy = folder / f"terrain.db.before-{newest_revision()}"
    copy_database(database, copy)

    def put_back() -> None:
        engine.dispose()
        replace_with(copy, database)

    _attempt(engine, before, clock, put_back)
    return Upgraded(before, newest_revision(), copy)


def _attempt(engine: Engine, before: str, clock: Clock, put_back: Callable[[], None]) -> None:
    """What fails in a migration is undone by its transaction; what is found after it, here."""
    try:
        upgrade(engine)
        look_at(engine, clock)
    except (SQLAlchemyError, sqlite3.Error, NotWell, AppError) as error:
        with engine.begin() as conn:
            is_changed = current_revision(conn) != before
        if is_changed:
            put_back()
        raise UpgradeFailed(_told(error)) from error


def look_at(engine: Engine, clock: Clock) -> None:
    """Read what the office and phones would read first. Raises NotWell or the database's error."""
    if is_sqlite(engine.url):
        with closing(sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)) as conn:
            [found] = conn.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise NotWell(found)
    with engine.begin() as conn:
        if current_revision(conn) != newest_revision():
            raise NotWell("revision")
        read_board(conn, clock.now_ms, Day(clock.today, clock.now_ms))
        for technician in conn.scalars(select(device.c.technician).distinct().limit(LOOKED_AT)):
            pull(conn, technician, "")


def _has_history(conn: Connection) -> bool:
    if not inspect(conn).has_table(counter.name):
        return False
    return conn.execute(select(counter.c.sequence)).first() is not None


def _told(error: Exception) -> str:
    """Not a statement's values: they are customers' data."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__} : {cause}"[:200]
