"""Phones without a screen: they push batch after batch and keep what they were told."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import httpx

from backend.erp.ids import uuid7
from sync.protocol import PROTOCOL
from tests.e2e.processes import Server, wait_for

BATCH: Final = 20
PHONES_A_LINK: Final = 3
ANSWER_S: Final = 10.0
PAUSE_S: Final = 0.02  # as a phone waits; a dead server refuses in no time
END_S: Final = 60.0

Mutation = dict[str, Any]


class Gesture(NamedTuple):
    """What a technician does: the kind of a mutation and its args."""

    kind: str
    args: dict[str, Any]


class Refusal(NamedTuple):
    """A batch that the server did not take: status, code, detail, and the mutations' ids."""

    status: int
    code: str
    reason: str
    ids: frozenset[str]


class Phone:
    """One enrolled device. `patient`: a refused batch goes again as it was, as a real phone's
    does; otherwise it is forgotten, and new mutations take its numbers.
    """

    def __init__(
        self,
        server: Server,
        session: tuple[str, str],
        jobs: Sequence[str],
        gesture: Callable[[int, str], Gesture],
        *,
        patient: bool = True,
    ) -> None:
        cookie, self.device = session
        self.sent: dict[str, Mutation] = {}
        self.verdicts: dict[str, list[Any]] = {}
        self.refusals: list[Refusal] = []
        self.answers = 0
        self.unanswered = 0
        self.http = httpx.Client(base_url=server.url, timeout=ANSWER_S, headers=_headers(cookie))
        self._jobs = jobs
        self._gesture = gesture
        self._patient = patient
        self._seq = 0
        self._doors = [self.http]
        self._asked = 0

    def also_at(self, server: Server) -> None:
        """Send every other request to another server of the same installation."""
        self._doors.append(
            httpx.Client(base_url=server.url, timeout=ANSWER_S, headers=self.http.headers)
        )

    def push(self) -> None:
        """Push one batch; without an answer it goes again as it was."""
        batch = [self._mutation(self._seq + n) for n in range(1, BATCH + 1)]
        while (answer := self._post(batch)) is None:
            self.unanswered += 1
            time.sleep(PAUSE_S)
        self._take(batch, answer)

    def push_again(self) -> list[Any]:
        """Push the last batch once more; what is answered now."""
        last = sorted(self.sent.values(), key=lambda each: int(each["seq"]))[-BATCH:]
        answer = self._post(last)
        assert answer is not None
        verdicts: list[Any] = answer.json()["verdicts"]
        return verdicts

    def sync_nothing(self) -> httpx.Response:
        """Pull alone."""
        return self.http.post("/api/sync", json=self._body([]))

    def pull(self, cursor: str) -> dict[str, Any]:
        """The page after `cursor`; waits for a server that answers."""
        while True:
            with suppress(httpx.TransportError):
                answer = self._next_door().post("/api/sync", json=self._body([], cursor))
                if answer.status_code == 200:
                    reply: dict[str, Any] = answer.json()
                    return reply
            time.sleep(PAUSE_S)

    def close(self) -> None:
        """Hang up everywhere."""
        for door in self._doors:
            door.close()

    def _next_door(self) -> httpx.Client:
        self._asked += 1
        return self._doors[self._asked % len(self._doors)]

    def _take(self, batch: list[Mutation], answer: httpx.Response) -> None:
        reply = answer.json()
        code = reply.get("error") or reply.get("refusal")
        if code:
            ids = frozenset(each["id"] for each in batch)
            reason = reply.get("reason", "")
            self.refusals.append(Refusal(answer.status_code, code, reason, ids))
            return
        self.sent |= {each["id"]: each for each in batch}
        self.verdicts |= {each[0]: each[1:] for each in reply["verdicts"]}
        self.answers += 1
        self._seq += len(batch)

    def _post(self, batch: list[Mutation]) -> httpx.Response | None:
        try:
            answer = self._next_door().post("/api/sync", json=self._body(batch))
        except httpx.TransportError:
            return None
        return None if self._patient and answer.status_code in (503, 507) else answer

    def _body(self, batch: list[Mutation], cursor: str = "") -> dict[str, Any]:
        said = {"protocol": PROTOCOL, "device": self.device, "epoch": 1, "cursor": cursor}
        return said | {"mutations": batch}

    def _mutation(self, seq: int) -> Mutation:
        gesture = self._gesture(seq, self.device)
        return {
            "id": uuid7(now_ms(), secrets.token_bytes(10)),
            "seq": seq,
            "kind": gesture.kind,
            "key": self._jobs[seq % len(self._jobs)],
            "base": 0,
            "made_at": now_ms(),
            "args": gesture.args,
        }


