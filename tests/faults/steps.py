"""Reads a recorded server: what it did to its files, and what it told its clients, in order."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.faults.strace import Call

# Rebuilt by SQLite, a lock, a socket, a file that only takes room: nothing of them is promised.
_NOT_KEPT: Final = ("-shm", ".lock", ".sock", "/ballast", "/ballast.partial")
_FILE: Final = re.compile(r"\d+<((?:\\x[0-9a-f]{2})+)>(?!\(deleted\))")
_STRING: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_SOCKET: Final = re.compile(r"\d+<TCP:\[([^\]]*)->[^\]]*\]>")
_SHARED: Final = re.compile(r"PROT_WRITE.*MAP_SHARED")


class Unmodelled(Exception):
    """The server changed a file in a way that this proof does not understand."""


class Written(NamedTuple):
    """Bytes at an offset of a file; None is its end."""

    path: str
    offset: int | None
    data: bytes


class Resized(NamedTuple):
    """A file cut or grown to a size."""

    path: str
    size: int


class Made(NamedTuple):
    """A new name: an empty file, or a folder."""

    path: str
    folder: bool


class Linked(NamedTuple):
    """A file under one more name."""

    path: str
    to: str


class Moved(NamedTuple):
    """A file under another name; what had that name is gone."""

    path: str
    to: str


class Removed(NamedTuple):
    """A name taken away."""

    path: str


class Synced(NamedTuple):
    """A file's bytes, or a folder's names, made durable: what was done to it before the call
    began."""

    path: str
    begun: int


class Told(NamedTuple):
    """An answer whose last byte was given to the client's socket: verdicts by mutation id, and
    the size of a photo that is whole."""

    verdicts: dict[str, list[Any]]
    photo: int = 0


Act = Written | Resized | Made | Linked | Moved | Removed | Synced | Told


class Step(NamedTuple):
    """One act, at a line of the recording."""

    at: int
    act: Act


def steps(recorded: Iterable[Call], data: Path, port: int) -> list[Step]:
    """The acts on the files under `data` and the answers from `port`, in order.

    A change counts from the end of its call, an answer from its beginning: the earliest moment
    at which a client may hold the server to it. Raises Unmodelled.
    """
    files, sends, found = _Files(str(data)), [], []
    for call in recorded:
        if _is_answer(call, port):
            sends.append(call)
        else:
            found += [Step(call.ended, act) for act in files.acts(call)]
    return sorted([*found, *_answers(sends)], key=lambda step: step.at)


class _Files:
    """Knows which names exist and which files are written at their end only."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._names: set[str] = set()
        self._appended: set[str] = set()

    def acts(self, call: Call) -> Iterator[Act]:
        """What a call that succeeded did to a kept file."""
        paths = _paths_of(call)
        if call.result < 0 or not any(self._is_kept(path) for path in paths):
            return
        read = _READERS.get(call.name)
        if read is None or not self._is_kept(paths[0]):
            raise Unmodelled(f"{call.name} {paths}")
        yield from read(self, paths[0], call)

    def _is_kept(self, path: str) -> bool:
        return path.startswith(self._root) and not path.endswith(_NOT_KEPT)

    def opened(self, path: str, call: Call) -> Iterator[Act]:
        """A file that was not there is made; O_TRUNC empties one that was."""
        flags = set(call.args.rpartition('", ')[2].partition(",")[0].split("|"))
        if "O_APPEND" in flags:
            self._appended.add(path)
        if "O_CREAT" in flags and path not in self._names:
            self._names.add(path)
            yield Made(path, folder=False)
        elif "O_TRUNC" in flags:
            yield Resized(path, 0)

    def made(self, path: str, _call: Call) -> Iterator[Act]:
        """A folder; the data folder itself is there before the power is."""
        if path != self._root:
            self._names.add(path)
            yield Made(path, folder=True)

    def linked(self, path: str, call: Call) -> Iterator[Act]:
        """One more name within the data folder."""
        to = _paths_of(call)[1]
        self._names |= {to}
        yield Linked(path, to)

    def moved(self, path: str, call: Call) -> Iterator[Act]:
        """A rename within the data folder."""
        to = _paths_of(call)[1]
        self._names -= {path}
        self._names |= {to}
        yield Moved(path, to)

    def removed(self, path: str, _call: Call) -> Iterator[Act]:
        """A name; the file lives on while it is open, and is of no more interest."""
        self._names -= {path}
        yield Removed(path)

    def written(self, path: str, call: Call) -> Iterator[Act]:
        """Bytes at the file's end: the server seeks in no file that it writes in this way."""
        if path in self._names:
            if path not in self._appended:
                raise Unmodelled(f"{call.name} without O_APPEND {path}")
            yield Written(path, None, _sent(call))

    def written_at(self, path: str, call: Call) -> Iterator[Act]:
        """Bytes at an offset."""
        if path in self._names:
            yield Written(path, int(call.args.rpartition(", ")[2]), _sent(call))

    def resized(self, path: str, call: Call) -> Iterator[Act]:
        """A new size."""
        if path in self._names:
            yield Resized(path, int(call.args.rpartition(", ")[2]))

    def synced(self, path: str, call: Call) -> Iterator[Act]:
        """Durable once the call returned."""
        yield Synced(path, call.begun)

    def mapped(self, path: str, call: Call) -> Iterator[Act]:
        """Reading by mmap is harmless; writing would pass unseen."""
        if _SHARED.search(call.args):
            raise Unmodelled(f"{call.name} {path}")
        return iter(())


