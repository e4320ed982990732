"""The ERPNext of a run: the project's own simulator in process, its office, and what goes wrong.

What the worker does towards it is counted in steps, each a request or a write of its own store: a
mishap names the step that it befalls.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import httpx
import msgspec

from backend.erp.inbound import OVERLAP
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.simulators.erpnext.calls import Call, Upload
from backend.simulators.erpnext.database import Write
from backend.simulators.erpnext.gateway import respond
from backend.simulators.erpnext.schema import Doc
from backend.simulators.erpnext.site import OFFICE_USER, Session
from backend.simulators.erpnext.writing import update
from tests.simulation.drafts import CONTACT, JOBS
from tests.simulation.morning import DOCUMENTS, JOB, copy_of, morning_site

_CELLS: Final = {
    "Customer": {"mobile_no": "phone"},
    "Dispatch Job": {
        "subject": "subject",
        "technician": "technician",
        "status": "status",
        "priority": "priority",
    },
}
_VALUES: Final = {
    **{name: key for key, (_, name) in DOCUMENTS.items()},
    "Open": "todo",
    "Assigned": "todo",
    "En Route": "en_route",
    "On Site": "on_site",
    "On Hold": "on_hold",
    "Completed": "completed",
    "Not Completed": "not_completed",
    "Cancelled": "cancelled",
}
# Between stamp and commit: less than what the poll allows for.
LONGEST: Final = OVERLAP - timedelta(minutes=2)
LEDGER: Final = "Field Operation"
_DONE: Final = "Completed"
# Fields that say how the sync stands, and nothing of the work.
_OF_THE_SYNC: Final = "terrain_"
# What a validation of the site answers.
_REFUSED: Final = b'{"exc_type":"ValidationError"}'


class Ill(StrEnum):
    """What can go wrong with a step of the worker."""

    UNANSWERED = "unanswered"  # the site has done it, and nobody hears of it
    DROPPED = "dropped"  # it never arrives
    AWAY = "away"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"  # the office saves the document first
    NOT_KEPT = "not kept"  # the site drops a field in silence
    MEANWHILE = "meanwhile"  # a phone syncs first
    DIED = "died"  # the worker's process ends before the step
    DIES = "dies"  # ... and after it


# What befalls one request; a site that is away or refuses does it for a while.
_ONCE: Final = (Ill.UNANSWERED, Ill.DROPPED, Ill.OVERTAKEN, Ill.NOT_KEPT)
_OF_A_PUT: Final = (Ill.OVERTAKEN, Ill.NOT_KEPT)


class Mishap(NamedTuple):
    """What befalls the worker at its step `at`, from 0."""

    at: int
    ill: Ill


class WorkerDied(BaseException):
    """The process of the worker is no more; nothing of ours may catch that."""


class Erpnext:
    """A small site, begun anew for every run; `now` is its clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._morning = now, morning_site(now())
        self.begin()

    def begin(self) -> None:
        """A day begins."""
        self.site = copy_of(self._morning, self._now)
        self.worker_is_dead = False
        # How often the present visit was billed; visits that were, and nobody has looked yet.
        self.bills: Counter[str] = Counter()
        self.billed: list[str] = []
        # All that the office ever said, by record and cell: only that may come back as its edit.
        self.said: set[tuple[str, str, Any]] = set()
        self.said_before = {cell for key in (CONTACT, *JOBS) for cell in self._cells(key)}
        self._mishap: Mishap | None = None
        self._steps = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self._open: dict[tuple[str, str], tuple[datetime, list[Write]]] = {}

    @property
    def _token(self) -> str:
        """The service user's."""
        return self.site.user_token(SYNC_USER)

    def meet(self, mishap: Mishap | None) -> None:
        """What a worker meets that begins to work now."""
        self._mishap, self._steps, self.worker_is_dead = mishap, 0, False

    def step(self) -> Ill | None:
        """What befalls the worker's next step. Raises WorkerDied."""
        if self.worker_is_dead:
            raise WorkerDied
        self._steps += 1
        if self._mishap is None or self._steps <= self._mishap.at:
            return None
        ill = self._mishap.ill
        if ill is Ill.MEANWHILE:
            self._mishap = None
            self.meanwhile()
        if ill in (Ill.DIED, Ill.DIES):
            self.worker_is_dead = True
            if ill is Ill.DIED:
                raise WorkerDied
        return ill

    def answer(
        self, method: str, path: str, args: Doc, body: Doc, upload: Upload | None = None
    ) -> Any:
        """What a request gets, as (status, headers, body). Raises httpx.ReadError, WorkerDied."""
        ill = self._befalling(method)
        if ill is Ill.DROPPED:
            raise httpx.ReadError("dropped")
        if ill is Ill.REFUSED:
            return HTTPStatus.EXPECTATION_FAILED, "application/json", _REFUSED
        target = _target(path)
        if method == "PUT":
            self.commit_late(target)
            body = self._kept(body) if ill is Ill.NOT_KEPT else body
        before = self._status(target)
        said = "", f"token {self._token}", "application/json", 0, {**args, **body}, body
        call = Call(method, path, *said, upload)
        reply = respond(self.site, call, self._fault(ill, target))
        if method == "PUT" and before != _DONE == self._status(target):
            self.bills[target[1]] += 1
            self.billed.append(target[1])
        if ill is Ill.DIES:
            raise WorkerDied
        if ill is Ill.UNANSWERED:
            raise httpx.ReadError("unanswered")
        return reply.status, reply.media_type, reply.content

    def edit(self, key: str, fields: Doc, *, late: bool = False) -> None:
        """The office saves a form; `late`: others see it only after the commit."""
        target = DOCUMENTS[key]
        self.commit_late(target)
        self._note(key, fields)
        if "status" in fields:
            self.bills[target[1]] = 0
        if late:
            update(self.site, Session(OFFICE_USER), *target, fields, check=False)
            self._open[target] = self._now(), self.site.database.withdraw()
        else:
            self.site.edit_as_office(*target, **fields)

    def commit_late(self, target: tuple[str, str]) -> None:
        """Whoever saves a document waits for one who is about to."""
        if target in self._open:
            self.site.database.apply(self._open.pop(target)[1])

    def commit_all(self, *, overdue: bool = False) -> None:
        """Nobody is in the middle of anything any more, or nobody for longer than requests may."""
        before = self._now() - (LONGEST if overdue else timedelta())
        for target, (since, _) in list(self._open.items()):
            if since <= before:
                self.commit_late(target)

    def document(self, key: str) -> Doc:
        """The document of a record."""
        return self.site.document(*DOCUMENTS[key])

    def holds(self, mutation: str) -> bool:
        """Whether the ledger has it."""
        return self.site.database.get(LEDGER, mutation) is not None

    def files(self) -> list[tuple[str, str, bytes]]:
        """The files: document, name and bytes of each."""
        rows = self.site.database.rows("File")
        return [
            (str(row["attached_to_name"]), str(row["file_name"]), self.site.files[row["file_url"]])
            for row in rows
        ]

    def ledger(self) -> Iterator[str]:
        """The mutations in the ledger, as they came."""
        return (str(row["name"]) for row in self.site.database.rows(LEDGER))

    def _befalling(self, method: str) -> Ill | None:
        """What befalls this request. Raises WorkerDied."""
        ill = self.step()
        if ill in _OF_A_PUT and method != "PUT":
            return None
        if ill is Ill.UNANSWERED and method == "GET":
            return None
        if ill in _ONCE:
            self._mishap = None
        return ill

    def _kept(self, body: Doc) -> Doc:
        """What the site keeps of it: a field of somebody's work is not there any more."""
        names = [name for name in body if name != "modified" and not name.startswith(_OF_THE_SYNC)]
        lost = names[self._steps % len(names)] if names else ""
        return {name: value for name, value in body.items() if name != lost}

    def _cells(self, key: str) -> Iterator[tuple[str, str, Any]]:
        for cell in as_cells(self.document(key), DOCUMENTS[key][0]).items():
            yield (key, *cell)

    def _note(self, key: str, fields: Doc) -> None:
        self.said |= {(key, *cell) for cell in as_cells(fields, DOCUMENTS[key][0]).items()}

    def _status(self, target: tuple[str, str]) -> Any:
        if target[0] != JOB or not target[1]:
            return None
        row = self.site.database.get(*target)
        return row and row["status"]

    def _fault(self, ill: Ill | None, target: tuple[str, str]) -> Fault | None:
        if ill is Ill.AWAY:
            return Fault(FaultKind.UNAVAILABLE)
        if ill is Ill.OVERTAKEN and target[0] == JOB:
            fields = {"subject": f"Visite {self._steps}"}
            self._note(next(key for key in JOBS if DOCUMENTS[key] == target), fields)
            return Fault(FaultKind.OFFICE_EDIT, doctype=JOB, name=target[1], fields=fields)
        return None