def push_all(phones: Sequence[Phone], batches: int) -> None:
    """All push so many batches at once."""

    def push(phone: Phone) -> None:
        for _ in range(batches):
            phone.push()

    with ThreadPoolExecutor(len(phones)) as pool:
        for each in [pool.submit(push, phone) for phone in phones]:
            each.result()


@contextmanager
def pushing(phones: Sequence[Phone]) -> Iterator[None]:
    """All push at once and go on until the block ends; then each ends its batch."""
    ending = threading.Event()

    def push(phone: Phone) -> None:
        while not ending.is_set():
            phone.push()

    with ThreadPoolExecutor(len(phones)) as pool:
        running = [pool.submit(push, phone) for phone in phones]
        try:
            yield
        finally:
            ending.set()
        for each in running:
            each.result(END_S)


def notes(seq: int, device: str) -> Gesture:
    """A note that nobody else writes."""
    return Gesture("note", {"text": f"note {seq} de {device}"})


def notes_and_tags(seq: int, device: str) -> Gesture:
    """Notes, and every fifth time a tag that is put on or taken off again: cells overwritten."""
    if seq % 5:
        return notes(seq, device)
    return Gesture("tag", {"tag": f"essai {seq % 2}", "on": seq % 3 > 0})


@contextmanager
def enrolled(
    server: Server,
    technician: str,
    gesture: Callable[[int, str], Gesture] = notes,
    *,
    patient: bool = True,
) -> Iterator[list[Phone]]:
    """As many phones of a technician as one link allows, once his visits have arrived."""
    url, _ = server.create_link(technician)
    token = url.rpartition("/")[2]
    jobs = wait_for("visits", lambda: _jobs(server, technician), END_S)
    phones = [
        Phone(server, enrol(server, token), jobs, gesture, patient=patient)
        for _ in range(PHONES_A_LINK)
    ]
    yield phones
    for phone in phones:
        phone.close()


def enrol(server: Server, token: str) -> tuple[str, str]:
    """The cookie and the id of a new device."""
    url = f"{server.url}/t/{token}"
    form = httpx.get(url).text.partition('name="form_token" value="')[2].partition('"')[0]
    answer = httpx.post(url, data={"form_token": form}, headers={"Origin": server.url})
    answer.raise_for_status()
    device = answer.text.partition('"device":"')[2].partition('"')[0]
    return answer.headers["set-cookie"].partition(";")[0], device


def now_ms() -> int:
    """This machine's clock: UTC milliseconds."""
    return time.time_ns() // 1_000_000


def _jobs(server: Server, technician: str) -> list[str]:
    query = (
        "SELECT job.key FROM cell job JOIN cell person ON person.path = 'name'"
        """ AND job.value = '"' || person.key || '"'"""
        " WHERE job.path = 'technician' AND person.value = ? ORDER BY 1"
    )
    return [key for (key,) in server.rows(query, f'"{technician}"')]


def _headers(cookie: str) -> dict[str, str]:
    # Not compressed, so that a recorded answer can be read.
    return {"Cookie": cookie, "X-Terrain": "1", "Accept-Encoding": "identity"}
