"""The operator is told once when something cannot wait, and once when it is over."""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import time
from email import message_from_string, policy
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert

from backend.operations.alerts.conditions import (
    CONFLICT_MS,
    SILENT_MS,
    Facts,
    Kind,
    Name,
    Silent,
    Standing,
    Told,
    Waits,
    after,
    conditions,
    to_tell,
)
from backend.operations.alerts.worker import AlertWorker
from backend.settings import Settings
from backend.settings.upkeep import AlertSettings, BackupSettings
from backend.store.alerting import read_worth
from backend.store.apply import apply_pushes
from backend.store.backups import note_taken
from backend.store.clock import Clock
from backend.store.refusals import close
from backend.store.shadows import ERPNEXT, UpstreamState, write_state
from backend.store.store import Store, open_store
from backend.store.tables import conflict, device
from sync.lane import AUTH, LATE_MS
from tests.api.installation import people
from tests.given import JOB, MARC, NOW_MS, TODAY, mutation, push, upstream
from tests.operations.receivers import Inbox, mail_server, webhooks
from tests.rows import row

DISK: Final = Name(Kind.DISK)
QUIET: Final = Facts(NOW_MS, time(12), (), (), (), None, None, 0.5, backup_is_stale=False)
WAITS: Final = Waits("c1", "DJ-00161", NOW_MS - CONFLICT_MS)
PHONE: Final = Silent("d1", "Marc", NOW_MS - SILENT_MS)


