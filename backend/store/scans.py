"""The photos of labels that wait to be read, and the writing of what was found on them."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select, update

from backend.store import feed
from backend.store.apply import apply_mutations
from backend.store.clock import Clock
from backend.store.tables import blob, cell, mutation, record
from sync.protocol import Kind, Mutation
from sync.push import Verdict
from sync.state import Actor


class ScanToRead(NamedTuple):
    """A waiting `scan` of record `key` whose photo, blob `sha256`, is whole.

    `made_at` and `author` are those of the technician who took it, `type` and `action` what he
    said of the equipment, `what` it is a photo of; `sequence` is where the scan stands, `upload`
    is the row of the photo.
    """

    id: str
    key: str
    sequence: int
    sha256: str
    upload: str
    type: str
    action: str
    made_at: int
    author: str
    what: str = "label"


class Filed(NamedTuple):
    """The verdicts on a reading, and which technicians to poke."""

    verdicts: tuple[Verdict, ...]
    poked: frozenset[str]


class _ScanCell(msgspec.Struct):
    blob: str
    state: str
    at: int
    by: str
    type: str = ""
    action: str = "install"
    what: str = "label"


def scans_to_read(conn: Connection, since_ms: int = 0) -> tuple[ScanToRead, ...]:
    """Every scan received at or after `since_ms` that waits, its photo sent whole by its device.

    Oldest first. A photo of another device proves nothing, whatever its hash.
    """
    scan = mutation
    path = ("scans/" + scan.c.id).label("path")
    query = (
        select(scan.c.id, scan.c.key, cell.c.sequence, cell.c.value, blob.c.sha256, blob.c.upload)
        .join(cell, (cell.c.key == scan.c.key) & (cell.c.path == path))
        .join(record, (record.c.key == scan.c.key) & record.c.deleted.is_(None))
        .join(blob, (blob.c.device == scan.c.device) & blob.c.complete_at.is_not(None))
        .where(
            scan.c.kind == Kind.SCAN,
            scan.c.received_at >= since_ms,
            cell.c.value.contains('"state":"waiting"'),
            cell.c.value.contains(blob.c.sha256),
        )
        .order_by(scan.c.received_at, scan.c.id)
    )
    found = [_scan(*row) for row in conn.execute(query)]
    return tuple(each for each in found if each is not None)


def file_reading(
    conn: Connection, scan: ScanToRead, actor: Actor, mutations: Sequence[Mutation], clock: Clock
) -> Filed:
    """Apply what the reading of a scan's photo makes, and note that the photo has been read.

    Nothing when another worker has answered meanwhile: a second reading took another time.
    """
    feed.take(conn)  # first, so that whoever was first is seen
    if not _is_waiting(conn, scan):
        return Filed((), frozenset())
    verdicts, poked = apply_mutations(conn, actor, mutations, clock)
    read = update(blob).where(blob.c.upload == scan.upload).values(read_at=clock.now_ms)
    conn.execute(read)
    return Filed(tuple(verdicts), poked)


def _is_waiting(conn: Connection, scan: ScanToRead) -> bool:
    place = cell.c.key == scan.key, cell.c.path == f"scans/{scan.id}"
    value = conn.execute(select(cell.c.value).where(*place)).scalar_one()
    return msgspec.json.decode(value, type=_ScanCell).state == "waiting"


def _scan(
    scan_id: str, key: str, sequence: int, value: str, sha256: str, upload: str
) -> ScanToRead | None:
    """The text search finds candidates; the value itself decides."""
    said = msgspec.json.decode(value, type=_ScanCell)
    if said.state != "waiting" or said.blob != sha256:
        return None
    where = (scan_id, key, sequence, sha256, upload)
    return ScanToRead(*where, said.type, said.action, said.at, said.by, said.what)
