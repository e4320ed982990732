"""What the last check of an upstream found, for the board and for the next start."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from backend.store.tables import upstream_check
from backend.store.upsert import upsert


class CheckLine(msgspec.Struct, frozen=True):
    """One line: how grave it is, what it is about, its code, and a detail."""

    level: str
    about: str
    code: str
    detail: str = ""


class Checked(NamedTuple):
    """A check at an instant (UTC ms)."""

    checked_at: int
    lines: tuple[CheckLine, ...]


def save_check(conn: Connection, name: str, lines: Sequence[CheckLine], now_ms: int) -> None:
    """Remember what was found instead of what was found before."""
    body = msgspec.json.encode(lines).decode()
    upsert(conn, upstream_check, [{"name": name, "checked_at": now_ms, "lines": body}])


def read_check(conn: Connection, name: str) -> Checked | None:
    """What was found last, None before the first check."""
    query = select(upstream_check.c.checked_at, upstream_check.c.lines)
    row = conn.execute(query.where(upstream_check.c.name == name)).first()
    if row is None:
        return None
    return Checked(row.checked_at, msgspec.json.decode(row.lines, type=tuple[CheckLine, ...]))