class Wire(httpx.AsyncClient):
    """The worker's connection to it, without a socket."""

    def __init__(self, erpnext: Erpnext) -> None:
        super().__init__(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
        self._erpnext = erpnext

    async def request(self, method: str, url: Any, **given: Any) -> httpx.Response:
        """The site's answer."""
        body = msgspec.json.decode(given["content"]) if given.get("content") else {}
        path = httpx.URL(url).path
        args = given.get("params") or given.get("data") or {}
        name, sent, _ = given["files"]["file"] if "files" in given else ("", b"", "")
        upload = Upload(name, sent) if name else None
        answer = self._erpnext.answer(method, path, args, body, upload)
        status, kind, content = answer
        asked = httpx.Request(method, f"http://erpnext{path}")
        return httpx.Response(
            status, headers={"Content-Type": kind}, content=content, request=asked
        )


def as_cells(fields: Doc, doctype: str) -> dict[str, Any]:
    """What fields of a document say of its record, as far as the office changes them in a run."""
    paths = _CELLS[doctype]
    told = {paths[name]: value for name, value in fields.items() if name in paths}
    return {path: _VALUES.get(value, value) for path, value in told.items()}


def _target(path: str) -> tuple[str, str]:
    """The doctype and the name that a path speaks of, "" for none."""
    doctype, _, name = path.removeprefix("/api/resource/").partition("/")
    return doctype, name
