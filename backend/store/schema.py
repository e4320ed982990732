"""Brings a database to a revision of the schema."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
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


def _run(engine: Engine, step: Any, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