class Site:
    """A store, a clock that is moved by hand, and a disk."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.now_ms, self.used = store, NOW_MS, 0.5
        self._settings = settings
        self.begin()

    def begin(self) -> None:
        """Another process takes the turn."""
        self.worker = AlertWorker(self._settings, self.store, self.clock, lambda _: self.used)

    def clock(self) -> Clock:
        """The instant."""
        return Clock(self.now_ms, TODAY)

    async def turn(self) -> None:
        """A minute passes, then a look."""
        self.now_ms += 60_000
        await self.worker.turn()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def address(inbox: Inbox) -> Iterator[str]:
    with webhooks(inbox) as url:
        yield url


@pytest_asyncio.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    database, clock = shutil.copy(migrated, tmp_path / "terrain.db"), Clock(NOW_MS, TODAY)
    opened = open_store(f"sqlite:///{database}", lambda: clock, lambda _: None)
    await opened.writer.run(people)
    yield opened
    await opened.close()


@pytest.fixture
def site(store: Store, address: str, tmp_path: Path) -> Site:
    hook, dead_man = tmp_path / "hook", tmp_path / "dead-man"
    hook.write_text(f"{address}/hook", "utf-8")
    dead_man.write_text(f"{address}/alive", "utf-8")
    alerts = AlertSettings(webhook_file=str(hook), dead_man_file=str(dead_man))
    backup = BackupSettings("/nowhere", ("age1x",))
    return Site(store, Settings(data=str(tmp_path), alerts=alerts, backup=backup))


@pytest.mark.parametrize(
    ("at_limit", "beyond", "kind"),
    [
        (
            {"conflicts": (WAITS,)},
            {"conflicts": (WAITS._replace(since=WAITS.since - 1),)},
            Kind.CONFLICT,
        ),
        (
            {"phones": (PHONE,)},
            {"phones": (PHONE._replace(seen_at=PHONE.seen_at - 1),)},
            Kind.SILENT,
        ),
        ({"oldest_at": NOW_MS - LATE_MS}, {"oldest_at": NOW_MS - LATE_MS - 1}, Kind.LATE),
        ({"away_since": NOW_MS - LATE_MS}, {"away_since": NOW_MS - LATE_MS - 1}, Kind.LATE),
        ({"disk_used": 0.80}, {"disk_used": 0.801}, Kind.DISK),
        ({}, {"backup_is_stale": True}, Kind.BACKUP),
        ({}, {"is_key_refused": True}, Kind.KEY),
        ({}, {"refused": (WAITS,)}, Kind.REFUSED),
    ],
)
def test_each_condition_is_worth_an_alert_only_beyond_its_limit(
    at_limit: dict[str, Any], beyond: dict[str, Any], kind: Kind
) -> None:
    assert conditions(QUIET._replace(**at_limit), ()) == {}
    assert [each.kind for each in conditions(QUIET._replace(**beyond), ())] == [kind]


def test_a_phone_may_be_silent_at_night() -> None:
    night = QUIET._replace(phones=(PHONE._replace(seen_at=0),), local=time(18))

    assert conditions(night, ()) == {}


def test_a_disk_at_its_limit_is_not_told_again_and_again() -> None:
    hovering = QUIET._replace(disk_used=0.79)

    assert DISK in conditions(hovering, (DISK,))
    assert DISK not in conditions(hovering, ())
    assert DISK not in conditions(QUIET._replace(disk_used=0.78), (DISK,))


def test_what_began_and_ended_untold_is_never_told() -> None:
    ended = {DISK: Standing("81%", 1, 2, Told.NOTHING)}

    assert to_tell(ended) == []


def test_what_comes_back_before_its_end_was_told_never_ended() -> None:
    ended = {DISK: Standing("81%", 1, 2, Told.RAISED)}

    back = after(ended, {DISK: "82%"}, 3)

    assert to_tell(back) == []


def test_that_a_refusal_grew_old_is_no_news() -> None:
    assert to_tell({Name(Kind.REFUSED, "m"): Standing("", 1, 2, Told.RAISED)}) == []


@row(28, without={"backend.operations.alerts.worker.conditions": lambda _facts, _standing: {}})
async def test_a_key_that_erpnext_refuses_is_told_at_once(site: Site, inbox: Inbox) -> None:
    refused = UpstreamState(NOW_MS, f"{AUTH}401", NOW_MS)
    await site.store.writer.run(lambda conn: write_state(conn, ERPNEXT, refused))

    await site.turn()

    told = inbox.of("/hook")
    assert [each["kind"] for each in told] == ["erpnext-key"]
    assert "ERPNext refuse notre clé" in told[0]["text"]
    assert "ERPNext refuses our key" in told[0]["text"]


async def test_a_refusal_that_the_office_closed_is_told_to_nobody(site: Site, inbox: Inbox) -> None:
    refused = mutation(1, "status", {"to": "nowhere"})
    await site.store.writer.run(lambda conn: apply_pushes(conn, [push(refused)], site.clock()))
    closing = partial(close, refused=refused.id, author="julie", reason="réglé", now_ms=NOW_MS)
    await site.store.writer.run(closing)

    await site.turn()

    assert inbox.of("/hook") == []


async def test_an_alert_is_sent_once_and_cleared_once(site: Site, inbox: Inbox) -> None:
    site.used = 0.9
    for _ in range(3):
        await site.turn()
    site.used = 0.5
    for _ in range(3):
        await site.turn()
    site.used = 0.9
    await site.turn()

    told = [(each["kind"], each["state"]) for each in inbox.of("/hook")]
    assert told == [("disk", "raised"), ("disk", "cleared"), ("disk", "raised")]
    assert "le disque se remplit : 90%" in inbox.of("/hook")[0]["text"]
    assert "the disk fills up: 90%" in inbox.of("/hook")[0]["text"].replace(" :", ":")
    assert len(inbox.of("/alive")) == 7


async def test_an_alert_that_could_not_be_sent_is_sent_by_the_next_process(
    site: Site, inbox: Inbox
) -> None:
    site.used, inbox.status = 0.9, 503
    await site.turn()
    inbox.status = 204

    site.begin()
    await site.turn()
    await site.turn()

    assert [each["state"] for each in inbox.of("/hook")] == ["raised"]


async def test_a_stale_backup_is_told(site: Site, inbox: Inbox) -> None:
    await site.store.writer.run(lambda conn: note_taken(conn, NOW_MS))
    site.now_ms += 3 * 3_600_000 - 60_000
    await site.turn()
    in_time = inbox.of("/hook")[:]
    await site.turn()

    assert in_time == []
    assert [each["kind"] for each in inbox.of("/hook")] == ["backup"]


async def test_what_is_worth_an_alert_is_read_from_the_database(store: Store) -> None:
    nowhere = "job/00000000-0000-7000-8000-0000000000ff"
    await store.writer.push(push(mutation(1, "note", {"text": "a"}, key=nowhere)))
    await store.writer.run(_conflict_and_phone)

    worth = await store.read(lambda conn: read_worth(conn, Clock(NOW_MS + 1, TODAY)))

    assert [each[1:] for each in worth.conflicts] == [("DJ-00161", NOW_MS)]
    assert [each.id for each in worth.refused] == [mutation(1, "note", {}).id]
    assert [tuple(each) for each in worth.phones] == [("d1", '"Marc Tremblay"', NOW_MS - 5)]


async def test_a_technician_whose_visits_are_over_may_be_silent(store: Store) -> None:
    await store.writer.run(lambda conn: upstream(conn, 40, JOB, "DJ-00161", status="completed"))
    await store.writer.run(_conflict_and_phone)

    worth = await store.read(lambda conn: read_worth(conn, Clock(NOW_MS + 1, TODAY)))

    assert list(worth.phones) == []


def _conflict_and_phone(conn: Connection) -> None:
    clash = {"id": "c1", "key": JOB, "path": "status", "soft": 0, "body": "{}", "sequence": 1}
    conn.execute(insert(conflict).values(clash))
    phone = {"id": "d1", "technician": MARC, "link": "l", "session_hash": "h"}
    times = {"created_at": NOW_MS - 9, "seen_at": NOW_MS - 5}
    conn.execute(insert(device).values(phone | times))


async def test_an_alert_is_mailed_in_both_languages(
    store: Store, inbox: Inbox, tmp_path: Path
) -> None:
    with mail_server(inbox) as port:
        alerts = AlertSettings(
            mail_to=("garde@example.ca",),
            mail_from="terrain@example.ca",
            smtp_host="127.0.0.1",
            smtp_port=port,
        )
        site = Site(store, Settings(data=str(tmp_path), alerts=alerts))
        site.used = 0.9
        await site.turn()

    [mail] = [message_from_string(each, policy=policy.default) for each in inbox.mails]
    assert mail["To"] == "garde@example.ca"
    assert "le disque se remplit / ALERT: the disk fills up" in mail["Subject"]
