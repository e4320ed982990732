"""Which dispatcher is calling: headers of the ForwardAuth proxy, believed from it alone."""

import hmac
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
from litestar import Request
from litestar.handlers import BaseRouteHandler

from backend.auth.address import Connection, is_within, networks, peer_address
from backend.errors import AppError
from backend.settings import Settings

EMAIL: Final = "x-authentik-email"
GROUPS: Final = "x-authentik-groups"
SECRET: Final = "x-terrain-proxy"  # noqa: S105  (the header's name)
DEMO: Final = "demo"
SECRET_CHARACTERS: Final = 32

_IDENTITY: Final = frozenset({EMAIL, GROUPS, SECRET})
_PROXIED: Final = ("x-forwarded-", "x-authentik-", "x-real-ip", "forwarded", "via")
_ALIAS: Final = re.compile(r"[^a-z0-9]+")
_ADDRESS: Final = re.compile(r"[^\s@|,;<>\"]{1,64}@[a-z0-9.-]{1,190}", re.IGNORECASE)
_LOOPBACK: Final = networks(("127.0.0.0/8", "::1"))
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OTHERS_MAY_READ: Final = 0o007


class MalformedIdentity(AppError):
    """Identity headers twice, or spelt so that a proxy and an app may read them differently."""

    code: ClassVar[str] = "malformed-identity"
    status: ClassVar[int] = 400


class NotStaff(AppError):
    """The request did not come through the proxy, or its user is in none of our groups."""

    code: ClassVar[str] = "not-staff"
    status: ClassVar[int] = 403


class Staff(msgspec.Struct, frozen=True):
    """A dispatcher; `groups` are the proxy's, whole."""

    email: str
    groups: tuple[str, ...]


class StaffGate:
    """Decides who a dispatcher's request comes from; `secret` is the one shared with the proxy.

    Raises ValueError when a configured proxy is no address.
    """

    def __init__(self, settings: Settings, secret: bytes) -> None:
        self._proxies = networks(settings.staff.proxy_addresses)
        self._groups = frozenset(settings.staff.groups)
        self._is_demo = settings.is_demo
        self._secret = secret

    def identify(self, connection: Connection) -> Staff:
        """The dispatcher; raises MalformedIdentity or NotStaff."""
        _refuse_ambiguous(connection)
        if self._is_demo and _is_local(connection):
            return Staff(DEMO, tuple(sorted(self._groups)))
        if not self._is_from_proxy(connection):
            raise NotStaff("proxy")
        staff = _claimed(connection)
        if self._groups.isdisjoint(staff.groups):
            raise NotStaff("group")
        return staff

    def _is_from_proxy(self, connection: Connection) -> bool:
        given = connection.headers.get(SECRET, "").encode("latin-1", "replace")
        knows = bool(self._secret) and hmac.compare_digest(given, self._secret)
        return knows and is_within(peer_address(connection), self._proxies)


def require_staff(gate: StaffGate) -> Callable[[Connection, BaseRouteHandler], None]:
    """A Litestar guard that lets dispatchers in; raises MalformedIdentity or NotStaff."""

    def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        gate.identify(connection)

    return guard


def provide_staff(gate: StaffGate) -> Callable[[Request[Any, Any, Any]], Awaitable[Staff]]:
    """A Litestar dependency that gives the Staff; raises MalformedIdentity or NotStaff."""

    async def staff(request: Request[Any, Any, Any]) -> Staff:
        return gate.identify(request)

    return staff


def read_proxy_secret(settings: Settings) -> bytes:
    """The secret shared with the proxy; empty when none is configured, so that nobody passes.

    Raises ValueError for a file that others may read or whose content is too short to be one.
    """
    if not settings.staff.proxy_secret_file:
        return b""
    file = Path(settings.staff.proxy_secret_file)
    if file.stat().st_mode & _OTHERS_MAY_READ:
        raise ValueError(
            f"{file} : chmod 600 : chacun peut lire ce secret / everybody may read this secret"
        )
    secret = file.read_bytes().strip()
    if len(secret) < SECRET_CHARACTERS:
        raise ValueError(
            f"{file} : il faut au moins {SECRET_CHARACTERS} caractères"
            f" / at least {SECRET_CHARACTERS} characters are needed"
        )
    return secret


def _refuse_ambiguous(connection: Connection) -> None:
    """A header that proxy and app may understand differently is an attack, not a request.

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


def _names(connection: Connection) -> list[str]:
    return [raw.decode("latin-1").lower() for raw, _ in connection.scope["headers"]]


def _meant(name: str) -> str:
    """The name that a careless reader (CGI, WSGI, a header map) would take it for."""
    return _ALIAS.sub("-", name).strip("-")


def _claimed(connection: Connection) -> Staff:
    email = connection.headers.get(EMAIL, "")
    if not _ADDRESS.fullmatch(email):
        raise NotStaff("email")
    groups = connection.headers.get(GROUPS, "").split("|")
    return Staff(email, tuple(group for group in groups if group))


def _is_local(connection: Connection) -> bool:
    """Asked from this very machine, by its own name (no rebound DNS name), through no proxy."""
    names = [_meant(name) for name in _names(connection)]
    proxied = any(name == SECRET or name.startswith(_PROXIED) for name in names)
    host = re.sub(r":\d+$", "", connection.headers.get("host", "").lower())
    here = is_within(peer_address(connection), _LOOPBACK) and host in _LOOPBACK_HOSTS
    return here and not proxied
