"""POST /vision/barcodes: a photo in, the codes on it and the serial they offer out."""

import asyncio
from typing import Any, ClassVar, Final, Literal

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from backend.auth.origin import MEDIA_TYPES
from backend.auth.session import DeviceSession
from backend.errors import AppError
from backend.store.blobs import BLOB_BYTES
from backend.vision.reading import LabelReader, ReadCode

BODY_S: Final = 60.0
PHOTOS: Final = ("image/jpeg", "image/png", "image/webp")


class TooLarge(AppError):
    """More bytes than a photo may have; refused before they are read."""

    code: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413


class TooSlow(AppError):
    """The photo did not arrive in time."""

    code: ClassVar[str] = "too-slow"
    status: ClassVar[int] = 408


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
    request_max_body_size=BLOB_BYTES,
    opt={MEDIA_TYPES: PHOTOS},
)
async def barcodes(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],  # noqa: ARG001  (technicians only)
    reader: NamedDependency[LabelReader],
) -> Barcodes:
    """Read the photo in the body (image/jpeg, image/png or image/webp); nothing is kept."""
    codes, made = await reader.read(await _photo(request))
    serials = tuple(fact.value for fact in made.serials)
    return Barcodes(codes, ShownChoice(made.state, serials))


async def _photo(request: Request[Any, Any, Any]) -> bytes:
    try:
        async with asyncio.timeout(BODY_S):
            return await request.body()
    except RequestEntityTooLarge as error:
        raise TooLarge(str(BLOB_BYTES)) from error
    except TimeoutError as error:
        raise TooSlow from error
