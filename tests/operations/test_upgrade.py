"""An upgrade serves the phones of the version before, or leaves everything as it was."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from backend.app import create_app
from backend.auth.session import COOKIE
from backend.cli import main
from backend.installation import Installation
from backend.settings import Settings
from backend.store.devices import Enrolled, enrol
from backend.store.engine import writing_engine
from backend.store.links import create_link
from backend.store.schema import downgrade, newest_revision
from tests.api.installation import a_build, people
from tests.given import JOB, MARC, NOW_MS, uuid7

PHONES = 40
OLDER = "0006"  # the schema of the version before, and the protocol that its app spoke
PROTOCOL = 2


class Old:
    """An installation of the version before, with its phones; it stands still."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.data = folder / "var"
        self.data.mkdir()
        self.database = Path(shutil.copy(migrated, self.data / "terrain.db"))
        self.config = folder / "terrain.toml"
        self.config.write_text(f'data = "{self.data}"\n', "utf-8")
        self.settings = Settings(data=str(self.data), pwa=str(a_build(folder / "dist")))
        engine = writing_engine(self.settings.database_url)
        with engine.begin() as conn:
            people(conn)
            link = create_link(conn, MARC, NOW_MS, 14, PHONES)
            made = [enrol(conn, link.token, f"{n:032x}", NOW_MS, "old") for n in range(PHONES)]
        downgrade(engine, OLDER)
        engine.dispose()
        self.phones = [each for each in made if isinstance(each, Enrolled)]

    def upgrade(self) -> int:
        """`terrain upgrade`; gives its exit status."""
        return main(["--config", str(self.config), "upgrade"])

    def sql(self, statement: str) -> list[Any]:
        """One statement on its database."""
        with closing(sqlite3.connect(self.database)) as conn:
            rows = conn.execute(statement).fetchall()
            conn.commit()
        return rows

    def dump(self) -> list[str]:
        """Everything in its database, as statements."""
        with closing(sqlite3.connect(self.database)) as conn:
            return sorted(conn.iterdump())


@pytest.fixture
def old(tmp_path: Path, migrated: Path) -> Old:
    return Old(tmp_path, migrated)


async def test_forty_phones_of_the_version_before_bring_their_queues_after_the_upgrade(
    old: Old,
) -> None:
    assert old.upgrade() == 0

    app = create_app(old.settings, lambda: NOW_MS)
    running: Installation = app.state.installation
    async with running.lifespan(app):
        transport = httpx.ASGITransport(cast(Any, app))
        async with httpx.AsyncClient(transport=transport, base_url="https://t.test") as http:
            first = [await _push(http, *each) for each in enumerate(old.phones)]
            again = await _push(http, 0, old.phones[0])

    outcomes = [verdict[1] for reply in first for verdict in reply["verdicts"]]
    assert outcomes == ["applied"] * 2 * PHONES
    assert again["verdicts"] == first[0]["verdicts"]
    assert old.sql("SELECT count(*) FROM mutation WHERE seq > 0") == [(2 * PHONES,)]


async def _push(http: httpx.AsyncClient, number: int, phone: Enrolled) -> dict[str, Any]:
    """What waited on a phone: two notes that were made before the upgrade."""
    notes = [
        {"id": uuid7(10 * number + seq), "seq": seq, "kind": "note", "key": JOB, "base": 1}
        | {"made_at": NOW_MS, "args": {"text": f"{number}.{seq}"}}
        for seq in (1, 2)
    ]
    asked = {"protocol": PROTOCOL, "device": phone.device.id, "epoch": 1, "app": "0.0.9"}
    headers = {"Cookie": f"{COOKIE}={phone.session}", "X-Terrain": "1"}
    answer = await http.post("/api/sync", json=asked | {"mutations": notes}, headers=headers)
    assert answer.status_code == 200
    reply: dict[str, Any] = json.loads(answer.content)
    return reply


def test_an_upgrade_keeps_the_database_of_before(
    old: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    before = old.dump()

    assert old.upgrade() == 0

    told = capsys.readouterr().out
    copy = old.data / f"terrain.db.before-{newest_revision()}"
    assert f"{OLDER} → {newest_revision()}" in told
    assert old.dump() != before
    shutil.copy(copy, old.database)
    assert old.dump() == before


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("CREATE TABLE evidence (id INTEGER)", "table evidence already exists"),
        ("DROP TABLE conflict", "no such table: conflict"),
    ],
)
def test_what_fails_in_or_after_the_migration_leaves_everything_as_it_was(
    old: Old, fault: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old.sql(fault)
    before = old.dump()

    assert old.upgrade() == 1

    error = capsys.readouterr().err
    assert said in error
    assert "start the former version again" in error
    assert old.dump() == before


def test_a_new_installation_has_nothing_to_lose(tmp_path: Path) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text(f'data = "{tmp_path / "var"}"\n', "utf-8")

    assert main(["--config", str(config), "upgrade"]) == 0
    assert [file.name for file in (tmp_path / "var").glob("*before*")] == []
