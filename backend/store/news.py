"""Pokes from process to process, by PostgreSQL's LISTEN and NOTIFY.

A NOTIFY is part of the transaction whose changes it tells of: it comes when they can be read, and
never when they were rolled back (https://www.postgresql.org/docs/15/sql-notify.html).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec
from psycopg import OperationalError
from sqlalchemy import Connection, func, select

from backend.log import log
from backend.store.pokes import Pokes
from backend.store.sessions import Session, session

CHANNEL: Final = "terrain_news"
# PostgreSQL takes 8,000 bytes; a technician's key has at most 80.
NAMES: Final = 80
# News may be lost without anybody's fault: then this look finds that the feed has moved.
LOOK_S: Final = 15.0

_HEAD: Final = "SELECT max(sequence) FROM counter"


def tell(conn: Connection, poked: Collection[str], origin: str) -> None:
    """Poke these technicians in every other process once the transaction commits; `origin` names
    this one."""
    if conn.dialect.name == "sqlite" or not poked:
        return
    for names in _parts(sorted(poked)):
        said = msgspec.json.encode([origin, names]).decode()
        conn.execute(select(func.pg_notify(CHANNEL, said)))


async def listen(url: str, origin: str, pokes: Pokes) -> None:
    """Hand on what other processes tell, until cancelled; ends when the connection does.

    Everybody is woken whenever something may have been missed: at the start, and when the feed has
    moved without a word.
    """
    try:
        async with session(url) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            seen = await _head(conn)
            pokes.send_to_all()  # after that look, or what comes between the two is missed
            await _hear(conn, origin, pokes, seen)
    except OperationalError:
        log.warning("news of other processes are cut off")


async def _hear(conn: Session, origin: str, pokes: Pokes, seen: int | None) -> None:
    while True:
        silent = True
        async for news in conn.notifies(timeout=LOOK_S):
            silent = False
            sender, names = msgspec.json.decode(news.payload, type=tuple[str, list[str]])
            if sender != origin:  # our own were sent when they were committed
                pokes.send(names)
        head = await _head(conn)
        if silent and head != seen:
            pokes.send_to_all()
        seen = head


async def _head(conn: Session) -> int | None:
    row = await (await conn.execute(_HEAD)).fetchone()
    return row[0] if row else None


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), NAMES):
        yield names[start : start + NAMES]
