"""The server killed (-9) again and again under load: what it acknowledged is there, once."""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from backend.erp.ids import uuid7
from tests.e2e.processes import ErpNext, Server, wait_for

# The short form belongs to the suite; `TERRAIN_FAULT_KILLS=1000` is the long one.
KILLS: Final = int(os.environ.get("TERRAIN_FAULT_KILLS", "20"))
PHONES: Final = 3  # what one link allows
BATCH: Final = 20
PUSHES_BETWEEN_KILLS: Final = 2
ANSWER_S: Final = 5.0


class Pusher(threading.Thread):
    """One phone: pushes batches of notes, each until it is answered, and keeps the verdicts."""

    def __init__(self, server: Server, cookie: str, device: str, job: str) -> None:
        super().__init__(daemon=True)
        self.verdicts: dict[str, Any] = {}
        self.repeated: list[tuple[str, Any]] = []
        self.answers = 0
        self.lost = 0
        self.refusals: list[str] = []
        self._http = httpx.Client(base_url=server.url, timeout=ANSWER_S, headers=_headers(cookie))
        self._device = device
        self._job = job
        self._seq = 0
        self._ending = threading.Event()

    def end(self) -> None:
        """Stop after the batch under way, once it is answered."""
        self._ending.set()
        self.join(60.0)

    def run(self) -> None:
        """Push for ever; a batch that got no answer goes again as it was."""
        while not self._ending.is_set():
            batch = self._batch()
            while not self._pushed(batch):
                self.lost += 1
                time.sleep(0.02)  # as a phone waits; a dead server refuses in no time

    def push_again(self) -> None:
        """Push the last batch once more, and keep what is answered."""
        batch = self._batch()
        while not self._pushed(batch):
            pass
        answer = self._post(batch)
        self._http.close()
        assert answer is not None
        self.repeated = [(each[0], each[1:]) for each in answer["verdicts"]]

    def _batch(self) -> list[dict[str, Any]]:
        notes = []
        for _ in range(BATCH):
            self._seq += 1
            notes.append(
                {
                    "id": uuid7(_now_ms(), secrets.token_bytes(10)),
                    "seq": self._seq,
                    "kind": "note",
                    "key": self._job,
                    "base": 0,
                    "made_at": _now_ms(),
                    "args": {"text": f"note {self._seq} de {self._device}"},
                }
            )
        return notes

    def _pushed(self, batch: list[dict[str, Any]]) -> bool:
        answer = self._post(batch)
        if answer is None:
            return False
        if "refusal" in answer:
            self.refusals.append(answer["refusal"])
        self.verdicts |= {each[0]: each[1:] for each in answer.get("verdicts", [])}
        self.answers += 1
        return True

    def _post(self, batch: list[dict[str, Any]]) -> dict[str, Any] | None:
        body = {"protocol": 1, "device": self._device, "epoch": 1, "mutations": batch}
        try:
            answer = self._http.post("/api/sync", json=body)
        except httpx.TransportError:
            return None
        if answer.status_code == 503:
            return None
        answer.raise_for_status()
        reply: dict[str, Any] = answer.json()
        return reply


class Killed(NamedTuple):
    """The installation after its last kill, and the phones that pushed all the while."""

    server: Server
    pushers: list[Pusher]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """KILLS times: some answered batches, SIGKILL in the middle of others, start."""
    folder = tmp_path_factory.mktemp("kills")
    erpnext = ErpNext(folder)
    server = Server(folder, erpnext)
    try:
        server.start()
        pushers = _pushers(server)
        # From here on a push changes nothing upstream: the store alone is under test.
        erpnext.be_away()
        for pusher in pushers:
            pusher.start()
        for _ in range(KILLS):
            _kill_in_the_middle(server, pushers)
        for pusher in pushers:
            pusher.end()
            pusher.push_again()
        server.kill()
        yield Killed(server, pushers)
    finally:
        server.kill()
        erpnext.close()


