"""People of an office without ForwardAuth: their accounts, and the sessions of their browsers."""

import secrets
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from backend.store.links import SECRET_BYTES, hash_secret
from backend.store.tables import staff_account, staff_session
from backend.store.upsert import upsert

# A long working day: who goes home and comes back tomorrow types the password again.
SESSION_MS: Final = 12 * 3_600_000


class Account(NamedTuple):
    """One person; `ended_at` in UTC ms when they work here no longer."""

    email: str
    role: str
    password_hash: str
    ended_at: int | None

    @property
    def is_open(self) -> bool:
        """Whether this person may come in."""
        return self.ended_at is None


def save_account(conn: Connection, email: str, role: str, password_hash: str, now_ms: int) -> None:
    """Make an account, or give an old one another password and role; its sessions end."""
    named = {"email": email, "role": role, "password_hash": password_hash}
    row = named | {"created_at": now_ms, "ended_at": None}
    upsert(conn, staff_account, [row], keep="created_at")
    _end_sessions(conn, email)


def end_account(conn: Connection, email: str, now_ms: int) -> bool:
    """End an account and its sessions, from the next request on; gives whether there is one."""
    found = conn.execute(
        update(staff_account).where(staff_account.c.email == email).values(ended_at=now_ms)
    )
    _end_sessions(conn, email)
    return found.rowcount == 1


def find_account(conn: Connection, email: str) -> Account | None:
    """The account of an untrusted address, in whatever state."""
    row = conn.execute(select(staff_account).where(staff_account.c.email == email)).first()
    return _account(row) if row else None


def list_accounts(conn: Connection) -> list[Account]:
    """Every account, by address."""
    rows = conn.execute(select(staff_account).order_by(staff_account.c.email))
    return [_account(row) for row in rows]


def open_session(conn: Connection, email: str, now_ms: int) -> str:
    """Begin a session, and forget those that are over; gives the cookie's value, told here once."""
    conn.execute(delete(staff_session).where(staff_session.c.created_at <= now_ms - SESSION_MS))
    value = secrets.token_urlsafe(SECRET_BYTES)
    row = {"session_hash": hash_secret(value), "email": email, "created_at": now_ms}
    conn.execute(insert(staff_session).values(row))
    return value


def find_session(conn: Connection, value: str, now_ms: int) -> Account | None:
    """Whose session an untrusted cookie value opens now."""
    row = conn.execute(
        select(staff_account)
        .join(staff_session, staff_session.c.email == staff_account.c.email)
        .where(
            staff_session.c.session_hash == hash_secret(value),
            staff_session.c.created_at > now_ms - SESSION_MS,
            staff_account.c.ended_at.is_(None),
        )
    ).first()
    return _account(row) if row else None


def close_session(conn: Connection, value: str) -> None:
    """End one session."""
    conn.execute(delete(staff_session).where(staff_session.c.session_hash == hash_secret(value)))


def _end_sessions(conn: Connection, email: str) -> None:
    conn.execute(delete(staff_session).where(staff_session.c.email == email))


def _account(row: Row[Any]) -> Account:
    return Account(row.email, row.role, row.password_hash, row.ended_at)
