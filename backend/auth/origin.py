"""Refuses state changes that another site's page could have sent with the user's cookie."""

from collections.abc import Collection
from typing import ClassVar, Final

from litestar.handlers import BaseRouteHandler

from backend.auth.address import Connection
from backend.errors import AppError

MEDIA_TYPES: Final = "media_types"
OWN_HEADER: Final = "own_header"
_TERRAIN: Final = "x-terrain"
_JSON: Final = ("application/json",)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOrigin(AppError):
    """The request comes from a page of another site, or does not show that it comes from ours."""

    code: ClassVar[str] = "foreign-origin"
    status: ClassVar[int] = 403


class WrongMediaType(AppError):
    """The body is of a kind that a plain form could send, or that the route does not take."""

    code: ClassVar[str] = "media-type"
    status: ClassVar[int] = 415


def same_origin(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard of every API route: own Origin when there is one, `X-Terrain: 1`, known body type.

    A foreign page can set neither header nor type without a preflight, which nobody answers. A
    route takes JSON unless its `opt` names others: `opt={MEDIA_TYPES: ("image/png",)}`. One whose
    protocol has a header that no form can send names that instead, and checks its value itself:
    `opt={OWN_HEADER: "tus-resumable"}`. Raises ForeignOrigin or WrongMediaType.
    Source: ASVS 5.0 section 3.5.
    """
    if connection.scope.get("method") in _SAFE:
        return
    if "origin" in connection.headers and not is_own_origin(connection):
        raise ForeignOrigin("origin")
    own = handler.opt.get(OWN_HEADER, _TERRAIN)
    given = connection.headers.getall(own, [])
    if len(given) != 1 or (own == _TERRAIN and given != ["1"]):
        raise ForeignOrigin("header")
    _check_media_type(connection, handler.opt.get(MEDIA_TYPES, _JSON))


def is_own_origin(connection: Connection) -> bool:
    """Whether the one Origin header names the host that was asked.

    The scheme is not compared: TLS ends at the proxy.
    """
    origins = connection.headers.getall("origin", [])
    hosts = connection.headers.getall("host", [])
    if len(origins) != 1 or len(hosts) != 1 or not hosts[0]:
        return False
    scheme, separator, host = origins[0].partition("://")
    return separator != "" and scheme in {"http", "https"} and host.lower() == hosts[0].lower()


def _check_media_type(connection: Connection, allowed: Collection[str]) -> None:
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed and (given or _has_body(connection)):
        raise WrongMediaType


def _has_body(connection: Connection) -> bool:
    length = connection.headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in connection.headers
