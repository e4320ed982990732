"""The built app: its pages and the files a phone may ask for, read once when the server starts."""

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from backend.tech.render import Build, Pages
from backend.tech.words import Languages

_HASHED_NAME: Final = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")
_COMPRESSED: Final = ".br"
# What a Debian system's own table may lack or name otherwise.
_MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class File(NamedTuple):
    """One file as it is sent; `brotli` is empty when the build made no smaller form."""

    content: bytes
    brotli: bytes
    media_type: str
    etag: str
    is_immutable: bool


class Dist(NamedTuple):
    """A build. `files` are named as in the folder: "sw.js", "assets/tech-<hash>.js"."""

    pages: Pages
    style_sha256: str
    files: dict[str, File]


def load_dist(folder: Path) -> Dist | None:
    """Read the build in `folder`; None when there is none, so that the server still starts.

    Raises msgspec.ValidationError when its description is not what this server understands.
    """
    try:
        build = msgspec.json.decode((folder / "build.json").read_bytes(), type=Build)
        languages = msgspec.json.decode((folder / "i18n.json").read_bytes(), type=Languages)
    except FileNotFoundError:
        return None
    return Dist(Pages(languages, build), build.style_sha256, dict(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, File]]:
    """Only what is listed here is ever served: a path from outside is a key, never a path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != _COMPRESSED:
            yield path.relative_to(folder).as_posix(), _file(path)


def _file(path: Path) -> File:
    content = path.read_bytes()
    compressed = path.with_name(path.name + _COMPRESSED)
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(
        content=content,
        brotli=compressed.read_bytes() if compressed.is_file() else b"",
        media_type=_MEDIA_TYPES.get(path.suffix, guessed),
        etag=f'"{hashlib.sha256(content).hexdigest()[:16]}"',
        is_immutable=_HASHED_NAME.search(path.name) is not None,
    )
