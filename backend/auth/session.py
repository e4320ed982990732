"""Which technician's phone is calling: the cookie, looked up on every request."""

from typing import Any, ClassVar, Final

import msgspec
from litestar import Request
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from backend.errors import AppError
from backend.store.devices import (
    ABSOLUTE_MS,
    IDLE_MS,
    SEEN_EVERY_MS,
    Device,
    find_session,
    keep_seen,
)
from backend.store.store import Store

# `__Host-`: no other host or path can set it, and it never travels unencrypted
# (RFC 6265bis section 4.1.3.2).
COOKIE: Final = "__Host-terrain"


class NoSession(AppError):
    """No cookie, an unknown one, or one that is over: enrol again; the phone keeps its work."""

    code: ClassVar[str] = "no-session"
    status: ClassVar[int] = 401


class Revoked(AppError):
    """The office ended this session: the phone wipes what it pulled and keeps its work."""

    code: ClassVar[str] = "revoked"
    status: ClassVar[int] = 401


class DeviceSession(msgspec.Struct, frozen=True):
    """The phone that calls: device id, technician's record key and full name.

    `expires_at` is when the session ends if the phone stays silent, in UTC ms.
    """

    device: str
    technician: str
    name: str
    expires_at: int


async def provide_session(
    request: Request[Any, Any, Any], store: NamedDependency[Store], now_ms: NamedDependency[int]
) -> DeviceSession:
    """Litestar dependency `session` of every route for phones; raises NoSession or Revoked."""
    return await current_session(store, request.cookies.get(COOKIE, ""), now_ms)


async def current_session(store: Store, cookie: str, now_ms: int) -> DeviceSession:
    """The session of a cookie's value now, noting that the phone was seen.

    Raises NoSession or Revoked. Open streams call it again: nothing is cached.
    """
    if not cookie:
        raise NoSession
    device = await store.read(lambda conn: find_session(conn, cookie))
    session = session_of(device, now_ms)
    if device is not None and now_ms - device.seen_at >= SEEN_EVERY_MS:
        await keep_seen(store.writer, device.id, now_ms)
    return session


def session_of(device: Device | None, now_ms: int) -> DeviceSession:
    """Decide what a device that was looked up may do; raises NoSession or Revoked."""
    if device is None:
        raise NoSession
    if device.is_revoked():
        raise Revoked
    if device.is_expired(now_ms):
        raise NoSession("expired")
    expires_at = min(device.created_at + ABSOLUTE_MS, now_ms + IDLE_MS)
    return DeviceSession(device.id, device.technician.key, device.technician.name, expires_at)


def session_cookie(value: str) -> Cookie:
    """The cookie that keeps a session on the phone.

    Lax, because Strict is not sent when the page is opened from a message.
    """
    return Cookie(
        COOKIE,
        value=value,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
        max_age=ABSOLUTE_MS // 1000,
    )
