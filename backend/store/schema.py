"""Brings a database to a revision of the schema."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from backend.store.disk import storage_fault

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply migrations up to `revision`.

    Raises StorageFailed or DiskFull when the database cannot be read or written.
    """
    try:
        _run(engine, command.upgrade, revision)
    except DBAPIError as error:
        fault = storage_fault(error)
        if fault is None:
            raise
        raise fault from error


def downgrade(engine: Engine, revision: str) -> None:
    """Take migrations back down to `revision` ("base": all of them)."""
    _run(engine, command.downgrade, revision)


def current_revision(conn: Connection) -> str:
    """The revision of a database, "" for one without any."""
    return MigrationContext.configure(conn).get_current_revision() or ""


def newest_revision() -> str:
    """The revision that this version of Terrain works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _run(engine: Engine, step: Any, revision: str) -> None:
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
