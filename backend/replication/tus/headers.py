"""What tus 1.0.0 says in headers: https://tus.io/protocols/resumable-upload."""

import base64
import binascii
import uuid
from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from backend.errors import AppError, TooLarge
from backend.replication.inbox import Unreadable
from backend.store.blobs import BLOB_BYTES, PHOTO_TYPES, ImageType, Upload, is_sha256

VERSION: Final = "1.0.0"
ALGORITHMS: Final = ("sha1", "sha256")
PIECE: Final = "application/offset+octet-stream"

ALWAYS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
ABILITIES: Final = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,checksum",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Tus-Max-Size": str(BLOB_BYTES),
}

Headers = Mapping[str, str]


class WrongVersion(AppError):
    """The client speaks no tus, or another version."""

    code: ClassVar[str] = "tus-version"
    status: ClassVar[int] = 412


class Checksum(NamedTuple):
    """What a piece must hash to."""

    algorithm: str
    digest: bytes


def wanted_upload(headers: Headers, device: str) -> Upload:
    """The upload that a creation asks for. Raises TooLarge, Unreadable or ImageType."""
    size = number_of(headers, "upload-length")
    if size > BLOB_BYTES:
        raise TooLarge(str(BLOB_BYTES))
    metadata = _metadata(headers.get("upload-metadata", ""))
    sha256, media_type = metadata.get("sha256", "").lower(), metadata.get("filetype", "")
    if size == 0 or not is_sha256(sha256):
        raise Unreadable("upload-metadata" if size else "upload-length")
    if media_type not in PHOTO_TYPES:
        raise ImageType(media_type[:40])
    return Upload(str(uuid.uuid4()), device, sha256, media_type, size)


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header: names, and values in Base64."""
    pairs = (pair.strip().partition(" ") for pair in header.split(",") if pair.strip())
    try:
        return {n: base64.b64decode(v.strip(), validate=True).decode() for n, _, v in pairs}
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable("upload-metadata") from error


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
