"""Whole photos in a folder of this machine: the default, which needs no other service."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from backend.store.blobs.place import BlobName, parse_name


class LocalPlace:
    """A Place under `root`, on the disk of the files that it is given: it names them anew."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: BlobName, file: Path) -> None:
        """Name `file` here as well, durably; the caller takes the other name away."""
        await asyncio.to_thread(self._put, name, file)

    async def exists(self, name: BlobName) -> bool:
        """Whether the file is there."""
        return self._path(name).exists()

    async def read(self, name: BlobName) -> bytes:
        """The file's bytes; FileNotFoundError."""
        return await asyncio.to_thread(self._path(name).read_bytes)

    async def delete(self, name: BlobName) -> None:
        """Remove the file."""
        self._path(name).unlink(missing_ok=True)

    async def pages(self) -> AsyncIterator[Mapping[BlobName, int]]:
        """A page for each folder."""
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            yield await asyncio.to_thread(_page, folder)

    def _put(self, name: BlobName, file: Path) -> None:
        path = self._path(name)
        path.parent.mkdir(exist_ok=True)
        link(file, path)
        fsync_folder(self._root)

    def _path(self, name: BlobName) -> Path:
        return self._root / name.path


def link(file: Path, to: Path) -> None:
    """Name a file `to` as well, durably; one of that name stays. FileNotFoundError.

    A rename into another folder is two changes of two folders, and no standard says that a power
    cut keeps neither or both.
    """
    with suppress(FileExistsError):
        to.hardlink_to(file)
    fsync_folder(to.parent)


def fsync_folder(folder: Path) -> None:
    """A rename is durable once its folder is (https://lwn.net/Articles/457667/)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def written(folder: Path) -> Iterator[tuple[str, int]]:
    """Every file of a folder and when it was last written (UTC ms), but those that go meanwhile."""
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):
            yield entry.name, entry.stat().st_mtime_ns // 1_000_000


def _page(folder: Path) -> Mapping[BlobName, int]:
    named = ((parse_name(file), at) for file, at in written(folder))
    return {name: at for name, at in named if name}
