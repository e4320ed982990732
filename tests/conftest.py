"""Databases for tests: the same tests run on SQLite and on PostgreSQL 15."""

import logging
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import Engine

from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from backend.store.tables import metadata
from tests import rows
from tests.canary import PLANTED, Canaries, leaks, logs_in

# A test that commits fifty times waits fifty times for a disk, which is no part of its rule: the
# tests of lost power have a disk of their own. A machine that gives little memory uses the disk.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108
_ENOUGH: Final = 2 * 2**30
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# How long an example takes on a busy machine says nothing of its rule; and what lets a change in
# has the same examples each time: `--hypothesis-profile search` looks for others.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", settings.get_profile("search"), derandomize=True)
settings.load_profile("gate")


def _migrate(**server: Any) -> None:
    """Give the template of the tests' databases its tables: a migration takes time."""
    engine = writing_engine(
        "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**server)
    )
    upgrade(engine)
    engine.dispose()


CANARIES: Final = Canaries()
CANARIES.watch()

# As `terrain` itself: a secret that everybody may read is refused.
os.umask(0o077)

# `pg_virtualenv` gives these; PostgreSQL's own pg_ctl refuses to run as root.
postgresql_server = factories.postgresql_noproc(
    load=[_migrate],
    host=os.environ.get("PGHOST", "127.0.0.1"),
    port=os.environ.get("PGPORT", "5432"),
    user=os.environ.get("PGUSER", "postgres"),
    password=os.environ.get("PGPASSWORD", ""),
)

# A migration writes the number of its version, whichever way it goes.
_MIGRATED: Final = "SELECT xmin::text || version_num FROM alembic_version"
_OTHERS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_FROM_ONE: Final = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: NoopExecutor) -> Iterator[DatabaseJanitor]:
    """One database for all tests of a process: to make and drop it costs more than most of them."""
    server = postgresql_server
    with DatabaseJanitor(
        user=server.user,
        password=server.password,
        host=server.host,
        port=server.port,
        dbname=server.dbname,
        template_dbname=server.template_dbname,
    ) as made:
        yield made


@pytest.fixture
def postgresql(postgresql_database: DatabaseJanitor) -> Iterator[psycopg.Connection]:
    """A connection to a database with every migration and no row, as each test leaves it."""
    with _connected(postgresql_database) as conn:
        before = conn.execute(_MIGRATED).fetchall()
        conn.commit()
        yield conn
    with _connected(postgresql_database) as conn:
        conn.execute(_OTHERS)
        is_as_it_was = _migrations(conn) == before
        if is_as_it_was:
            _empty(conn)
    if not is_as_it_was:
        postgresql_database.drop()
        postgresql_database.init()


def _connected(database: DatabaseJanitor) -> psycopg.Connection:
    return psycopg.connect(
        user=database.user,
        password=database.password,
        host=database.host,
        port=database.port,
        dbname=database.dbname,
    )


def _migrations(conn: psycopg.Connection) -> list[Any] | None:
    try:
        return conn.execute(_MIGRATED).fetchall()
    except psycopg.errors.UndefinedTable:
        return None


def _empty(conn: psycopg.Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    conn.execute(_FROM_ONE)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every migration and no row, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "terrain.db"
    engine = writing_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> str:
    """The URL of a database with every migration and no row."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(migrated, tmp_path / 'terrain.db')}"
    info = request.getfixturevalue("postgresql").info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of security's rows without their controls too."""
    rows.runs(metafunc)


@pytest.fixture(autouse=True)
def control(request: pytest.FixtureRequest) -> Iterator[None]:
    """What stands instead of the controls that this run of a row's test lacks; first of all
    fixtures, as the app that a test asks may keep what it finds when it is made."""
    with pytest.MonkeyPatch.context() as patch:
        for target, instead in getattr(request, "param", {}).items():
            patch.setattr(target, instead)
        yield


@pytest.fixture(autouse=True)
def no_secret_is_said(request: pytest.FixtureRequest) -> Iterator[None]:
    """Row 7: whatever a test makes the server log, print or write into a log file holds no secret
    of that test; one that reads what is printed looks at that itself."""
    CANARIES.take()
    yield
    # A command run in a test logs to what is captured of that test, and closed after it.
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if type(each) is not logging.StreamHandler]
    if rows.is_without(request.node):
        return
    drawn, lines = CANARIES.take()
    printed = [text for _, _, text in request.node._report_sections]
    folder = request.node.funcargs.get("tmp_path")
    found = leaks((*drawn, *PLANTED), (*lines, *printed, *(logs_in(folder) if folder else ())))
    assert found == [], "a secret was said"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Without its control a row's test fails, or it watches nothing."""
    if not rows.is_without(item):
        return (yield)
    try:
        yield
    except (AssertionError, pytest.fail.Exception):
        return None
    pytest.fail("passes without its control")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A writing engine over a migrated database."""
    engine = writing_engine(database_url)
    yield engine
    engine.dispose()
