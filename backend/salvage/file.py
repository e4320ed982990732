"""Reads the file that a technician's phone exports, shows it to the office, and hands it in.

What is in it is shown as plain text, control characters escaped: nobody has vouched for it yet.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

from backend.errors import AppError, Unreadable
from backend.salvage.pages import is_pages, joined
from backend.store.backup import NoFile
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName
from backend.store.blobs.uploads import BLOB_BYTES
from sync.protocol import Mutation

# Asks the store for a command by name; gives its lines.
Run = Callable[[str, dict[str, Any]], list[str]]

_FIELDS: Final = frozenset(Mutation.__struct_fields__)
_KINDS_OF_IMAGE: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"RIFF", "image/webp"),
)


class BadSalvage(AppError):
    """The file is no export of a phone."""

    code: ClassVar[str] = "bad-salvage"
    status: ClassVar[int] = 409


class Handed(msgspec.Struct, frozen=True):
    """An exported file (`pwa/src/sync/export.ts`): the technician's id and his phone's, mutations
    in the order of capture, the bytes of their photos in base64 by SHA-256."""

    technician: str
    device: str
    mutations: tuple[dict[str, Any], ...]
    photos: dict[str, str] = {}


class Replica(NamedTuple):
    """Where a mutation was made."""

    device: str
    epoch: int


def read_handed(file: Path) -> Handed:
    """The export in a file. Raises NoFile, BadSalvage or PagesMissing."""
    if not file.is_file():
        raise NoFile(str(file))
    return handed_of(file.read_bytes(), file.name)


def handed_of(content: bytes, name: str) -> Handed:
    """The export in the content of a file called `name`, or in the codes that were read into it.

    Raises BadSalvage, PagesMissing.
    """
    content = joined(content) if is_pages(content) else content
    try:
        handed = msgspec.json.decode(content, type=Handed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSalvage(name) from error
    if not all(isinstance(each.get("id"), str) for each in handed.mutations):
        raise BadSalvage(name)
    return handed


def shown(handed: Handed, zone: tzinfo) -> Iterator[str]:
    """What the office looks at before it takes anything in."""
    yield f"technician/{_plain(handed.technician)}  {_plain(handed.device)}"
    for each in handed.mutations:
        words = (_plain(each.get(name, "")) for name in ("id", "kind", "key", "args"))
        yield "  ".join((_moment(each.get("made_at"), zone), *words))
    yield f"{len(handed.mutations)} mutations, {len(handed.photos)} photos"


def hand_in(
    handed: Handed, run: Run, folder: Callable[[], BlobFolder], only: Sequence[str] = ()
) -> Iterator[str]:
    """Take in all mutations, or `only` some by id, with their photos; a line for each.

    Each is committed by itself: what was cut short is done again, and nothing twice.
    """
    chosen = [each for each in handed.mutations if not only or each["id"] in only]
    highest = max((_epoch(each) for each in handed.mutations), default=1)
    for each in chosen:
        at = _replica(each, Replica(handed.device, highest))
        named = {name: value for name, value in each.items() if name in _FIELDS} | {"seq": 0}
        yield from _taken(run, {**_whose(handed, at), "epoch": at.epoch, "mutation": named})
    for each in chosen:
        device = _replica(each, Replica(handed.device, highest)).device
        for sha256 in each.get("blobs") or ():
            if sha256 in handed.photos:
                yield _photo(run, folder, handed, (device, sha256))


def _taken(run: Run, asked: dict[str, Any]) -> list[str]:
    try:
        return run("salvage take", asked)
    except Unreadable as error:
        return [f"{_plain(asked['mutation']['id'])}  {error.code}  {error.reason}"]


def _photo(
    run: Run, folder: Callable[[], BlobFolder], handed: Handed, named: tuple[str, str]
) -> str:
    device, sha256 = named
    content = _bytes(handed.photos[sha256])
    media_type = _media_type(content)
    if hashlib.sha256(content).hexdigest() != sha256 or not media_type:
        return f"{sha256}  image-unreadable"
    about = {"sha256": sha256, "media_type": media_type, "size": len(content)}
    upload, state = run("salvage photo", {**_whose(handed, Replica(device, 0)), **about})
    if state != "complete":
        _seal(folder(), BlobName(sha256, upload), content)
        run("salvage whole", {"upload": upload})
    return f"{sha256}  {media_type}  {len(content)} octets"


def _seal(folder: BlobFolder, name: BlobName, content: bytes) -> None:
    with folder.append(name.upload) as file:
        file.truncate(0)
        rest = memoryview(content)
        while rest:  # an unbuffered file may take less than it is given
            rest = rest[file.write(rest) :]
    folder.seal(name)


def _whose(handed: Handed, at: Replica) -> dict[str, str]:
    return {"technician": f"technician/{handed.technician}", "device": at.device}


def _replica(each: Mapping[str, Any], otherwise: Replica) -> Replica:
    """Where a mutation was stamped; one that was not is of the phone's newest numbering."""
    device, _, epoch = str(each.get("line") or "").rpartition("/")
    return Replica(device, int(epoch)) if device and epoch.isdecimal() else otherwise


def _epoch(each: Mapping[str, Any]) -> int:
    return _replica(each, Replica("", 1)).epoch


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _media_type(content: bytes) -> str:
    """By the first bytes; "" for what no phone of ours sends."""
    known = (kind for start, kind in _KINDS_OF_IMAGE if content.startswith(start))
    return next(known, "") if len(content) <= BLOB_BYTES else ""


def _moment(made_at: Any, zone: tzinfo) -> str:
    """When it was done by the phone's clock, in the site's zone."""
    try:
        return datetime.fromtimestamp(made_at / 1000, zone).strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError, OverflowError, OSError):
        return "?"


def _plain(value: Any) -> str:
    """As JSON, whose strings have no control character; a plain word without its quotes."""
    text = msgspec.json.encode(value).decode()
    return text.strip('"') if isinstance(value, str) else text
