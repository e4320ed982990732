"""Technicians' links: made, found by their token, listed, revoked. No token is ever stored."""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from backend.store.clock import DAY_MS
from backend.store.tables import device, link, record
from backend.store.technicians import TECHNICIAN, Technician, join_technician, technician_of

SECRET_BYTES: Final = 32  # 256 bits; ASVS 5.0 clause 7.2.3 asks for 128


class CreatedLink(NamedTuple):
    """A new link; its token is told here once, and nobody can read it again."""

    id: str
    token: str


class Link(NamedTuple):
    """A link as the office sees it; instants in UTC ms."""

    id: str
    technician: Technician
    created_at: int
    expires_at: int
    revoked_at: int | None
    max_devices: int

    def is_open(self, now_ms: int) -> bool:
        """Whether the link may still enrol a device."""
        return self.technician.active and self.revoked_at is None and now_ms < self.expires_at


def create_link(
    conn: Connection, technician: str, now_ms: int, days: int, max_devices: int
) -> CreatedLink:
    """Make a link that enrols up to `max_devices` phones of `technician` during `days` days.

    Raises LookupError when the store holds no such technician (a record key).
    """
    token = secrets.token_urlsafe(SECRET_BYTES)
    return _insert(conn, technician, token, (now_ms, now_ms + days * DAY_MS), max_devices)


def create_brief_link(conn: Connection, technician: str, now_ms: int, lasts_ms: int) -> CreatedLink:
    """Make a link for one phone, to be reached by a code. Raises LookupError as `create_link`."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    return _insert(conn, technician, token, (now_ms, now_ms + lasts_ms), 1)


def extend_link(conn: Connection, link_id: str, days: int, now_ms: int) -> int | None:
    """Let a link enrol for some days from its end, or from now when that is past; gives its new end
    (UTC ms). None when there is no such link, or when it was revoked."""
    query = select(link.c.expires_at).where(link.c.id == link_id, link.c.revoked_at.is_(None))
    ends = conn.execute(query).scalar()
    if ends is None:
        return None
    later: int = max(ends, now_ms) + days * DAY_MS
    conn.execute(update(link).where(link.c.id == link_id).values(expires_at=later))
    return later


def find_link(conn: Connection, token: str, *, lock: bool = False) -> Link | None:
    """The link of an untrusted token in whatever state: one hash and one indexed query.

    `lock` makes other processes that enrol by this link wait for the transaction's end.
    """
    return _found(conn, _links().where(link.c.token_hash == hash_secret(token)), lock=lock)


def read_link(conn: Connection, link_id: str) -> Link | None:
    """The link of an id, locked as `find_link` does."""
    return _found(conn, _links().where(link.c.id == link_id), lock=True)


def list_links(conn: Connection, technician: str = "") -> list[Link]:
    """Every link, or one technician's, newest first."""
    query = _links().order_by(link.c.created_at.desc(), link.c.id)
    if technician:
        query = query.where(link.c.technician == technician)
    return [_link(row) for row in conn.execute(query)]


def revoke_link(conn: Connection, link_id: str, now_ms: int) -> bool:
    """End a link and the sessions of its devices, from the next request on.

    Gives whether there is such a link; a repeated call keeps the first instant.
    """
    found = conn.execute(
        update(link)
        .where(link.c.id == link_id)
        .values(revoked_at=func.coalesce(link.c.revoked_at, now_ms))
    )
    conn.execute(
        update(device)
        .where(device.c.link == link_id, device.c.revoked_at.is_(None))
        .values(revoked_at=now_ms)
    )
    return found.rowcount == 1


def dismiss(conn: Connection, technicians: Collection[str], now_ms: int) -> None:
    """End every link and session of technicians who work here no longer; their name stays on what
    they did, and what their phones have not sent yet stays there."""
    if not technicians:
        return
    for table in (link, device):
        open_ones = table.c.technician.in_(sorted(technicians)), table.c.revoked_at.is_(None)
        conn.execute(update(table).where(*open_ones).values(revoked_at=now_ms))


def hash_secret(secret: str) -> str:
    """What is stored of a token or a session value: SHA-256, in hex.

    A fast hash is right for a secret of 112 bits or more (ASVS 5.0 clause 6.5.2). Any text may
    come from outside, lone surrogates too.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _insert(
    conn: Connection, technician: str, token: str, lasts: tuple[int, int], max_devices: int
) -> CreatedLink:
    if conn.execute(select(record.c.key).where(record.c.key == technician)).first() is None:
        raise LookupError(technician)
    made = CreatedLink(str(uuid.uuid4()), token)
    conn.execute(
        insert(link).values(
            id=made.id,
            technician=technician,
            token_hash=hash_secret(token),
            created_at=lasts[0],
            expires_at=lasts[1],
            max_devices=max_devices,
        )
    )
    return made


def _found(conn: Connection, query: Select[Any], *, lock: bool) -> Link | None:
    row = conn.execute(query.with_for_update(of=link) if lock else query).first()
    return _link(row) if row else None


def _links() -> Select[Any]:
    return select(link, *TECHNICIAN).select_from(join_technician(link))


def _link(row: Row[Any]) -> Link:
    return Link(
        row.id,
        technician_of(row),
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.max_devices,
    )
