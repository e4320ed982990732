"""Opens databases: one writing engine, many read-only connections, on SQLite or PostgreSQL."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.errors import StorageFailed

SQLITE_VERSION: Final = sqlite3.sqlite_version
# Any number that no other program takes in this database.
WRITING: Final = 7_237_128_888_997_146_479
# Its usual size is four MiB (wal_autocheckpoint, 1000 pages).
WAL_BYTES: Final = 16 * 1024**2
WAL_PATIENCE_MS: Final = 500
BUSY_MS: Final = 5000
# A process that was stopped in the middle of a transaction must not stop the others for ever.
_PATIENCE: Final = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=30s"


def writing_engine(url: str) -> Engine:
    """The engine whose single connection is the only one that writes and checkpoints.

    On PostgreSQL there is one a process; each transaction waits for its turn before anything
    else, as SQLite's BEGIN IMMEDIATE does. So sequences are in commit order, nothing is decided
    on what another one is changing, and no two can lock each other out.

    SQLite 3.40 has the WAL-reset bug (fixed in 3.51.3): two writers may corrupt the file, so
    there is one connection, and readers never checkpoint. FULL because NORMAL loses acknowledged
    commits on a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    parsed = make_url(url)
    if not is_sqlite(parsed):
        return _one_of_many(parsed)
    engine = create_engine(
        parsed.set(drivername="sqlite"),
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": BUSY_MS / 1000,
        },
    )
    event.listen(engine, "connect", _writer_pragmas)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _one_of_many(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": _PATIENCE},
        pool_size=1,
    )
    take_turn = f"SELECT pg_advisory_xact_lock({WRITING})"
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(take_turn))
    return engine


def reading_engine(url: str, connections: int) -> Engine:
    """The engine for readers: each transaction sees one snapshot and can write nothing."""
    parsed, pool = make_url(url), {"pool_size": connections, "max_overflow": 0}
    if not is_sqlite(parsed):
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            isolation_level="REPEATABLE READ",
            **pool,
        )
    engine = create_engine(
        parsed.set(drivername="sqlite"),
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 5.0},
        poolclass=QueuePool,
        **pool,
    )
    event.listen(engine, "connect", _reader_pragmas)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
    return engine


def probing_engine(url: str) -> AsyncEngine:
    """One connection that only reads, apart from the readers' own: for who asks whether the
    database answers, and must not wait in line with those who are served."""
    parsed, pool = make_url(url), {"pool_size": 1, "max_overflow": 0}
    if not is_sqlite(parsed):
        return create_async_engine(parsed.set(drivername="postgresql+psycopg_async"), **pool)
    engine = create_async_engine(
        parsed.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": 5.0}, **pool
    )
    event.listen(engine.sync_engine, "connect", _reader_pragmas)
    return engine


def looking_engine(url: str) -> Engine:
    """The engine of a command that only looks, beside whatever runs: it can neither write nor
    checkpoint, not even when its connection is the last one that closes."""
    parsed = make_url(url)
    if not is_sqlite(parsed):
        options = {"options": "-c default_transaction_read_only=on"}
        return create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=options)
    file = f"file:{parsed.database}"
    return create_engine(
        parsed.set(drivername="sqlite", database=file, query={"mode": "ro", "uri": "true"})
    )


def reopen(engine: Engine) -> None:
    """Give up the writing connection for a new one, after a fault that may have left it astray.

    Raises StorageFailed when the database is no longer whole, DBAPIError when it cannot be read.
    """
    engine.dispose()
    if is_sqlite(engine.url):
        with engine.connect() as conn:
            found = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise StorageFailed("damaged")


def bound_wal(engine: Engine, above: int = WAL_BYTES) -> None:
    """Empty SQLite's write-ahead log, when it has more than `above` bytes, by the connection that
    writes.

    Readers that overlap let it grow for ever: each commit only copies what they allow, and the log
    begins anew when there is none (https://www.sqlite.org/wal.html, "Avoiding Excessively Large
    WAL Files"). TRUNCATE waits for them for WAL_PATIENCE_MS; the next commit tries again.
    """
    if not is_sqlite(engine.url) or _wal_bytes(engine.url) <= above:
        return
    connection = engine.raw_connection()
    try:
        for pragma in (
            f"busy_timeout={WAL_PATIENCE_MS}",
            "wal_checkpoint(TRUNCATE)",
            f"busy_timeout={BUSY_MS}",
        ):
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
    finally:
        connection.close()


def _wal_bytes(url: URL) -> int:
    wal = Path(f"{url.database}-wal")
    return wal.stat().st_size if wal.exists() else 0


def is_sqlite(url: str | URL) -> bool:
    """Whether a database URL names SQLite (the embedded default)."""
    return make_url(url).get_backend_name() == "sqlite"


def _writer_pragmas(connection: Any, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _reader_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("query_only=ON", "wal_autocheckpoint=0"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