_READERS: Final[dict[str, Callable[[_Files, str, Call], Iterator[Act]]]] = {
    "open": _Files.opened,
    "openat": _Files.opened,
    "mkdir": _Files.made,
    "link": _Files.linked,
    "rename": _Files.moved,
    "unlink": _Files.removed,
    "write": _Files.written,
    "pwrite64": _Files.written_at,
    "ftruncate": _Files.resized,
    "truncate": _Files.resized,
    "fsync": _Files.synced,
    "fdatasync": _Files.synced,
    "mmap": _Files.mapped,
}
_BY_NAME: Final = frozenset(
    {"open", "mkdir", "link", "rename", "unlink", "truncate", "rmdir", "creat"}
)
_SENDS: Final = frozenset({"write", "writev", "sendto", "sendmsg"})


def _paths_of(call: Call) -> list[str]:
    """The files that a call is about: by their names, or by the names of its descriptors."""
    if call.name in _BY_NAME or call.name.endswith("at"):
        found = [text for text, _ in _STRING.findall(call.args)]
    else:
        found = _FILE.findall(call.args.partition('"')[0])
    return [_decoded(each).decode(errors="replace") for each in found]


def _sent(call: Call) -> bytes:
    """The bytes that a call wrote, as many of them as it took."""
    pieces = _STRING.findall(call.args)
    if any(cut for _, cut in pieces):
        raise Unmodelled(f"{call.name}: strace cut a string")
    return b"".join(_decoded(text) for text, _ in pieces)[: call.result]


@cache
def _short(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _decoded(text: str) -> bytes:
    return _short(text) if len(text) < 1024 else bytes.fromhex(text.replace("\\x", ""))


def _is_answer(call: Call, port: int) -> bool:
    ends = _SOCKET.match(call.args) if call.name in _SENDS else None
    return ends is not None and ends[1].endswith(f":{port}") and call.result >= 0


def _answers(sends: list[Call]) -> Iterator[Step]:
    """Each whole HTTP answer, at the beginning of the call that sent its last byte."""
    streams: dict[str, bytes] = {}
    for call in sorted(sends, key=lambda each: each.begun):
        connection = call.args.partition("]>")[0].partition("<")[2]
        stream = streams.get(connection, b"") + _sent(call)
        while (cut := _split(stream)) is not None:
            head, body, stream = cut
            if told := _told(head, body):
                yield Step(call.begun, told)
        streams[connection] = stream


def _split(stream: bytes) -> tuple[dict[str, str], bytes, bytes] | None:
    """The first answer of a stream, head and body, and the rest; None while it is not whole."""
    text, end, rest = stream.partition(b"\r\n\r\n")
    if not end or not stream.startswith(b"HTTP/1.1 "):  # the pieces of one without a length
        return None
    status, *lines = text.decode("latin-1").split("\r\n")
    head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    head["status"] = status.split(" ")[1]
    size = int(head.get("content-length", 0))
    return (head, rest[:size], rest[size:]) if len(rest) >= size else None


def _told(head: dict[str, str], body: bytes) -> Told | None:
    if head["status"] == "204" and "upload-offset" in head:
        return Told({}, int(head["upload-offset"]))
    if head["status"] == "200" and body.startswith(b"{") and b'"verdicts"' in body:
        return Told({each[0]: each[1:] for each in json.loads(body)["verdicts"]})
    return None
