"""The folder in which photos arrive: pieces in `uploads`, whole ones that wait in `sealed`.

What a device has sent so far is the length of the partial file, so that a cut at any moment loses
nothing; the SHA-256 at the end proves the whole.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final

from backend.errors import AppError, DiskFull
from backend.store.blobs.local import fsync_folder, link, written
from backend.store.blobs.place import BlobName, parse_name

# Photos stop first when the disk fills, long before the database would.
FREE_BYTES: Final = 1024**3


class UploadLocked(AppError):
    """Another request is sending to this upload."""

    code: ClassVar[str] = "locked"
    status: ClassVar[int] = 423


class BlobFolder:
    """Bytes on their way; `free` gives the bytes free on the disk of a path."""

    def __init__(self, root: Path, free: Callable[[Path], int] | None = None) -> None:
        self.root = root
        self._free = free or (lambda path: shutil.disk_usage(path).free)
        for name in ("uploads", "sealed", "tries"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for folder in (root, root.parent):  # or a power cut takes them with every photo in them
            fsync_folder(folder)

    def check_space(self) -> None:
        """Raise DiskFull while photos must wait."""
        if self._free(self.root) < FREE_BYTES:
            raise DiskFull

    def received(self, name: BlobName) -> int:
        """How many bytes of an upload are here, in pieces or whole."""
        partial, sealed = self._partial(name.upload), self.sealed(name)
        found = next((each for each in (sealed, partial) if each.exists()), None)
        return found.stat().st_size if found else 0

    @contextmanager
    def append(self, upload_id: str) -> Iterator[FileIO]:
        """The partial file, open at its end and locked. Raises UploadLocked; DiskFull on write."""
        with self._partial(upload_id).open("ab", buffering=0) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.seek(0, os.SEEK_END)
                yield file
            except BlockingIOError as error:
                raise UploadLocked from error
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise DiskFull from error
                raise

    def seal(self, name: BlobName) -> bool:
        """Make a whole upload ready to be moved, durably; False, and it starts anew, if the bytes
        are not those of its hash, or gone. One that was sealed before stays so.
        """
        partial, sealed = self._partial(name.upload), self.sealed(name)
        if sealed.exists():
            partial.unlink(missing_ok=True)
            return True
        try:
            if not _is_whole(partial, name.sha256):
                return False
            partial.rename(sealed)
        except FileNotFoundError:  # it expired at this very moment
            return False
        fsync_folder(sealed.parent)
        return True

    def sealed(self, name: BlobName) -> Path:
        """Where a whole photo waits to be moved."""
        return self.root / "sealed" / name.file

    def waiting(self) -> list[BlobName]:
        """The whole photos that wait, the longest first."""
        by_age = sorted(written(self.root / "sealed"), key=lambda each: each[1])
        return [name for name in (parse_name(file) for file, _ in by_age) if name]

    def seal_again(self) -> None:
        """Let every photo that was moved into this folder wait anew, for another place."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            name = parse_name(path.name)
            if name:
                link(path, self.sealed(name))
                path.unlink()

    def unfinished(self, before_ms: int) -> list[str]:
        """The uploads of whose pieces nothing was written since `before_ms` (UTC ms)."""
        return [upload for upload, at in written(self.root / "uploads") if at < before_ms]

    def discard(self, name: BlobName) -> None:
        """Remove what is here of an upload that will not go on."""
        self.discard_pieces(name.upload)
        self.sealed(name).unlink(missing_ok=True)

    def discard_pieces(self, upload_id: str) -> None:
        """Remove the partial file of an upload."""
        self._partial(upload_id).unlink(missing_ok=True)

    def count_try(self, sha256: str) -> int:
        """Count one more try to read a photo, on disk before it begins; gives how many so far."""
        with self._tries(sha256).open("ab", buffering=0) as file:
            file.write(b".")
            return file.tell()

    def forget_tries(self, sha256: str) -> None:
        """Count the next try as the first."""
        self._tries(sha256).unlink(missing_ok=True)

    def _tries(self, sha256: str) -> Path:
        return self.root / "tries" / sha256

    def _partial(self, upload_id: str) -> Path:
        return self.root / "uploads" / upload_id


def _is_whole(partial: Path, sha256: str) -> bool:
    """Whether the bytes are those of the hash, and then on the disk; else they are thrown away."""
    with partial.open("r+b") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            file.truncate(0)
            return False
        os.fsync(file.fileno())
        return True
