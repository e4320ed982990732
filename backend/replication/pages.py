"""Pages of changes as they travel, encoded once for all phones that stand at one place.

After an outage the phones of a scope ask for the same delta at once. A page depends on nothing but
the technician, the cursor and the head of the feed: whatever a phone pulls was written with a
sequence of its own. Only what a backup holds was not, so that is asked for each time.
"""

import asyncio
from collections import OrderedDict
from typing import Final, NamedTuple

import msgspec

from backend.replication.encoding import Shared, share
from backend.store import feed
from backend.store.backup import backed_up
from backend.store.connection import Connection
from backend.store.outages import outages_of
from backend.store.pull import pull
from backend.store.store import Store
from sync.protocol import Changes, Conflict, Fate, KnownOutage, SyncReply, spoken
from sync.pull import Cursor, parse_cursor

# A page of 500 visits has a third of a megabyte.
CACHE_BYTES: Final = 8 * 1024**2


class Page(NamedTuple):
    """The end of a SyncReply that all phones at one place share, from the comma before its members
    on; the sequence up to which a backup exists, and the known outages of his visits' sectors."""

    end: Shared
    backed_up: int
    outages: tuple[KnownOutage, ...]


class Pages:
    """Makes pages and keeps the last ones, `limit` bytes of them.

    Whoever asks for one that is being made waits for it.
    """

    def __init__(self, store: Store, limit: int = CACHE_BYTES) -> None:
        self._store = store
        self._limit = limit
        self._size = 0
        self._pages: OrderedDict[_Place, asyncio.Task[Shared]] = OrderedDict()

    async def after(self, cursor: str, technician: str, protocol: int) -> Page:
        """The page after an untrusted cursor, in a version of the protocol. Raises Busy."""
        head, kept, outages = await self._store.read(lambda conn: _now(conn, technician))
        place = _Place(technician, parse_cursor(cursor), protocol, head)
        making = self._pages.get(place) or self._begin(place, cursor)
        # One phone that hangs up must not take the page from the others.
        return Page(await asyncio.shield(making), kept, outages)

    def _begin(self, place: "_Place", cursor: str) -> asyncio.Task[Shared]:
        making = asyncio.create_task(self._make(place, cursor))
        self._pages[place] = making
        making.add_done_callback(lambda _done: self._keep(place, making))
        return making

    async def _make(self, place: "_Place", cursor: str) -> Shared:
        return await self._store.read(
            lambda conn: _end(conn, cursor, place.technician, place.protocol)
        )

    def _keep(self, place: "_Place", made: asyncio.Task[Shared]) -> None:
        if made.cancelled() or made.exception() is not None:
            del self._pages[place]
            return
        self._size += made.result().size
        while self._size > self._limit:
            oldest = next(each for each, page in self._pages.items() if page.done())
            self._size -= self._pages.pop(oldest).result().size


class _Place(NamedTuple):
    technician: str
    cursor: Cursor | None
    protocol: int
    head: feed.Head


class _Members(msgspec.Struct, frozen=True, omit_defaults=True):
    changes: Changes
    receipts: tuple[tuple[str, Fate, str], ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def _now(conn: Connection, technician: str) -> tuple[feed.Head, int, tuple[KnownOutage, ...]]:
    return feed.read_head(conn), backed_up(conn), outages_of(conn, technician)


def _end(conn: Connection, cursor: str, technician: str, protocol: int) -> Shared:
    """As of now, which may be later than the head that was asked for: then there is more in it."""
    pulled = pull(conn, technician, cursor)
    reply = SyncReply(0, pulled.changes, receipts=pulled.receipts, conflicts=pulled.conflicts)
    said = spoken(reply, protocol)
    members = msgspec.json.encode(_Members(said.changes, said.receipts, said.conflicts))
    return share(b"," + members[1:])
