"""Links that the office sent: when, by whom, how; the address only in part, the token never."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from backend.store.tables import message


class Sent(NamedTuple):
    """One message about a link, at `at` (UTC ms); `error` says why it did not go ("": it did)."""

    at: int
    author: str
    link: str
    way: str
    masked: str
    error: str


def note_message(conn: Connection, sent: Sent) -> None:
    """Remember a message, one that did not go too."""
    conn.execute(insert(message).values(sent._asdict()))


def messages_of(conn: Connection, links: Iterable[str]) -> list[Sent]:
    """The messages about some links, the oldest first."""
    columns = (message.c[name] for name in Sent._fields)
    query = select(*columns).where(message.c.link.in_(list(links)))
    return [Sent(*row) for row in conn.execute(query.order_by(message.c.id))]
