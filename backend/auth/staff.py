"""Which person of the office is calling: by the headers of the ForwardAuth proxy, or logged in."""

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final

import msgspec
from litestar import Request
from litestar.handlers import BaseRouteHandler

from backend.auth.address import Connection, is_within, networks, peer_address
from backend.auth.identity_headers import (
    EMAIL,
    GROUPS,
    SECRET,
    TOKEN,
    came_by_proxy,
    refuse_ambiguous,
)
from backend.auth.roles import Role, needed_role, require
from backend.auth.token import TokenCheck
from backend.errors import AppError
from backend.settings import Settings, StaffSettings, read_secret
from backend.store.staff import Account

# `__Host-`: as the technician's cookie; a name of its own, so that one browser may be both.
COOKIE: Final = "__Host-terrain-office"
DEMO: Final = "demo"
SECRET_CHARACTERS: Final = 32
_ADMITTED: Final = "staff"  # where a request's state keeps whom the guard let in

_ADDRESS: Final = re.compile(r"[^\s@|,;<>\"]{1,64}@[a-z0-9.-]{1,190}", re.IGNORECASE)
_LOOPBACK: Final = networks(("127.0.0.0/8", "::1"))
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class NotStaff(AppError):
    """The request did not come through the proxy, or its user is in none of our groups."""

    code: ClassVar[str] = "not-staff"
    status: ClassVar[int] = 403


class LoginNeeded(AppError):
    """This office logs in with accounts of Terrain's own, and the caller has not, or no longer."""

    code: ClassVar[str] = "login-needed"
    status: ClassVar[int] = 401


class Staff(msgspec.Struct, frozen=True):
    """A person of the office; `groups` are the proxy's, whole. `has_session`: logged in here, with
    an account of Terrain's own."""

    email: str
    groups: tuple[str, ...] = ()
    role: Role = Role.VIEWER
    has_session: bool = False


class StaffGate:
    """Decides who a request of the office comes from; `secret` is the one shared with the proxy.

    `token` checks the proxy's JWT, where one is asked for. `find_session` gives the account of a
    cookie's value: without a secret, that is how the office comes in. Raises ValueError when a
    configured proxy is no address.
    """

    def __init__(
        self,
        settings: Settings,
        secret: bytes,
        token: TokenCheck | None = None,
        find_session: Callable[[str], Awaitable[Account | None]] | None = None,
    ) -> None:
        self._proxies = networks(settings.staff.proxy_addresses)
        self._settings = settings.staff
        self._is_demo = settings.is_demo
        self._secret = secret
        self._token = token
        # Two ways in would be two to guard: the accounts are off when ForwardAuth is on.
        self._find_session = None if secret else find_session

    @property
    def has_login(self) -> bool:
        """Whether people log in here, with accounts of Terrain's own."""
        return self._find_session is not None

    async def identify(self, connection: Connection) -> Staff:
        """The person; raises MalformedIdentity, NotStaff or LoginNeeded."""
        refuse_ambiguous(connection)
        if self._is_demo and _is_local(connection):
            return Staff(DEMO, tuple(sorted(self._settings.groups)), Role.ADMIN)
        if self._find_session is not None:
            account = await self._find_session(connection.cookies.get(COOKIE, ""))
            if account is None:
                raise LoginNeeded
            return Staff(account.email, (), Role(account.role), has_session=True)
        return await self._forwarded(connection)

    async def _forwarded(self, connection: Connection) -> Staff:
        if not self._is_from_proxy(connection):
            raise NotStaff("proxy")
        email, groups = _claimed(connection)
        role = role_of(groups, self._settings)
        if role is None:
            raise NotStaff("group")
        if self._token is not None:
            given = connection.headers.get(TOKEN, "")
            if not await self._token.proves(given, email):
                raise NotStaff("token")
        return Staff(email, groups, role)

    def _is_from_proxy(self, connection: Connection) -> bool:
        given = connection.headers.get(SECRET, "").encode("latin-1", "replace")
        knows = bool(self._secret) and hmac.compare_digest(given, self._secret)
        return knows and is_within(peer_address(connection), self._proxies)


def role_of(groups: tuple[str, ...], settings: StaffSettings) -> Role | None:
    """The most that any of Authentik's groups gives; None without a group of ours."""
    given = {
        Role.ADMIN: settings.admin_groups,
        Role.DISPATCHER: settings.groups,
        Role.VIEWER: settings.viewer_groups,
    }
    return next((role for role, ours in given.items() if not set(ours).isdisjoint(groups)), None)


def require_staff(
    gate: StaffGate, needed: Role | None = None
) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """A Litestar guard that lets people of the office in whose role the route allows (`needed`:
    the one that all of its routes ask), before anything of the request is read: a stranger learns
    nothing of what a route takes. Raises MalformedIdentity, NotStaff, LoginNeeded or NotPermitted.
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        known = await gate.identify(connection)
        method = str(connection.scope.get("method"))
        require(known.role, needed or needed_role(method, handler.opt))
        connection.state[_ADMITTED] = known

    return guard


def provide_staff(request: Request[Any, Any, Any]) -> Staff:
    """Litestar dependency `staff` of every route behind `require_staff`: whom it let in."""
    known: Staff = request.state[_ADMITTED]
    return known


def read_proxy_secret(settings: Settings) -> bytes:
    """The secret shared with the proxy; empty when none is configured, so that nobody passes.

    Raises ValueError for a file that others may read or whose content is too short to be one.
    """
    file = settings.staff.proxy_secret_file
    secret = read_secret(file).encode() if file else b""
    if file and len(secret) < SECRET_CHARACTERS:
        raise ValueError(
            f"{file} : il faut au moins {SECRET_CHARACTERS} caractères"
            f" / at least {SECRET_CHARACTERS} characters are needed"
        )
    return secret


def _claimed(connection: Connection) -> tuple[str, tuple[str, ...]]:
    email = connection.headers.get(EMAIL, "")
    if not _ADDRESS.fullmatch(email):
        raise NotStaff("email")
    groups = connection.headers.get(GROUPS, "").split("|")
    return email, tuple(group for group in groups if group)


def _is_local(connection: Connection) -> bool:
    """Asked from this very machine, by its own name (no rebound DNS name), through no proxy."""
    host = re.sub(r":\d+$", "", connection.headers.get("host", "").lower())
    here = is_within(peer_address(connection), _LOOPBACK) and host in _LOOPBACK_HOSTS
    return here and not came_by_proxy(connection)
