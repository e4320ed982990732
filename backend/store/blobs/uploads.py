"""The table of uploads: whose they are, how far they came, how many a device may begin a day."""

from typing import Any, ClassVar, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from backend.errors import AppError, SlowDown
from backend.store.blobs.place import BlobName
from backend.store.clock import DAY_MS
from backend.store.tables import blob
from sync.blobs import UNFINISHED_MS

BLOB_BYTES: Final = 8 * 1024 * 1024
PHOTO_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


class OverQuota(SlowDown):
    """The device has sent too much within a day."""


class ImageType(AppError):
    """Neither JPEG, PNG nor WebP."""

    code: ClassVar[str] = "image-type"
    status: ClassVar[int] = 415


class Quota(NamedTuple):
    """What one device may begin to upload within 24 hours."""

    bytes: int = 1024**3
    uploads: int = 2000


class Upload(NamedTuple):
    """One photo of one device, on its way or complete; hashes are hex, `size` in bytes.

    `original` is the hash of the file that the camera gave, "" when the phone does not say;
    `metadata` is the header as it came. `created_at` is UTC ms.
    """

    id: str
    device: str
    sha256: str
    media_type: str
    size: int
    original: str = ""
    metadata: str = ""
    created_at: int = 0
    complete: bool = False

    @property
    def name(self) -> BlobName:
        """Where its bytes are kept."""
        return BlobName(self.sha256, self.id)

    @property
    def expires_at(self) -> int | None:
        """When it will be forgotten unless it completes (UTC ms); None once it has."""
        return None if self.complete else self.created_at + UNFINISHED_MS


def create_upload(conn: Connection, wanted: Upload, quota: Quota) -> Upload:
    """Begin `wanted`, or give the device's earlier upload of the same photo.

    One that never completed takes what is now said of it, and begins its seven days again. Raises
    OverQuota.
    """
    known = _find(conn, wanted.device, blob.c.sha256 == wanted.sha256)
    if known is not None and known.complete:
        return known
    _check_quota(conn, wanted, quota)
    said = {
        "size": wanted.size,
        "media_type": wanted.media_type,
        "original_sha256": wanted.original or None,
        "upload_metadata": wanted.metadata,
        "created_at": wanted.created_at,
    }
    if known is not None:
        conn.execute(update(blob).where(blob.c.upload == known.id).values(said))
        return wanted._replace(id=known.id)
    whose = {"upload": wanted.id, "device": wanted.device, "sha256": wanted.sha256, "offset": 0}
    conn.execute(insert(blob).values(whose | said))
    return wanted


def find_upload(conn: Connection, device: str, upload_id: str, now_ms: int) -> Upload | None:
    """A device's own upload; another device's, and one that is over, do not exist for it."""
    found = _find(conn, device, blob.c.upload == upload_id)
    over = found is not None and found.expires_at is not None and found.expires_at < now_ms
    return None if over else found


def record_offset(conn: Connection, upload_id: str, offset: int) -> bool:
    """Note how much of an upload came, for those who look at the table; False if it is gone."""
    return _changed(conn, upload_id, {"offset": offset})


def complete_upload(conn: Connection, upload_id: str, now_ms: int) -> bool:
    """Note that the bytes are whole, verified and on disk; False if the upload is gone."""
    return _changed(conn, upload_id, {"offset": blob.c.size, "complete_at": now_ms})


def _changed(conn: Connection, upload_id: str, values: dict[str, Any]) -> bool:
    return conn.execute(update(blob).where(blob.c.upload == upload_id).values(values)).rowcount == 1


def _find(conn: Connection, device: str, which: ColumnElement[bool]) -> Upload | None:
    query = select(
        blob.c.upload,
        blob.c.device,
        blob.c.sha256,
        blob.c.media_type,
        blob.c.size,
        func.coalesce(blob.c.original_sha256, ""),
        blob.c.upload_metadata,
        blob.c.created_at,
        blob.c.complete_at.is_not(None),
    )
    row = conn.execute(query.where(blob.c.device == device, which)).one_or_none()
    return Upload(*row) if row else None


def _check_quota(conn: Connection, wanted: Upload, quota: Quota) -> None:
    query = select(func.count(), func.coalesce(func.sum(blob.c.size), 0)).where(
        blob.c.device == wanted.device,
        blob.c.created_at > wanted.created_at - DAY_MS,
        blob.c.sha256 != wanted.sha256,
    )
    uploads, size = conn.execute(query).one()
    if uploads >= quota.uploads or size + wanted.size > quota.bytes:
        raise OverQuota
