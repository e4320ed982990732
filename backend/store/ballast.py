"""A file that only takes room: let go when the disk is all but full, so that work can go on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from backend.log import log
from backend.store.blobs.folder import FREE_BYTES
from backend.store.disk import free_bytes

BALLAST_BYTES: Final = 64 * 1024**2


def is_wanted(is_there: bool, free: int, reserve: int) -> bool:
    """Whether the ballast should be there, with `free` bytes on the disk beside it.

    It goes when a quarter of the reserve is left: receipts and the office have used the rest. It
    comes back once photos would be taken with it, so that it does not come and go.
    """
    if is_there:
        return free >= reserve // 4
    return free >= FREE_BYTES + BALLAST_BYTES


class Ballast(NamedTuple):
    """The ballast of a data folder whose last `reserve` bytes phones leave; `free` as in
    `free_bytes`."""

    folder: Path
    reserve: int
    free: Callable[[Path], int] = free_bytes

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.folder / "ballast"

    def settle(self) -> None:
        """Make or remove it as the disk's free space wants it. Raises OSError."""
        is_there = self.file.exists()
        wanted = is_wanted(is_there, self.free(self.folder), self.reserve)
        if is_there and not wanted:
            self.file.unlink()
            log.error("the disk is all but full: the ballast was let go")
        if wanted and not is_there:
            self._fill()

    def _fill(self) -> None:
        """Its blocks are its own, not only its length (posix_fallocate(3))."""
        partial = self.file.with_suffix(".partial")
        with partial.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
        partial.rename(self.file)
