"""Phones and their sessions: enrolled by a link, found by the cookie's value, seen, revoked."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from backend.errors import AppError
from backend.log import log
from backend.store.clock import DAY_MS
from backend.store.links import SECRET_BYTES, Link, find_link, hash_secret
from backend.store.tables import device
from backend.store.technicians import TECHNICIAN, Technician, join_technician, technician_of
from backend.store.writer import Writer

# Technicians are offline for days: a session outlives a fortnight's holiday, not a season.
IDLE_MS: Final = 30 * DAY_MS
ABSOLUTE_MS: Final = 90 * DAY_MS
SEEN_EVERY_MS: Final = 60_000
# A phone whose answer was lost repeats the same form; later the form may not renew a session.
REPEAT_MS: Final = 10 * 60_000
USER_AGENT_CHARACTERS: Final = 200


class Device(NamedTuple):
    """A phone as the office sees it; instants in UTC ms. `link` enrolled it."""

    id: str
    technician: Technician
    link: str
    created_at: int
    seen_at: int
    revoked_at: int | None
    user_agent: str

    def is_revoked(self) -> bool:
        """Whether the office ended the session, by the device, its link or its technician."""
        return self.revoked_at is not None or not self.technician.active

    def is_expired(self, now_ms: int) -> bool:
        """Whether the session is over by age or by disuse."""
        return now_ms >= self.created_at + ABSOLUTE_MS or now_ms >= self.seen_at + IDLE_MS


class Refusal(StrEnum):
    """Why a phone was not enrolled."""

    CLOSED = "closed"  # no such link, expired or revoked
    LIMIT = "limit"
    STALE = "stale"  # this form enrolled a device before


class Enrolled(NamedTuple):
    """A device and the value of its cookie, which is told here once."""

    device: Device
    session: str


def enrol(
    conn: Connection, token: str, nonce: str, now_ms: int, user_agent: str
) -> Enrolled | Refusal:
    """Make a device of the token's technician; `nonce` is the form's, once a page.

    The device's id follows from token and nonce: a form sent twice (a double tap, a lost answer)
    gives one device with a new session, not two.
    """
    link = find_link(conn, token, lock=True)
    return join(conn, link, device_id(hash_secret(token), nonce), now_ms, user_agent)


def join(
    conn: Connection, link: Link | None, made_id: str, now_ms: int, user_agent: str
) -> Enrolled | Refusal:
    """Make the device `made_id` of a locked link's technician; a repeat renews its session."""
    if link is None or not link.is_open(now_ms):
        return Refusal.CLOSED
    session = secrets.token_urlsafe(SECRET_BYTES)
    known = _find(conn, device.c.id == made_id)
    if known is not None:
        return _renew(conn, known, session, now_ms)
    if is_full(conn, link, now_ms):
        return Refusal.LIMIT
    made = _new(made_id, link, now_ms, user_agent[:USER_AGENT_CHARACTERS])
    _insert(conn, made, session)
    return Enrolled(made, session)


def is_full(conn: Connection, link: Link, now_ms: int) -> bool:
    """Whether the link has as many devices as it may."""
    return _in_use(conn, link.id, now_ms) >= link.max_devices


