"""How a reply is compressed: what many phones share is deflated once and joined to each one's own.

Compressed anew for each of 200 phones, one delta took more time than everything else together
(bench/README.md). Deflate blocks can be joined where the first ends in a full flush, brotli's
cannot (RFC 1951 section 3.2, RFC 1952).
"""

import struct
import zlib
from typing import Final, NamedTuple

import brotli

# Below it brotli costs little, and saves more.
JOIN_ABOVE_BYTES: Final = 8 * 1024
COMPRESS_ABOVE_BYTES: Final = 500
BROTLI_QUALITY: Final = 5
_LEVEL: Final = 6
_RAW: Final = -zlib.MAX_WBITS
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip, no name, no time


class Shared(NamedTuple):
    """The end of a reply that many get: as it is, and its deflate blocks when that is worth it."""

    plain: bytes
    deflated: bytes = b""

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        return len(self.plain) + len(self.deflated)


def share(plain: bytes) -> Shared:
    """Make an end ready to be joined to many beginnings."""
    if len(plain) < JOIN_ABOVE_BYTES:
        return Shared(plain)
    return Shared(plain, _deflated(plain, zlib.Z_FINISH))


def joined(own: bytes, shared: Shared, accepted: str) -> tuple[bytes, str]:
    """A body and its Content-Encoding ("": none); `accepted` is an untrusted Accept-Encoding."""
    offered = {each.partition(";")[0].strip() for each in accepted.lower().split(",")}
    if shared.deflated and "gzip" in offered:
        return _gzip(own, shared), "gzip"
    body = own + shared.plain
    if len(body) >= COMPRESS_ABOVE_BYTES and "br" in offered:
        return brotli.compress(body, quality=BROTLI_QUALITY), "br"
    return body, ""


def _gzip(own: bytes, shared: Shared) -> bytes:
    check = zlib.crc32(shared.plain, zlib.crc32(own))
    end = struct.pack("<II", check, (len(own) + len(shared.plain)) & 0xFFFFFFFF)
    return _HEADER + _deflated(own, zlib.Z_FULL_FLUSH) + shared.deflated + end


def _deflated(plain: bytes, end: int) -> bytes:
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return deflater.compress(plain) + deflater.flush(end)
