"""Records the real server under load: phones that push, photos, a stop and a start."""

import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from tests.e2e.command import TERRAIN
from tests.e2e.processes import ErpNext, Server
from tests.faults.phones import Phone, enrolled, notes_and_tags, push_all
from tests.faults.steps import Step, Told, steps
from tests.faults.strace import Call, calls, recording, wait_until_written

TECHNICIANS: Final = ("TECH-001", "TECH-002")
# No two photos have the same size: by it the answer to the last piece, which tells only how much
# came, names its photo.
PHOTOS: Final = tuple(range(20_001, 20_007))
PIECE_BYTES: Final = 12_000
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_SENT: Final = "sent.json"
_PLACE: Final = "place.json"


class Recorded(NamedTuple):
    """A run of the server: its steps, every mutation that a phone was answered and whose it is,
    by id, and the sizes of the photos."""

    steps: list[Step]
    root: Path
    sent: dict[str, dict[str, Any]]
    device: dict[str, str]
    photos: frozenset[int]


def record(folder: Path, mode: str, batches: int) -> None:
    """Run the server in `folder` with `synchronous` as `mode` says; each phone pushes so many
    batches before a stop of the server and as many after the start."""
    program = TERRAIN if mode == "full" else (sys.executable, "-m", "tests.faults.weakened", mode)
    erpnext = ErpNext(folder)
    server = Server(folder, erpnext)
    server.data.mkdir()
    with ExitStack() as ends:
        ends.callback(erpnext.close)
        ends.callback(server.kill)
        _start(server, folder / "1.strace", program)
        phones = [
            each
            for name in TECHNICIANS
            for each in ends.enter_context(enrolled(server, name, notes_and_tags))
        ]
        erpnext.be_away()  # from here on what phones do is all that is written
        _load(phones, batches, PHOTOS[:3])
        server.stop()
        wait_until_written(folder / "1.strace", server.pid)
        _start(server, folder / "2.strace", program)
        _load(phones, batches, PHOTOS[3:])
    wait_until_written(folder / "2.strace", server.pid)
    _keep(folder, server, phones)


def read(folder: Path) -> Recorded:
    """What `record` left in a folder. Fails when the recording does not hold every verdict that a
    phone got: then it is no proof."""
    sent = json.loads((folder / _SENT).read_text("utf-8"))
    place = json.loads((folder / _PLACE).read_text("utf-8"))
    root = Path(place["data"])
    found = steps(_calls(folder), root, place["port"])
    told = {id_ for step in found if isinstance(step.act, Told) for id_ in step.act.verdicts}
    assert told == set(sent["sent"]), "the recording and the phones differ"
    return Recorded(found, root, sent["sent"], sent["device"], frozenset(PHOTOS))


def _start(server: Server, log: Path, program: tuple[str, ...]) -> None:
    server.program = [*recording(log), *program]
    server.start()


def _load(phones: list[Phone], batches: int, photos: Sequence[int]) -> None:
    """All phones at once; one of them sends photos as well."""
    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(push_all, phones, batches)
        for size in photos:
            _send_photo(phones[0].http, size)
        pushing.result()


def _send_photo(http: httpx.Client, size: int) -> None:
    """A photo in two pieces."""
    photo = secrets.token_bytes(size)
    digest = hashlib.sha256(photo).hexdigest().encode()
    metadata = f"sha256 {_base64(digest)},filetype {_base64(b'image/jpeg')}"
    head = _TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata}
    place = http.post("/api/blobs", headers=head).headers["location"]
    for start in (0, PIECE_BYTES):
        end = start + PIECE_BYTES if start == 0 else size
        head = _TUS | {"Upload-Offset": str(start)}
        head |= {"Content-Type": "application/offset+octet-stream"}
        answer = http.patch(place, headers=head, content=photo[start:end])
        assert answer.headers["upload-offset"] == str(end), answer.text


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _keep(folder: Path, server: Server, phones: list[Phone]) -> None:
    sent = {id_: each for phone in phones for id_, each in phone.sent.items()}
    device = {id_: phone.device for phone in phones for id_ in phone.sent}
    (folder / _SENT).write_text(json.dumps({"sent": sent, "device": device}), "utf-8")
    place = {"data": str(server.data), "port": server.port}
    (folder / _PLACE).write_text(json.dumps(place), "utf-8")


def _calls(folder: Path) -> Iterator[Call]:
    first = 0
    logs = sorted(folder.glob("*.strace"))
    parts = []
    for log in logs:
        parts.append(calls(log, first))
        with log.open("rb") as lines:
            first += sum(1 for _ in lines)
    return chain.from_iterable(parts)
