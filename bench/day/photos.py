"""The photos of the day: bytes that differ by visit, sent as a phone sends them (tus)."""

import base64
import hashlib
from random import Random
from typing import Final

import httpx

from backend.auth.session import COOKIE

BYTES: Final = 120_000
_JPEG: Final = b"\xff\xd8\xff\xe0"
_TUS: Final = {"Tus-Resumable": "1.0.0"}


def photo_of(visit: int) -> bytes:
    """The photo that is taken at a visit; no decoder is to look at it."""
    return _JPEG + Random(visit).randbytes(BYTES)  # noqa: S311  (a bench, not a secret)


def blob_of(visit: int) -> str:
    """Its SHA-256 (hex)."""
    return hashlib.sha256(photo_of(visit)).hexdigest()


async def send(http: httpx.AsyncClient, session: str, content: bytes) -> list[int]:
    """Upload a photo whole; the statuses of the answers."""
    said = {"sha256": hashlib.sha256(content).hexdigest(), "filetype": "image/jpeg"}
    pairs = (f"{key} {base64.b64encode(each.encode()).decode()}" for key, each in said.items())
    cookie = {"Cookie": f"{COOKIE}={session}"}
    metadata = {"Upload-Length": str(len(content)), "Upload-Metadata": ",".join(pairs)}
    begun = await http.post("/api/blobs", headers=_TUS | cookie | metadata)
    if begun.status_code != httpx.codes.CREATED:
        return [begun.status_code]
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    headers = _TUS | cookie | piece
    ended = await http.patch(begun.headers["location"], headers=headers, content=content)
    return [begun.status_code, ended.status_code]
