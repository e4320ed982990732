"""What tus 1.0.0 says in headers: https://tus.io/protocols/resumable-upload."""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from typing import ClassVar, Final, NamedTuple

from backend.errors import AppError, TooLarge, Unreadable
from backend.store.blobs.uploads import BLOB_BYTES, PHOTO_TYPES, ImageType, Upload
from sync.blobs import is_sha256

VERSION: Final = "1.0.0"
RESUMABLE: Final = ("tus-resumable", VERSION)
ALGORITHMS: Final = ("sha1", "sha256")
PIECE: Final = "application/offset+octet-stream"
METADATA_CHARACTERS: Final = 2048

ALWAYS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
ABILITIES: Final = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,checksum",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Tus-Max-Size": str(BLOB_BYTES),
}
# Extensions that are not among ours, asked for all the same: obeyed by half they would lose bytes.
_NOT_OURS: Final = ("upload-defer-length", "upload-concat")
_KEY: Final = re.compile(r"[!-+\--~]+")  # ASCII without spaces and commas

Headers = Mapping[str, str]


class WrongVersion(AppError):
    """The client speaks no tus, or another version."""

    code: ClassVar[str] = "tus-version"
    status: ClassVar[int] = 412


class Checksum(NamedTuple):
    """What a piece must hash to."""

    algorithm: str
    digest: bytes


def wanted_upload(headers: Headers, device: str, now_ms: int) -> Upload:
    """The upload that a creation asks for at `now_ms`. Raises TooLarge, Unreadable or ImageType."""
    if unknown := next((name for name in _NOT_OURS if name in headers), None):
        raise Unreadable(unknown)
    size = number_of(headers, "upload-length")
    if size > BLOB_BYTES:
        raise TooLarge(str(BLOB_BYTES))
    given = headers.get("upload-metadata", "")
    metadata = _metadata(given)
    sha256 = _hash(metadata, "sha256")
    original = _hash(metadata, "original") if "original" in metadata else ""
    media_type = metadata.get("filetype", b"").decode("latin-1")
    if size == 0:
        raise Unreadable("upload-length")
    if media_type not in PHOTO_TYPES:
        raise ImageType(media_type[:40])
    return Upload(str(uuid.uuid4()), device, sha256, media_type, size, original, given, now_ms)


def standing(upload: Upload, offset: int) -> dict[str, str]:
    """What is said of an upload in every answer about it: how far it is and when it expires."""
    expires_at = upload.expires_at
    over = {"Upload-Expires": http_date(expires_at)} if expires_at is not None else {}
    return {"Upload-Offset": str(offset), **over}


def described(upload: Upload) -> dict[str, str]:
    """What the client said of an upload when it began."""
    said = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
    return {"Upload-Length": str(upload.size), **said}


def http_date(instant_ms: int) -> str:
    """An instant (UTC ms) as headers have it (RFC 9110 section 5.6.7)."""
    return formatdate(instant_ms / 1000, usegmt=True)


def number_of(headers: Headers, name: str) -> int:
    """The count of bytes in a header. Raises Unreadable."""
    value = headers.get(name, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise Unreadable(name)
    return int(value)


def checksum_of(headers: Headers) -> Checksum | None:
    """What Upload-Checksum promises, None without one. Raises Unreadable."""
    algorithm, _, digest = headers.get("upload-checksum", "").partition(" ")
    if not algorithm:
        return None
    if algorithm not in ALGORITHMS:
        raise Unreadable("upload-checksum")
    try:
        return Checksum(algorithm, base64.b64decode(digest, validate=True))
    except binascii.Error as error:
        raise Unreadable("upload-checksum") from error


def _metadata(header: str) -> dict[str, bytes]:
    """The pairs of an Upload-Metadata header: unique names, and values in Base64."""
    if len(header) > METADATA_CHARACTERS:
        raise TooLarge("upload-metadata")
    if not header.isascii():
        raise Unreadable("upload-metadata")
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    try:
        found = {key: base64.b64decode(value.strip(), validate=True) for key, _, value in pairs}
    except binascii.Error as error:
        raise Unreadable("upload-metadata") from error
    if len(found) < len(pairs) or not all(_KEY.fullmatch(key) for key in found):
        raise Unreadable("upload-metadata")
    return found


def _hash(metadata: Mapping[str, bytes], key: str) -> str:
    """The SHA-256, in hex, that the metadata must have under `key`. Raises Unreadable."""
    sha256 = metadata.get(key, b"").decode("latin-1").lower()
    if not is_sha256(sha256):
        raise Unreadable("upload-metadata")
    return sha256
