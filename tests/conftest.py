"""Databases for tests: the same tests run on SQLite and on PostgreSQL 15."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytest_postgresql import factories
from sqlalchemy import Engine

from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from tests import rows

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
postgresql = factories.postgresql("postgresql_server")

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


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
