"""Identity headers as they came: one spelling, once each, or the request is an attack."""

import re
from typing import ClassVar, Final

from backend.auth.address import Connection
from backend.errors import AppError

EMAIL: Final = "x-authentik-email"
GROUPS: Final = "x-authentik-groups"
TOKEN: Final = "x-authentik-jwt"  # noqa: S105  (the header's name)
SECRET: Final = "x-terrain-proxy"  # noqa: S105  (the header's name)

_IDENTITY: Final = frozenset({EMAIL, GROUPS, TOKEN, SECRET})
_PROXIED: Final = ("x-forwarded-", "x-authentik-", "x-real-ip", "forwarded", "via")
_ALIAS: Final = re.compile(r"[^a-z0-9]+")


class MalformedIdentity(AppError):
    """Identity headers twice, or spelt so that a proxy and an app may read them differently."""

    code: ClassVar[str] = "malformed-identity"
    status: ClassVar[int] = 400


def refuse_ambiguous(connection: Connection) -> None:
    """A header that proxy and app may understand differently is an attack, not a request: raise
    MalformedIdentity.

    Aliases (`X_authentik_email`, `X.authentik.email`, a trailing space) pass some proxies' removal
    of client headers; one named in `Connection` is removed by the next hop.
    """
    names = _names(connection)
    aliased = any(name not in _IDENTITY and _meant(name) in _IDENTITY for name in names)
    doubled = any(names.count(each) > 1 for each in _IDENTITY)
    dropped = ",".join(connection.headers.getall("connection", [])).lower().split(",")
    hop_by_hop = any(_meant(each) in _IDENTITY for each in dropped)
    if aliased or doubled or hop_by_hop:
        raise MalformedIdentity


def came_by_proxy(connection: Connection) -> bool:
    """Whether any header says that a proxy passed the request on."""
    names = [_meant(name) for name in _names(connection)]
    return any(name == SECRET or name.startswith(_PROXIED) for name in names)


def _names(connection: Connection) -> list[str]:
    return [raw.decode("latin-1").lower() for raw, _ in connection.scope["headers"]]


def _meant(name: str) -> str:
    """The name that a careless reader (CGI, WSGI, a header map) would take it for."""
    return _ALIAS.sub("-", name).strip("-")
