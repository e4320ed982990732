"""Puts the pages of QR codes that a phone showed together again (`pwa/src/device/pages.ts`)."""

import base64
import binascii
import hashlib
import re
import zlib
from typing import ClassVar, Final, NamedTuple

from backend.errors import AppError

# A phone's mutations without their photos; a day has some kilobytes.
LARGEST: Final = 8 * 1024**2
_PAGE: Final = re.compile(
    r"TERRAIN1/(?P<id>[0-9A-F]{8})/(?P<n>[1-9][0-9]{0,2})/(?P<total>[1-9][0-9]{0,2})/"
    r"(?P<part>[A-Z2-7]+)"
)


class PagesMissing(AppError):
    """Not every page was read, or one was misread; `reason` names which are missing."""

    code: ClassVar[str] = "pages-missing"
    status: ClassVar[int] = 409


class _Whole(NamedTuple):
    id: str
    total: int


def is_pages(content: bytes) -> bool:
    """Whether a file holds read codes rather than an export."""
    return b"TERRAIN1/" in content[:1000]


def joined(content: bytes) -> bytes:
    """The export in a file of read codes, in any order, read twice or with other text between.

    Raises PagesMissing.
    """
    read: dict[_Whole, dict[int, str]] = {}
    for page in _PAGE.finditer(content.decode("utf-8", "replace")):
        whole = _Whole(page["id"], int(page["total"]))
        read.setdefault(whole, {})[int(page["n"])] = page["part"]
    if len(read) != 1:
        raise PagesMissing(" ".join(sorted(whole.id for whole in read)))
    [(whole, parts)] = read.items()
    missing = [str(n) for n in range(1, whole.total + 1) if n not in parts]
    if missing:
        raise PagesMissing(f"{', '.join(missing)} / {whole.total}")
    return _inflated("".join(parts[n] for n in range(1, whole.total + 1)), whole.id)


def _inflated(text: str, named: str) -> bytes:
    try:
        deflated = base64.b32decode(text + "=" * (-len(text) % 8))
        if hashlib.sha256(deflated).hexdigest()[:8].upper() != named:
            raise PagesMissing(named)
        inflating = zlib.decompressobj()
        content = inflating.decompress(deflated, LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise PagesMissing(named) from error
    if not inflating.eof:
        raise PagesMissing(named)
    return content
