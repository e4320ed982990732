"""Photos on the server: the table of uploads, and the folder that holds their bytes.

What a device has sent so far is the length of the partial file, so that a cut at any moment loses
nothing; the SHA-256 at the end proves the whole.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from backend.errors import AppError, DiskFull, SlowDown
from backend.store.clock import DAY_MS
from backend.store.tables import blob

BLOB_BYTES: Final = 8 * 1024 * 1024
PHOTO_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
EXPIRY_MS: Final = 7 * DAY_MS
# Photos stop first when the disk fills, long before the database would.
FREE_BYTES: Final = 1024**3

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class OverQuota(SlowDown):
    """The device has sent too much within a day."""


class ImageType(AppError):
    """Neither JPEG, PNG nor WebP."""

    code: ClassVar[str] = "image-type"
    status: ClassVar[int] = 415


class UploadLocked(AppError):
    """Another request is sending to this upload."""

    code: ClassVar[str] = "locked"
    status: ClassVar[int] = 423


class Quota(NamedTuple):
    """What one device may begin to upload within 24 hours."""

    bytes: int = 1024**3
    uploads: int = 2000


class Upload(NamedTuple):
    """One photo of one device, on its way or complete; `sha256` is hex, `size` in bytes."""

    id: str
    device: str
    sha256: str
    media_type: str
    size: int
    complete: bool = False


def create_upload(conn: Connection, wanted: Upload, quota: Quota, now_ms: int) -> Upload:
    """Begin `wanted`, or give the device's earlier upload of the same photo.

    One that never completed takes the new size and begins its seven days again. Raises OverQuota.
    """
    known = _find(conn, wanted.device, blob.c.sha256 == wanted.sha256)
    if known is not None and known.complete:
        return known
    _check_quota(conn, wanted, quota, now_ms)
    if known is not None:
        renewed = {"size": wanted.size, "media_type": wanted.media_type, "created_at": now_ms}
        conn.execute(update(blob).where(blob.c.upload == known.id).values(renewed))
        return wanted._replace(id=known.id)
    row = {
        "upload": wanted.id,
        "device": wanted.device,
        "sha256": wanted.sha256,
        "media_type": wanted.media_type,
        "size": wanted.size,
        "offset": 0,
        "created_at": now_ms,
    }
    conn.execute(insert(blob).values(row))
    return wanted


def find_upload(conn: Connection, device: str, upload_id: str) -> Upload | None:
    """A device's own upload; another device's does not exist for it."""
    return _find(conn, device, blob.c.upload == upload_id)


def record_offset(conn: Connection, upload_id: str, offset: int) -> None:
    """Note how much of an upload came, for those who look at the table."""
    conn.execute(update(blob).where(blob.c.upload == upload_id).values(offset=offset))


def complete_upload(conn: Connection, upload_id: str, now_ms: int) -> None:
    """Note that the bytes are whole, verified and on disk."""
    done = {"offset": blob.c.size, "complete_at": now_ms}
    conn.execute(update(blob).where(blob.c.upload == upload_id).values(done))


def expire_uploads(conn: Connection, now_ms: int) -> tuple[str, ...]:
    """Forget the uploads that did not complete in seven days; gives their ids."""
    old = blob.c.complete_at.is_(None) & (blob.c.created_at < now_ms - EXPIRY_MS)
    return tuple(conn.scalars(delete(blob).where(old).returning(blob.c.upload)))


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in small hex digits."""
    return _SHA256.fullmatch(text) is not None


def _find(conn: Connection, device: str, which: ColumnElement[bool]) -> Upload | None:
    query = select(
        blob.c.upload,
        blob.c.device,
        blob.c.sha256,
        blob.c.media_type,
        blob.c.size,
        blob.c.complete_at.is_not(None),
    )
    row = conn.execute(query.where(blob.c.device == device, which)).one_or_none()
    return Upload(*row) if row else None


def _check_quota(conn: Connection, wanted: Upload, quota: Quota, now_ms: int) -> None:
    query = select(func.count(), func.coalesce(func.sum(blob.c.size), 0)).where(
        blob.c.device == wanted.device,
        blob.c.created_at > now_ms - DAY_MS,
        blob.c.sha256 != wanted.sha256,
    )
    uploads, size = conn.execute(query).one()
    if uploads >= quota.uploads or size + wanted.size > quota.bytes:
        raise OverQuota


class BlobFolder:
    """The bytes: `ab/abcdef...` by SHA-256 once whole, `uploads/<id>` until then.

    `free` gives the bytes free on the disk of a path.
    """

    def __init__(self, root: Path, free: Callable[[Path], int] | None = None) -> None:
        self._root = root
        self._free = free or (lambda path: shutil.disk_usage(path).free)
        for name in ("uploads", "tries"):
            (root / name).mkdir(parents=True, exist_ok=True)
        _fsync_folder(root.parent)  # or a power cut takes the folder with every photo in it

    def check_space(self) -> None:
        """Raise DiskFull while photos must wait."""
        if self._free(self._root) < FREE_BYTES:
            raise DiskFull

    def received(self, upload_id: str) -> int:
        """How many bytes of an upload have come."""
        partial = self._partial(upload_id)
        return partial.stat().st_size if partial.exists() else 0

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

    def seal(self, upload_id: str, sha256: str) -> bool:
        """Put a whole upload in its place, durably; False, and it starts anew, if it is not that.

        A whole file may already be there from another device: it is the same.
        """
        partial, place = self._partial(upload_id), self.path(sha256)
        with partial.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
            if whole:
                os.fsync(file.fileno())
        if not whole:
            os.truncate(partial, 0)
            return False
        place.parent.mkdir(exist_ok=True)
        partial.rename(place)
        for folder in (place.parent, self._root):
            _fsync_folder(folder)
        return True

    def discard(self, upload_id: str) -> None:
        """Remove what came of an upload that will not go on."""
        self._partial(upload_id).unlink(missing_ok=True)

    def count_try(self, sha256: str) -> int:
        """Count one more try to read a photo, on disk before it begins; gives how many so far."""
        with self._tries(sha256).open("ab", buffering=0) as file:
            file.write(b".")
            return file.tell()

    def forget_tries(self, sha256: str) -> None:
        """Count the next try as the first."""
        self._tries(sha256).unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a whole photo is, or would be. Raises ValueError for what is no SHA-256 in hex."""
        if not is_sha256(sha256):
            raise ValueError("not a SHA-256")
        return self._root / sha256[:2] / sha256

    def _tries(self, sha256: str) -> Path:
        return self._root / "tries" / self.path(sha256).name

    def _partial(self, upload_id: str) -> Path:
        return self._root / "uploads" / upload_id


def _fsync_folder(folder: Path) -> None:
    """A rename is durable once its folder is (https://lwn.net/Articles/457667/)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
