"""A disk as a power cut finds it: what was synced is there, anything else is a matter of chance.

Bytes of a file are durable after fsync or fdatasync of it, names after one of their folder
(fsync(2): "calling fsync() does not necessarily ensure that the entry in the directory ... has
also reached disk"). Until then each write, new size and name reaches the disk or not, in any order,
and a write may reach it in part, in sectors of 512 bytes.
"""

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.faults.steps import Linked, Made, Moved, Removed, Resized, Step, Synced, Told, Written

SECTOR: Final = 512


class File:
    """A file: its durable bytes, and what was done to it since at which line of the recording."""

    def __init__(self) -> None:
        self.durable = bytearray()
        self.pending: list[tuple[int, Written | Resized]] = []
        self.size = 0


class Naming(NamedTuple):
    """A name of a folder, given (a file, or None for a folder) or taken away."""

    at: int
    path: str
    given: bool
    file: File | None

    @property
    def folder(self) -> str:
        """Whose sync makes it durable."""
        return self.path.rpartition("/")[0]


class Disk:
    """The files under one folder, which itself is durable from the beginning."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._names: dict[str, File | None] = {self._root: None}
        self._durable: dict[str, File | None] = {self._root: None}
        self._namings: list[Naming] = []

    def apply(self, step: Step) -> None:
        """Let an act of the server happen."""
        match step.act:
            case Made(path, folder):
                self._name(step.at, path, None if folder else File())
            case Linked(path, to):
                self._name(step.at, to, self._names[path])
            case Moved(path, to):
                self._name(step.at, to, self._names[path])
                self._unname(step.at, path)
            case Removed(path):
                self._unname(step.at, path)
            case Written() | Resized():
                self._change(step.at, step.act)
            case Synced(path, begun):
                self._sync(path, begun)
            case Told():
                pass

    def survive(self, target: Path, chance: Random) -> int:
        """Write into `target` what the disk holds after a power cut now; gives how many writes
        reached it in part. In every second cut, by chance, nothing unsynced reached it at all.
        """
        reaches = chance.random() < 0.5
        names, torn = dict(self._durable), 0
        for naming in self._namings:
            if reaches and chance.random() < 0.5:
                _settle(names, naming)
        for path in sorted(names):
            if not self._is_reachable(path, names):
                continue
            file, place = names[path], target / path.removeprefix(self._root).lstrip("/")
            if file is None:
                place.mkdir(exist_ok=True)
                continue
            content, parts = _content(file, chance if reaches else None)
            place.write_bytes(content)
            torn += parts
        return torn

    def _name(self, at: int, path: str, file: File | None) -> None:
        self._names[path] = file
        self._namings.append(Naming(at, path, given=True, file=file))

    def _unname(self, at: int, path: str) -> None:
        self._names.pop(path, None)
        self._namings.append(Naming(at, path, given=False, file=None))

    def _change(self, at: int, act: Written | Resized) -> None:
        file = self._names[act.path]
        assert file is not None, act.path
        if isinstance(act, Written):
            start = file.size if act.offset is None else act.offset
            act = act._replace(offset=start)
            file.size = max(file.size, start + len(act.data))
        else:
            file.size = act.size
        file.pending.append((at, act))

    def _sync(self, path: str, begun: int) -> None:
        """A sync covers what had ended when it began."""
        file = self._names.get(path)
        if file is not None:
            for _, act in (each for each in file.pending if each[0] < begun):
                _settle_bytes(file.durable, act)
            file.pending = [each for each in file.pending if each[0] >= begun]
            return
        covered = [each for each in self._namings if each.folder == path and each.at < begun]
        for naming in covered:
            _settle(self._durable, naming)
        self._namings = [each for each in self._namings if each not in covered]

    def _is_reachable(self, path: str, names: dict[str, File | None]) -> bool:
        while path != self._root:
            path = path.rpartition("/")[0]
            if path not in names:
                return False
        return True


def _settle(names: dict[str, File | None], naming: Naming) -> None:
    if naming.given:
        names[naming.path] = naming.file
    else:
        names.pop(naming.path, None)


def _settle_bytes(content: bytearray, act: Written | Resized) -> None:
    if isinstance(act, Resized):
        del content[act.size :]
        content.extend(bytes(act.size - len(content)))
        return
    start = act.offset or 0
    content.extend(bytes(max(start - len(content), 0)))
    content[start : start + len(act.data)] = act.data


def _content(file: File, chance: Random | None) -> tuple[bytearray, int]:
    """The bytes that a cut leaves, and how many writes of them are there in part."""
    content, torn = bytearray(file.durable), 0
    for _, act in file.pending if chance else ():
        assert chance is not None
        fate = chance.randrange(3)
        if fate == 0:
            continue
        if fate == 1 or isinstance(act, Resized):
            _settle_bytes(content, act)
            continue
        sectors = _torn(act, chance)
        torn += bool(sectors)
        for sector in sectors:
            _settle_bytes(content, sector)
    return content, torn


def _torn(act: Written, chance: Random) -> list[Written]:
    """The sectors of a write that were in time; none or all of them is no torn write."""
    start, end = act.offset or 0, (act.offset or 0) + len(act.data)
    edges = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    kept = [pair for pair in pairwise(edges) if chance.random() < 0.5]
    if len(kept) == len(edges) - 1:
        kept = kept[:-1]
    return [
        Written(act.path, first, act.data[first - start : last - start]) for first, last in kept
    ]