def test_every_acknowledged_mutation_is_in_the_database_with_its_verdict(killed: Killed) -> None:
    kept = {row[0]: row[1] for row in _rows(killed, "SELECT id, outcome FROM mutation")}
    acknowledged = {
        id_: verdict[0] for pusher in killed.pushers for id_, verdict in pusher.verdicts.items()
    }

    assert len(acknowledged) >= KILLS * PUSHES_BETWEEN_KILLS * BATCH
    assert set(acknowledged.values()) == {"applied"}
    assert {id_: kept.get(id_) for id_ in acknowledged} == acknowledged


def test_answers_were_lost_so_that_batches_went_twice(killed: Killed) -> None:
    assert sum(pusher.lost for pusher in killed.pushers) >= KILLS
    assert [pusher.refusals for pusher in killed.pushers] == [[]] * len(killed.pushers)


def test_a_repeated_batch_gets_its_first_verdicts_again(killed: Killed) -> None:
    for pusher in killed.pushers:
        assert len(pusher.repeated) == BATCH
        assert [pusher.verdicts[id_] for id_, _ in pusher.repeated] == [
            verdict for _, verdict in pusher.repeated
        ]


def test_numbers_of_a_replica_have_no_gap_and_no_double(killed: Killed) -> None:
    query = "SELECT device, seq FROM mutation WHERE seq > 0 ORDER BY device, seq"
    seqs: dict[str, list[int]] = {}
    for device, seq in _rows(killed, query):
        seqs.setdefault(device, []).append(seq)

    assert len(seqs) == len(killed.pushers)
    for each in seqs.values():
        assert each == list(range(1, len(each) + 1))


def test_each_mutation_has_one_effect_and_the_feed_no_hole(killed: Killed) -> None:
    [(notes,)] = _rows(killed, "SELECT count(*) FROM cell WHERE path LIKE 'notes/%'")
    [(mutations,)] = _rows(killed, "SELECT count(*) FROM mutation WHERE kind = 'note'")
    [(queued,)] = _rows(killed, "SELECT count(*) FROM outbox")
    [(first, last, count)] = _rows(
        killed, "SELECT min(sequence), max(sequence), count(*) FROM feed"
    )
    [(head,)] = _rows(killed, "SELECT sequence FROM counter")

    assert notes == mutations == queued
    assert (first, last, count) == (1, head, head)


def test_the_database_is_whole(killed: Killed) -> None:
    assert _rows(killed, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(killed, "PRAGMA foreign_key_check") == []


def _kill_in_the_middle(server: Server, pushers: list[Pusher]) -> None:
    goal = sum(pusher.answers for pusher in pushers) + PUSHES_BETWEEN_KILLS
    wait_for("answers", lambda: sum(each.answers for each in pushers) >= goal, 60.0, 0.002)
    server.kill()
    server.start()


def _pushers(server: Server) -> list[Pusher]:
    url, _ = server.create_link("TECH-001")
    token = url.rpartition("/")[2]
    query = (
        "SELECT job.key FROM cell job JOIN cell person ON person.path = 'name'"
        " AND job.value = json_quote(person.key)"
        " WHERE job.path = 'technician' AND person.value = json_quote('TECH-001') ORDER BY 1"
    )
    jobs = wait_for("visits", lambda: _read(server, query), 30.0)
    return [Pusher(server, *_enrolled(server, token), jobs[0][0]) for _ in range(PHONES)]


def _enrolled(server: Server, token: str) -> tuple[str, str]:
    """The cookie and the id of a new device."""
    url = f"{server.url}/t/{token}"
    form = httpx.get(url).text.partition('name="form_token" value="')[2].partition('"')[0]
    answer = httpx.post(url, data={"form_token": form}, headers={"Origin": server.url})
    answer.raise_for_status()
    device = answer.text.partition('"device":"')[2].partition('"')[0]
    return answer.headers["set-cookie"].partition(";")[0], device


def _headers(cookie: str) -> dict[str, str]:
    return {"Cookie": cookie, "X-Terrain": "1"}


def _rows(killed: Killed, query: str) -> list[Any]:
    return _read(killed.server, query)


def _read(server: Server, query: str) -> list[Any]:
    # Not read-only: after a kill the reader is the one who recovers the WAL.
    with closing(sqlite3.connect(Path(server.database), timeout=10.0)) as conn:
        return conn.execute(query).fetchall()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
