"""Where the bytes of whole photos are kept: what a folder and a bucket have in common."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from sync.blobs import is_sha256


class BlobName(NamedTuple):
    """Content-addressed by `sha256` (hex), and one for each `upload`.

    So a device's bytes are its own: to delete them takes nothing away from another that sent the
    same photo, or that begins to send it at that very moment.
    """

    sha256: str
    upload: str

    @property
    def path(self) -> str:
        """Its place below the root, as `ab/abcdef....upload`. ValueError for what is no SHA-256."""
        if not is_sha256(self.sha256):
            raise ValueError("not a SHA-256")
        return f"{self.sha256[:2]}/{self.file}"

    @property
    def file(self) -> str:
        """Its name within one folder."""
        return f"{self.sha256}.{self.upload}"


def parse_name(path: str) -> BlobName | None:
    """The name in a path that a place lists; None for what we never put there."""
    sha256, _, upload = path.rpartition("/")[2].partition(".")
    ours = is_sha256(sha256) and len(upload) == 36
    return BlobName(sha256, upload) if ours else None


class Place(Protocol):
    """Keeps bytes by name. Raises Unavailable when it cannot answer now, Refused for its no."""

    async def put(self, name: BlobName, file: Path) -> None:
        """Keep the bytes of `file` durably, whole or not at all; twice is as good as once."""

    async def exists(self, name: BlobName) -> bool:
        """Whether bytes are kept under `name`."""

    async def read(self, name: BlobName) -> bytes:
        """The bytes. FileNotFoundError when they are not there and will not come."""

    async def delete(self, name: BlobName) -> None:
        """Keep them no longer; that they were not there is no error."""

    def pages(self) -> AsyncIterator[Mapping[BlobName, int]]:
        """Everything kept, in pages, and when it was written (UTC ms)."""
