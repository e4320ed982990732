"""POST /vision/barcodes: a photo in, the codes on it and the serial they offer out."""

from typing import Any, Literal

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.origin import MEDIA_TYPES
from backend.auth.session import DeviceSession
from backend.store.blobs.uploads import BLOB_BYTES, PHOTO_TYPES
from backend.vision.reading import LabelReader, ReadCode


class ShownChoice(msgspec.Struct, frozen=True):
    """Whether one serial was read, several are to choose from, or none."""

    state: Literal["read", "choose", "unreadable"]
    serials: tuple[str, ...]


class Barcodes(msgspec.Struct, frozen=True):
    """Answer to one photo."""

    codes: tuple[ReadCode, ...]
    choice: ShownChoice


@post(
    "/vision/barcodes",
    status_code=200,
    request_max_body_size=None,
    opt={MEDIA_TYPES: PHOTO_TYPES},
)
async def barcodes(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],  # noqa: ARG001  (technicians only)
    reader: NamedDependency[LabelReader],
) -> Barcodes:
    """Read the photo in the body (image/jpeg, image/png or image/webp); nothing is kept."""
    photo = await read_body(request, BLOB_BYTES)
    codes, made = await reader.read(photo)
    serials = tuple(fact.value for fact in made.serials)
    return Barcodes(codes, ShownChoice(made.state, serials))
