"""POST /vision/...: a photo in, what is on it out; nothing of it is kept.

`barcodes` is read here; `equipment` and `invoice` ask the model, so what they answer is for a
person to confirm.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, TypeVar

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency

from backend.auth.body import read_body
from backend.auth.origin import MEDIA_TYPES
from backend.auth.session import DeviceSession
from backend.errors import AppError, Refused, Unavailable
from backend.store.blobs.uploads import BLOB_BYTES, PHOTO_TYPES
from backend.store.clock import Clock
from backend.vision.adviser import Adviser
from backend.vision.claims import doubts, equipment_facts, names_of
from backend.vision.questions import EQUIPMENT, INVOICE, Question, SaidInvoice
from backend.vision.reading import LabelReader, ReadCode

T = TypeVar("T")


class NotConfigured(AppError):
    """This installation asks no model; the photo may wait on the phone."""

    code: ClassVar[str] = "not-configured"
    status: ClassVar[int] = 503


class ModelAway(AppError):
    """The model cannot answer now, or the day's money is spent: the photo waits."""

    code: ClassVar[str] = "model-away"
    status: ClassVar[int] = 503


class Unanswered(AppError):
    """The model refused this photo, or made no sense of it: another photo, or typing."""

    code: ClassVar[str] = "unanswered"
    status: ClassVar[int] = 422


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
    label = await reader.read(photo)
    serials = tuple(fact.value for fact in label.choice.serials)
    return Barcodes(label.codes, ShownChoice(label.choice.state, serials))


class ShownFact(msgspec.Struct, frozen=True):
    """One fact that the model says it read: its kind, and its normal form."""

    type: str
    value: str


class Equipment(msgspec.Struct, frozen=True):
    """What a piece of equipment seems to be; `facts` have the form of what they are said to be."""

    facts: tuple[ShownFact, ...]
    brand: str = ""
    model: str = ""
    ssid: str = ""


class Invoice(msgspec.Struct, frozen=True):
    """A supplier's invoice, and the names of its amounts that do not add up."""

    invoice: SaidInvoice
    doubts: tuple[str, ...]


@post(
    "/vision/equipment",
    status_code=200,
    request_max_body_size=None,
    opt={MEDIA_TYPES: PHOTO_TYPES},
)
async def equipment(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],  # noqa: ARG001  (technicians only)
    adviser: NamedDependency[Adviser | None],
    clock: NamedDependency[Callable[[], Clock]],
) -> Equipment:
    """Ask what the equipment on the photo in the body is."""
    said = await _said(request, adviser, EQUIPMENT, clock)
    facts = tuple(ShownFact(fact.kind.value, fact.value) for fact in equipment_facts(said))
    return Equipment(facts, **names_of(said))


@post(
    "/vision/invoice",
    status_code=200,
    request_max_body_size=None,
    opt={MEDIA_TYPES: PHOTO_TYPES},
)
async def invoice(
    request: Request[Any, Any, Any],
    session: NamedDependency[DeviceSession],  # noqa: ARG001  (technicians only)
    adviser: NamedDependency[Adviser | None],
    clock: NamedDependency[Callable[[], Clock]],
) -> Invoice:
    """Ask what the invoice on the photo in the body says."""
    said = await _said(request, adviser, INVOICE, clock)
    return Invoice(said, doubts(said))


async def _said(
    request: Request[Any, Any, Any],
    adviser: Adviser | None,
    question: Question[T],
    clock: Callable[[], Clock],
) -> T:
    if adviser is None:
        raise NotConfigured
    photo = await read_body(request, BLOB_BYTES)
    try:
        return await adviser.ask(photo, question, clock)
    except Unavailable as error:
        raise ModelAway(error.kind) from error
    except Refused as error:
        raise Unanswered(error.kind) from error
