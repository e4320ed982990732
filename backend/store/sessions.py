"""Sessions of PostgreSQL beside the writer and the readers: what lasts as long as a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import SystemRandom
from typing import Any, Final

from psycopg import AsyncConnection, OperationalError
from sqlalchemy.engine import make_url

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
# A host that vanished says nothing: the kernel must ask (seconds, and milliseconds for the last;
# https://www.postgresql.org/docs/15/libpq-connect.html).
_ALIVE: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

Session = AsyncConnection[Any]


@asynccontextmanager
async def session(url: str) -> AsyncIterator[Session]:
    """A connection outside every transaction, waited for as long as it takes.

    Raises psycopg's OperationalError once it dies.
    """
    async with await _connected(url) as conn:
        yield conn


async def _connected(url: str) -> Session:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await AsyncConnection.connect(dsn, autocommit=True, **_ALIVE)
        except OperationalError:
            # All processes lose the database at once; they shall not come back as one.
            await asyncio.sleep(pause_s * SystemRandom().uniform(0.5, 1))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
