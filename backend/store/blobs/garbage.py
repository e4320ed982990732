"""Deletes what nobody needs: uploads that never completed, photos that nothing names, strangers.

`sync.blobs` decides; here the facts are read, the rows deleted, and then the bytes. In this order a
crash leaves bytes without a row, which a later sweep finds, never a row without its bytes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select

from backend.log import log
from backend.store import feed
from backend.store.blobs.place import BlobName
from backend.store.blobs.store import BlobStore
from backend.store.store import Store
from backend.store.tables import blob, blob_reference, mutation
from sync.blobs import UNFINISHED_MS, Held, may_go, orphans
from sync.protocol import Outcome

PAGE: Final = 500


class Sweeper:
    """Looks at everything once a `sweep`, in small transactions of `page` rows."""

    def __init__(self, store: Store, blobs: BlobStore, page: int = PAGE) -> None:
        self._store = store
        self._blobs = blobs
        self._page = page

    async def sweep(self, now_ms: int) -> int:
        """Delete what may go now (UTC ms); gives how many photos and uploads that were.

        Raises Unavailable or Refused when the bytes' place does: the rest waits for the next.
        """
        gone = await self._forget_old(now_ms)
        gone += await self._delete_orphans(now_ms)
        return gone + await self._discard_pieces(now_ms)

    async def _forget_old(self, now_ms: int) -> int:
        count, after = 0, ""
        while page := await self._old(now_ms, after):
            after = next(reversed(page)).upload
            going = [name.upload for name, held in page.items() if may_go(held, now_ms)]
            if not going:
                continue
            gone = await self._store.writer.run(partial(forget, uploads=going, now_ms=now_ms))
            for name in gone:
                await self._blobs.delete(name)
            count += len(gone)
        return count

    async def _old(self, now_ms: int, after: str) -> dict[BlobName, Held]:
        look = partial(old_blobs, now_ms=now_ms, after=after, limit=self._page)
        return await self._store.read(look)

    async def _delete_orphans(self, now_ms: int) -> int:
        strangers, found = await self._strangers()
        gone = orphans(strangers, found, now_ms)
        if gone is None:
            log.error("photos of another installation?", extra={"n": len(strangers), "of": found})
            return 0
        for name in gone:
            await self._blobs.delete(name)
        return len(gone)

    async def _strangers(self) -> tuple[Mapping[BlobName, int], int]:
        """The kept bytes that no row knows, and how many there are in all."""
        strangers: dict[BlobName, int] = {}
        found = 0
        async for page in self._blobs.pages():
            look = partial(known_uploads, uploads=[name.upload for name in page])
            known = await self._store.read(look)
            strangers |= {name: at for name, at in page.items() if name.upload not in known}
            found += len(page)
        return strangers, found

    async def _discard_pieces(self, now_ms: int) -> int:
        old = self._blobs.folder.unfinished(now_ms - UNFINISHED_MS)
        known = await self._store.read(partial(known_uploads, uploads=old))
        gone = [upload for upload in old if upload not in known]
        for upload in gone:
            self._blobs.folder.discard_pieces(upload)
        return len(gone)


def old_blobs(
    conn: Connection, now_ms: int, after: str = "", limit: int = PAGE
) -> dict[BlobName, Held]:
    """At most `limit` blobs, in order of upload after `after`, old enough to be looked at."""
    old = blob.c.created_at < now_ms - UNFINISHED_MS
    return _held(conn, old & (blob.c.upload > after), limit)


def forget(conn: Connection, uploads: Collection[str], now_ms: int) -> tuple[BlobName, ...]:
    """Delete the rows of those `uploads` that may go, decided anew; gives their names.

    The counter is taken first: no push can name one of them between the decision and the commit.
    """
    feed.take(conn)
    held = _held(conn, blob.c.upload.in_(sorted(uploads)), len(uploads))
    gone = tuple(name for name, each in held.items() if may_go(each, now_ms))
    conn.execute(delete(blob).where(blob.c.upload.in_([name.upload for name in gone])))
    return gone


def known_uploads(conn: Connection, uploads: Iterable[str]) -> frozenset[str]:
    """Those of `uploads` that have a row."""
    query = select(blob.c.upload).where(blob.c.upload.in_(uploads))
    return frozenset(conn.scalars(query))


def _held(conn: Connection, which: ColumnElement[bool], limit: int) -> dict[BlobName, Held]:
    query = select(blob.c.sha256, blob.c.upload, blob.c.created_at, blob.c.complete_at)
    rows = conn.execute(query.where(which).order_by(blob.c.upload).limit(limit)).all()
    named = _outcomes(conn, {row.sha256 for row in rows})
    return {
        BlobName(row.sha256, row.upload): Held(
            row.created_at, row.complete_at, frozenset(named.get(row.sha256, ()))
        )
        for row in rows
    }


def _outcomes(conn: Connection, hashes: Iterable[str]) -> Mapping[str, set[Outcome]]:
    """What became of the mutations that name each hash, whichever device sent them."""
    query = (
        select(blob_reference.c.sha256, mutation.c.outcome)
        .join(mutation, mutation.c.id == blob_reference.c.mutation)
        .where(blob_reference.c.sha256.in_(sorted(hashes)))
        .distinct()
    )
    found: dict[str, set[Outcome]] = defaultdict(set)
    for row in conn.execute(query):
        found[row.sha256].add(Outcome(row.outcome))
    return found