def device_id(enrolled_by: str, nonce: str) -> str:
    """The id of the device that the hash of a link or code enrols with a form's nonce."""
    digest = hashlib.sha256(f"device\n{enrolled_by}\n{hash_secret(nonce)}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def find_session(conn: Connection, session: str) -> Device | None:
    """The device of an untrusted cookie value, in whatever state."""
    return _find(conn, device.c.session_hash == hash_secret(session))


def list_devices(conn: Connection, technician: str = "") -> list[Device]:
    """Every device, or one technician's, last seen first."""
    query = _devices().order_by(device.c.seen_at.desc(), device.c.id)
    if technician:
        query = query.where(device.c.technician == technician)
    return [_device(row) for row in conn.execute(query)]


def enrolled_phones(conn: Connection) -> Sequence[Row[Any]]:
    """Every phone that was ever enrolled, by its link."""
    columns = ("id", "link", "app", "seen_at", "revoked_at", "pending_count", "pending_photos")
    query = select(*(device.c[name] for name in columns))
    return conn.execute(query.order_by(device.c.seen_at.desc(), device.c.id)).all()


def note_seen(conn: Connection, device_id: str, now_ms: int) -> None:
    """Remember that the device called, at most once a minute."""
    conn.execute(
        update(device)
        .where(device.c.id == device_id, device.c.seen_at <= now_ms - SEEN_EVERY_MS)
        .values(seen_at=now_ms)
    )


def lives(now_ms: int) -> ColumnElement[bool]:
    """Rows whose session is neither revoked nor over by age or disuse, as `Device` decides it."""
    return and_(
        device.c.revoked_at.is_(None),
        device.c.created_at > now_ms - ABSOLUTE_MS,
        device.c.seen_at > now_ms - IDLE_MS,
    )


async def keep_seen(writer: Writer, device_id: str, now_ms: int) -> None:
    """`note_seen` by the writer; a full queue or disk must not keep a technician from his day."""
    try:
        await writer.run(lambda conn: note_seen(conn, device_id, now_ms))
    except (AppError, DBAPIError) as error:
        log.warning("device not noted as seen", extra={"kind": type(error).__name__})


def revoke_device(conn: Connection, device_id: str, now_ms: int) -> bool:
    """End one device's session, from the next request on; gives whether there is such a device."""
    found = conn.execute(
        update(device)
        .where(device.c.id == device_id)
        .values(revoked_at=func.coalesce(device.c.revoked_at, now_ms))
    )
    return found.rowcount == 1


def revoked_since(conn: Connection, since_ms: int) -> list[str]:
    """The devices whose session the office ended after an instant."""
    query = select(device.c.id).where(device.c.revoked_at > since_ms)
    return list(conn.execute(query).scalars())


def _renew(conn: Connection, known: Device, session: str, now_ms: int) -> Enrolled | Refusal:
    if known.is_revoked() or now_ms >= known.created_at + REPEAT_MS:
        return Refusal.STALE
    renewed = update(device).where(device.c.id == known.id)
    conn.execute(renewed.values(session_hash=hash_secret(session), seen_at=now_ms))
    return Enrolled(known._replace(seen_at=now_ms), session)


def _in_use(conn: Connection, link_id: str, now_ms: int) -> int:
    """Devices of a link whose session lives: one that ended gave its place back."""
    query = select(func.count()).where(device.c.link == link_id, lives(now_ms))
    return conn.execute(query).scalar_one()


def _new(device_id: str, link: Link, now_ms: int, user_agent: str) -> Device:
    return Device(device_id, link.technician, link.id, now_ms, now_ms, None, user_agent)


def _insert(conn: Connection, made: Device, session: str) -> None:
    conn.execute(
        insert(device).values(
            id=made.id,
            technician=made.technician.key,
            link=made.link,
            session_hash=hash_secret(session),
            created_at=made.created_at,
            seen_at=made.seen_at,
            user_agent=made.user_agent,
        )
    )


def _find(conn: Connection, condition: Any) -> Device | None:
    row = conn.execute(_devices().where(condition)).first()
    return _device(row) if row else None


def _devices() -> Any:
    return select(device, *TECHNICIAN).select_from(join_technician(device))


def _device(row: Row[Any]) -> Device:
    return Device(
        row.id,
        technician_of(row),
        row.link,
        row.created_at,
        row.seen_at,
        row.revoked_at,
        row.user_agent,
    )


def count_pending(conn: Connection, now_ms: int) -> int:
    """How many mutations the phones in use said they still hold."""
    query = select(func.coalesce(func.sum(device.c.pending_count), 0)).where(lives(now_ms))
    return int(conn.execute(query).scalar_one())
