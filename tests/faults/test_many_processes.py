"""Two servers and two workers on one database, phones that go to either, one worker killed."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from backend.store.engine import WRITING
from tests.e2e.processes import wait_for
from tests.faults.cluster import Cluster, Replica, running
from tests.faults.phones import BATCH, Phone, enrolled, notes_and_tags, pushing

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("many processes")]

TECHNICIANS: Final = ("TECH-001", "TECH-002")
ANSWERS: Final = 60
SLOW_S: Final = 20.0
# A killed worker's lease, and what then waits.
FILED_S: Final = 240.0
POKED_S: Final = 5.0
_NOTE: Final = re.compile(r": (note \d+ de [0-9a-f-]{36})")


class World:
    """An installation after its load, with everything on file in ERPNext."""

    def __init__(self, cluster: Cluster, phones: list[Phone]) -> None:
        self.cluster = cluster
        self.phones = phones
        self.replicas = [Replica(phone) for phone in phones]

    @property
    def verdicts(self) -> dict[str, str]:
        """What the phones were told, by mutation id."""
        return {id_: told[0] for phone in self.phones for id_, told in phone.verdicts.items()}

    def in_visits(self) -> Counter[str]:
        """How often each note stands in ERPNext's visits."""
        erpnext = self.cluster.erpnext
        names = [each["name"] for each in erpnext.documents("Dispatch Job", [])]
        documents = [erpnext.document("Dispatch Job", name) for name in names]
        return Counter(_NOTE.findall(json.dumps(documents)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Load on both servers; one worker is killed in the middle of a delivery."""
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        one, other = cluster.servers
        with (
            enrolled(one, TECHNICIANS[0], notes_and_tags) as first,
            enrolled(other, TECHNICIANS[1], notes_and_tags) as second,
        ):
            for phone in first:
                phone.also_at(other)
            for phone in second:
                phone.also_at(one)
            world = World(cluster, [*first, *second])
            with pushing(world.phones):
                _kill_a_worker_that_delivers(world)
                for replica in world.replicas:
                    replica.pull()
                _wait_for_answers(world, 2 * ANSWERS)
            waiting = "SELECT 1 FROM outbox WHERE fate IS NULL LIMIT 1"
            wait_for("everything on file", lambda: not cluster.rows(waiting), FILED_S)
            yield world


def test_a_killed_workers_lanes_are_delivered_by_the_other(world: World) -> None:
    killed, left = world.cluster.workers

    assert not killed.running
    assert left.running
    assert world.cluster.rows("SELECT count(*) FROM lane") == [(0,)]


def test_replicas_of_one_scope_hold_the_same_cells_wherever_they_pulled(world: World) -> None:
    fresh = [Replica(phone) for phone in world.phones]
    for replica in (*world.replicas, *fresh):
        replica.pull()

    for start in (0, 3):
        mine = slice(start, start + 3)
        assert len({each.hash for each in (*world.replicas[mine], *fresh[mine])}) == 1


def test_no_cell_of_an_acknowledged_mutation_is_lost(world: World) -> None:
    notes = {
        (each["key"], f"notes/{each['id']}")
        for phone in world.phones
        for each in phone.sent.values()
        if each["kind"] == "note"
    }
    for replica in world.replicas:
        replica.pull()

    held = {
        (key, path)
        for replica in world.replicas
        for key, cells in replica.records.items()
        for path in cells
    }
    assert len(notes) > ANSWERS * BATCH // 2
    assert notes <= held


def test_each_mutation_is_in_erpnext_once(world: World) -> None:
    effects = world.cluster.erpnext.effects_on("Field Operation")
    ledger = Counter(each.name for each in effects if each.action == "insert")
    visits = world.in_visits()
    texts = {
        each["args"]["text"]
        for phone in world.phones
        for each in phone.sent.values()
        if each["kind"] == "note"
    }

    assert ledger == dict.fromkeys(world.verdicts, 1)
    assert visits == dict.fromkeys(texts, 1)


def test_the_other_server_gives_the_same_verdicts_again(world: World) -> None:
    for phone in world.phones:
        for again in (phone.push_again(), phone.push_again()):
            assert len(again) == BATCH
            assert [phone.verdicts[id_] for id_, *_ in again] == [told for _, *told in again]


def test_the_feed_has_no_hole_and_every_number_of_a_replica_is_there_once(world: World) -> None:
    rows = world.cluster.rows
    [(first, last, count)] = rows("SELECT min(sequence), max(sequence), count(*) FROM feed")
    [(head,)] = rows("SELECT sequence FROM counter")
    numbers = "SELECT count(*), max(seq) FROM mutation WHERE seq > 0 GROUP BY device, epoch"

    assert (first, last, count) == (1, head, head)
    assert all(count == highest for count, highest in rows(numbers))


def test_one_process_alone_polls_erpnext(world: World) -> None:
    erpnext = world.cluster.erpnext
    [(held,)] = world.cluster.rows(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database"  # noqa: S608
        " WHERE datname = current_database() AND locktype = 'advisory' AND granted"
        f" AND (classid::bigint << 32 | objid::bigint) <> {WRITING}"
    )
    before = len(erpnext.log())

    def polls() -> int:
        return sum(each.path.endswith("/Dispatch Job") for each in erpnext.log()[before:])

    assert held == 3  # the poll, midnight, the scans
    assert wait_for("a poll", polls, 10.0)


def test_a_push_at_one_server_pokes_a_stream_at_the_other(world: World) -> None:
    phone, other = world.phones[0], world.cluster.servers[1]
    opened, poked = threading.Event(), threading.Event()

    def listen() -> None:
        headers = dict(phone.http.headers)
        with httpx.stream("GET", f"{other.url}/api/events", headers=headers, timeout=30) as stream:
            for line in stream.iter_lines():
                opened.set()
                if line == "event: poke":
                    poked.set()
                    return

    listening = threading.Thread(target=listen)
    listening.start()
    assert opened.wait(POKED_S)
    before = phone.answers
    phone.push()

    assert phone.answers == before + 1
    assert poked.wait(POKED_S)
    listening.join(POKED_S)


def _kill_a_worker_that_delivers(world: World) -> None:
    """By SIGKILL, while a request of it is on its way."""
    _wait_for_answers(world, ANSWERS)
    world.cluster.erpnext.be_slow(SLOW_S)
    claimed = "SELECT 1 FROM lane WHERE state = 'claimed'"
    wait_for("deliveries of both", lambda: len(world.cluster.rows(claimed)) >= 3, SLOW_S)
    world.cluster.workers[0].kill()
    world.cluster.erpnext.be_back()


def _wait_for_answers(world: World, goal: int) -> None:
    wait_for("answers", lambda: sum(each.answers for each in world.phones) >= goal, 60.0)
