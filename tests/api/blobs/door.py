"""The door of photos under test, with what a test may turn."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Protocol

import httpx

from backend.auth.session import DeviceSession
from backend.replication.tus.uploads import Uploads
from backend.store.blobs.folder import FREE_BYTES, BlobFolder
from backend.store.blobs.garbage import Sweeper
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.store import BlobStore
from backend.store.blobs.uploads import BLOB_BYTES, Quota
from backend.store.store import Store
from tests.given import CLOCK, DEVICE, MARC, NOW_MS

OTHER_DEVICE = "00000000-0000-7000-8000-0000000000d2"
PHOTO = bytes(range(256)) * 400
ANY = {"tus-resumable": "1.0.0"}
PIECE = ANY | {"content-type": "application/offset+octet-stream"}
PIECE_TYPE = {"content_type": PIECE["content-type"]}


class World:
    """What a test may turn: who calls, the hour, the free disk; and what it may look at."""

    def __init__(self, store: Store, root: Path) -> None:
        self.device = DEVICE
        self.now_ms = NOW_MS
        self.free = FREE_BYTES
        self.completed = 0
        self.store = store
        self.root = root
        folder = BlobFolder(root, lambda _: self.free)
        self.blobs = Uploads(store, folder, lambda: CLOCK, self.complete, Quota(3 * BLOB_BYTES, 5))
        self.sweeper = Sweeper(store, BlobStore(folder, LocalPlace(root)))

    def complete(self) -> None:
        """Count the photos that became whole."""
        self.completed += 1

    def session(self) -> DeviceSession:
        """The session of the phone that calls."""
        return DeviceSession(device=self.device, technician=MARC, name="Marc", expires_at=0)

    def bytes_of(self, photo: bytes) -> bytes | None:
        """The file that holds a photo, by its own name."""
        found = list(self.root.glob(f"sealed/{hashlib.sha256(photo).hexdigest()}.*"))
        return found[0].read_bytes() if found else None


class Phone(Protocol):
    """Calls the door as tus clients do."""

    async def __call__(
        self, method: str, path: str = "", content: Any = b"", **headers: str | None
    ) -> httpx.Response: ...


def metadata(photo: bytes = PHOTO, filetype: str = "image/jpeg", **more: bytes) -> str:
    """The Upload-Metadata of a photo."""
    digest = hashlib.sha256(photo).hexdigest().encode()
    values = {"sha256": digest, "filetype": filetype.encode()} | more
    return ",".join(f"{name} {encoded(value)}" for name, value in values.items())


def encoded(value: bytes) -> str:
    """Base64, as tus has it."""
    return base64.b64encode(value).decode()


async def begin(phone: Phone, photo: bytes = PHOTO, size: int | None = None) -> str:
    """Create an upload; gives where it is."""
    length = str(len(photo) if size is None else size)
    answer = await phone("POST", upload_length=length, upload_metadata=metadata(photo))
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def offset_of(phone: Phone, place: str) -> int:
    """Where the server says to go on."""
    answer = await phone("HEAD", place)
    assert answer.headers["upload-length"] == str(len(PHOTO))
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])
