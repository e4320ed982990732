"""GET /api/limits: what this installation judges light by, for phones without signal."""

import hashlib
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from backend.auth.session import DeviceSession
from backend.cpe.thresholds import Thresholds
from backend.cpe.units import PLAUSIBLE_DBM

VERSION_DIGITS: Final = 16


class Limits(msgspec.Struct, frozen=True):
    """What the phone's own copy holds beside the words; `version` changes with any of it."""

    version: str
    plausible_dbm: tuple[float, float]
    thresholds: Thresholds


@get("/api/limits")
async def limits(
    session: NamedDependency[DeviceSession],  # noqa: ARG001  (its provider refuses everybody else)
    thresholds: NamedDependency[Thresholds],
    known: Annotated[str, HeaderParameter(name="If-None-Match", max_length=80)] = "",
) -> Response[Any]:
    """The Limits; 304 for who names their version as the entity tag."""
    told = limits_of_site(thresholds)
    headers = {"ETag": f'"{told.version}"', "Cache-Control": "no-cache"}
    if known.strip().removeprefix("W/") == headers["ETag"]:
        return Response(None, status_code=304, headers=headers)
    return Response(told, headers=headers)


def limits_of_site(thresholds: Thresholds) -> Limits:
    """The limits with the version that follows from them: two servers tell the same."""
    body = msgspec.json.encode((PLAUSIBLE_DBM, thresholds), order="deterministic")
    return Limits(hashlib.sha256(body).hexdigest()[:VERSION_DIGITS], PLAUSIBLE_DBM, thresholds)
