"""The phones of a bench: what each holds, what it was told, and whether anything was lost."""

import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from bench.corpus import Edit
from bench.encoder import Body
from bench.installation import Handset
from bench.wire import Answer, Connection
from sync.effects import effects
from sync.protocol import PROTOCOL, Mutation
from sync.writes import Fault

_STANDS: Final = re.compile(
    rb'"changes":{"cursor":"([^"]*)","sequence":(\d+),"epoch":"[^"]*"(,"more":true)?'
)
KEPT: Final = ("applied", "merged")
Place = tuple[str, str]


class Phone:
    """One handset: its connection, its replica, its verdicts by mutation id.

    A page is only looked into until `read`: hundreds of phones that read at once would be measured
    in the server's place.
    """

    def __init__(self, url: str, handset: Handset) -> None:
        self.handset = handset
        self.wire = Connection(url, handset.session)
        self.records: dict[str, dict[str, Any]] = {}
        self.conflicts: set[str] = set()
        self.changes: dict[str, Any] = {}
        self.cursor = ""
        self.sequence = 0
        self.has_more = False
        self._unread: list[Answer] = []
        self.verdicts: dict[str, list[Any]] = {}
        self.pulled_bytes = 0
        self.waited_s: list[float] = []

    async def push(self, body: Body) -> Answer:
        """Send one of the phone's requests; takes what the answer says."""
        answer = await self._post(body.content, gzip=body.gzip)
        if answer.status == 200:
            self._keep(answer)
        return answer

    async def pull(self) -> None:
        """Take everything beyond the cursor, page by page."""
        self.has_more = True
        while self.has_more:
            answer = await self.pull_page()
            assert answer.status == 200, answer  # noqa: S101  (nothing else is a figure)

    async def pull_page(self) -> Answer:
        """Ask for what is beyond the cursor; takes what the answer says."""
        said = {"protocol": PROTOCOL, "device": self.handset.device, "epoch": 1}
        asked = msgspec.json.encode(said | {"cursor": self.cursor})
        answer = await self._post(asked, gzip=False)
        if answer.status == 200:
            self.pulled_bytes += len(answer.body)
            self._keep(answer)
        return answer

    def read(self) -> None:
        """Put what came into the replica."""
        for answer in self._unread:
            self._take(answer.reply)
        self._unread.clear()

    @property
    def hash(self) -> str:
        """Of every cell with a value."""
        cells = {key: _present(record) for key, record in self.records.items()}
        return hashlib.sha256(msgspec.json.encode(cells, order="sorted")).hexdigest()

    async def _post(self, body: bytes, *, gzip: bool) -> Answer:
        began = time.perf_counter()
        answer = await self.wire.post(body, gzip=gzip)
        self.waited_s.append(time.perf_counter() - began)
        return answer

    def _keep(self, answer: Answer) -> None:
        self._unread.append(answer)
        stands = _STANDS.search(answer.beginning)
        assert stands is not None  # noqa: S101  (every reply says it)
        self.cursor, self.sequence = stands[1].decode(), int(stands[2])
        self.has_more = stands[3] is not None

    def _take(self, reply: dict[str, Any]) -> None:
        changes = reply["changes"]
        if changes.get("reset"):
            self.records.clear()
        for put in changes.get("put", ()):
            held = {} if put.get("whole") else self.records.get(put["key"], {})
            self.records[put["key"]] = held | put["cells"]
        for key in (*changes.get("remove", ()), *changes.get("delete", ())):
            self.records.pop(key, None)
        self.verdicts |= {each[0]: each[1:] for each in reply.get("verdicts", ())}
        self.conflicts |= {each["id"] for each in reply.get("conflicts", ())}
        self.changes = changes


class Told(NamedTuple):
    """An edit and the verdict that its phone was given: the outcome and its detail."""

    id: str
    edit: Edit
    outcome: str
    detail: Mapping[str, Any]


def told(phone: Phone, edits: list[Edit], bodies: list[Body]) -> list[Told]:
    """The verdicts on a phone's edits, in order."""
    ids = [id_ for body in bodies for id_ in body.ids]
    found = []
    for id_, edit in zip(ids, edits, strict=True):
        outcome, *detail = phone.verdicts.get(id_, ["unanswered"])
        found.append(Told(id_, edit, outcome, detail[0] if detail else {}))
    return found


def lost_cells(phone: Phone, everything: Iterable[Told]) -> int:
    """How many cells of edits that were acknowledged are not as they must be in this replica.

    The last one kept, by the server's sequence, stands; one that lost is in an open conflict.
    """
    expected: dict[Place, tuple[int, Any]] = {}
    lost = 0
    for each in everything:
        if each.outcome == "unanswered":
            lost += 1
        elif each.outcome == "conflict":
            lost += each.detail.get("conflict") not in phone.conflicts
        elif each.outcome in KEPT:
            for place, value in _writes(phone, each):
                known = expected.get(place, (0, None))
                expected[place] = max(known, (each.detail["sequence"], value), key=lambda e: e[0])
    return lost + sum(not _is_there(phone, place, value) for place, (_, value) in expected.items())


def _writes(phone: Phone, each: Told) -> Iterable[tuple[Place, Any]]:
    kind, key, args, _ = each.edit
    cells = phone.records.get(key, {})
    written = effects(Mutation(each.id, 0, kind, key, 0, 0, args), cells, "")
    if isinstance(written, Fault):
        # The status has moved on since; the mark of this step stays.
        return [((key, f"marks/{each.id}"), ...)] if kind == "status" else []
    whole = {"check", "tag", "edit"}
    return [
        ((key, path), value if kind in whole else ...)
        for path, value in written.items()
        if kind in whole or path.endswith(each.id)
    ]


def _is_there(phone: Phone, place: Place, value: Any) -> bool:
    key, path = place
    there = phone.records.get(key, {}).get(path)
    return there is not None if value is ... else _plain(there) == _plain(value)


def _plain(value: Any) -> Any:
    """Without who and when, which the phone does not know."""
    if isinstance(value, Mapping):
        return {k: v for k, v in value.items() if k not in ("at", "by")}
    return value or None


def _present(record: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in record.items() if value is not None}
