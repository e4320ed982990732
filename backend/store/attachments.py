"""Photos, signatures and evidence that wait to become files of their visit's document in ERPNext.

A row comes with the bytes and goes once the file is there; only then the phone is told that the
photo is filed. It is apart from the visit's lane, so that no other work waits for it. Of evidence
no phone is told: nobody there could do anything about it.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from backend.store import feed
from backend.store.blobs.place import BlobName
from backend.store.outbox import ENTRIES, entries_from
from backend.store.receipts import Recorded, write_receipts
from backend.store.tables import (
    attachment,
    blob,
    blob_reference,
    evidence,
    mutation,
    outbox,
    record,
)
from backend.store.upsert import upsert
from sync.collections import collection_of
from sync.lane import Lane, LaneState, fresh_lane
from sync.protocol import Fate, Kind

ATTACHED: Final = (Kind.PHOTO.value, Kind.SIGNATURE.value)
EVIDENCE_TYPE: Final = "application/json"

_FILED: Final = ENTRIES.where(
    outbox.c.mutation.in_(bindparam("mutations", expanding=True)),
    outbox.c.fate == Fate.FILED.value,
    mutation.c.kind.in_(ATTACHED),
)


class Attachment(NamedTuple):
    """A file to attach to the document `upstream_name`; `lane` is its own state, not its visit's.
    `blob` is where a photo's bytes are, None of evidence, which `evidence_content` gives."""

    mutation: str
    key: str
    upstream_name: str
    blob: BlobName | None
    media_type: str
    lane: Lane

    @property
    def collection(self) -> str:
        """What kind of record the file is of."""
        return collection_of(self.key)

    @property
    def file(self) -> str:
        """Its name in ERPNext, by which a file that is there already is known again."""
        if self.blob is None:
            return evidence_file(self.mutation)
        kind = self.media_type.rpartition("/")[2]
        return f"{self.mutation}.{'jpg' if kind == 'jpeg' else kind}"


def evidence_file(verification: str) -> str:
    """The name in ERPNext of what a verdict follows from, by the `verify` that asked for it."""
    return f"{verification}.json"


def enqueue(conn: Connection, mutations: Collection[str], now_ms: int) -> None:
    """The photos of these mutations are here, whole: those of a kind that is attached wait."""
    if not mutations:
        return
    query = select(mutation.c.id, mutation.c.key).where(
        mutation.c.id.in_(sorted(mutations)), mutation.c.kind.in_(ATTACHED)
    )
    _wait(conn, [(row.id, row.key) for row in conn.execute(query)], now_ms)


def enqueue_evidence(
    conn: Connection, key: str, verifications: Collection[str], now_ms: int
) -> None:
    """What the verdicts on these `verify` of a visit follow from is kept, and waits."""
    _wait(conn, [(each, key) for each in verifications], now_ms)


def next_due(conn: Connection, now_ms: int) -> Attachment | None:
    """The file that is due first (UTC ms) among those whose mutation ERPNext has."""
    found = (conn.execute(query).one_or_none() for query in (_photo(now_ms), _evidence(now_ms)))
    rows = sorted(filter(None, found), key=lambda row: (row.due_at, row.mutation))
    return _attachment(rows[0]) if rows else None


def evidence_content(conn: Connection, verification: str) -> bytes:
    """What the last verdict on a `verify` follows from, as JSON."""
    query = (
        select(evidence.c.body)
        .where(evidence.c.verification == verification)
        .order_by(evidence.c.id.desc())
        .limit(1)
    )
    return str(conn.execute(query).scalar_one()).encode()


def _wait(conn: Connection, files: Collection[tuple[str, str]], now_ms: int) -> None:
    waits = _values(fresh_lane(now_ms)) | {"created_at": now_ms}
    upsert(conn, attachment, [{"mutation": each, "key": key, **waits} for each, key in files])


def _photo(now_ms: int) -> Select[Any]:
    return (
        _due(now_ms)
        .add_columns(blob.c.sha256, blob.c.upload, blob.c.media_type)
        .join(blob_reference, blob_reference.c.mutation == attachment.c.mutation)
        .join(
            blob,
            (blob.c.sha256 == blob_reference.c.sha256) & (blob.c.device == mutation.c.device),
        )
        .where(blob.c.complete_at.is_not(None), mutation.c.kind != Kind.VERIFY.value)
    )


def _evidence(now_ms: int) -> Select[Any]:
    return _due(now_ms).where(mutation.c.kind == Kind.VERIFY.value)


def _due(now_ms: int) -> Select[Any]:
    return (
        select(attachment, record.c.upstream_name)
        .join(mutation, mutation.c.id == attachment.c.mutation)
        .join(record, record.c.key == attachment.c.key)
        .join(outbox, outbox.c.mutation == attachment.c.mutation)
        .where(
            attachment.c.state == LaneState.DUE.value,
            attachment.c.due_at <= now_ms,
            outbox.c.fate == Fate.FILED.value,
            record.c.upstream_name.is_not(None),
        )
        .order_by(attachment.c.due_at, attachment.c.mutation)
        .limit(1)
    )


def _attachment(row: Any) -> Attachment:
    lane = Lane(LaneState(row.state), row.due_at, row.tries, row.error)
    sha256 = getattr(row, "sha256", None)
    name = BlobName(sha256, row.upload) if sha256 else None
    media_type = row.media_type if sha256 else EVIDENCE_TYPE
    return Attachment(row.mutation, row.key, row.upstream_name, name, media_type, lane)


def awaited(conn: Connection, mutations: Collection[str]) -> frozenset[str]:
    """Which of these mutations name a photo that becomes a file, here by now or not."""
    named = select(mutation.c.id).where(
        mutation.c.id.in_(sorted(mutations)),
        mutation.c.kind.in_(ATTACHED),
        mutation.c.id.in_(select(blob_reference.c.mutation)),
    )
    return frozenset(conn.scalars(named))


def record_attached(conn: Connection, mutation_id: str, now_ms: int) -> Recorded:
    """ERPNext has the file: its photo is filed, and the phone is told so."""
    feed.take(conn)
    conn.execute(delete(attachment).where(attachment.c.mutation == mutation_id))
    return _tell(conn, [mutation_id], Fate.FILED, now_ms)


def record_failure(conn: Connection, mutation_id: str, after: Lane, now_ms: int) -> Recorded:
    """When a photo is tried again, or why a human must look: then the phone hears `refused`."""
    feed.take(conn)
    chosen = update(attachment).where(attachment.c.mutation == mutation_id)
    conn.execute(chosen.values(_values(after)))
    if after.state is not LaneState.PARKED:
        return Recorded(frozenset())
    return _tell(conn, [mutation_id], Fate.REFUSED, now_ms, after.error)


def park_all(conn: Connection, error: str, now_ms: int) -> Recorded:
    """Park what waits: the site takes no file from us, and is not asked in vain."""
    feed.take(conn)
    due = attachment.c.state == LaneState.DUE.value
    waiting = conn.scalars(select(attachment.c.mutation).where(due)).all()
    parked = {"state": LaneState.PARKED.value, "due_at": now_ms, "error": error}
    conn.execute(update(attachment).where(due).values(parked))
    return _tell(conn, waiting, Fate.REFUSED, now_ms, error)


def unpark(conn: Connection, key: str, error: str, now_ms: int) -> tuple[str, ...]:
    """Try again the parked photos of a record ("": any), of one reason ("": any); gives the
    records."""
    which = [attachment.c.state == LaneState.PARKED.value]
    which += [attachment.c.key == key] if key else []
    which += [attachment.c.error == error] if error else []
    keys = conn.scalars(select(attachment.c.key).where(*which).distinct()).all()
    if keys:
        conn.execute(update(attachment).where(*which).values(_values(fresh_lane(now_ms))))
    return tuple(sorted(keys))


def count(conn: Connection) -> int:
    """How many photos are here and not in ERPNext."""
    of_photos = attachment.join(mutation, mutation.c.id == attachment.c.mutation)
    counted = select(func.count()).select_from(of_photos).where(mutation.c.kind.in_(ATTACHED))
    return conn.execute(counted).scalar_one()


def parked(conn: Connection) -> Sequence[Any]:
    """What a human must look at. Rows: key, upstream_name, error, since, mutations."""
    query = (
        select(
            attachment.c.key,
            record.c.upstream_name,
            attachment.c.error,
            func.min(attachment.c.created_at).label("since"),
            func.count().label("mutations"),
        )
        .join(record, record.c.key == attachment.c.key)
        .where(attachment.c.state == LaneState.PARKED.value)
        .group_by(attachment.c.key, record.c.upstream_name, attachment.c.error)
        .order_by(func.min(attachment.c.created_at), attachment.c.key)
    )
    return conn.execute(query).all()


def _tell(
    conn: Connection, mutations: Collection[str], fate: Fate, now_ms: int, detail: str = ""
) -> Recorded:
    """A photo whose mutation ERPNext has not got yet is told with it."""
    known = entries_from(conn.execute(_FILED, {"mutations": [*mutations]}))
    return write_receipts(conn, [(each, fate, detail) for each in known], now_ms)


def _values(lane: Lane) -> dict[str, Any]:
    return {
        "state": lane.state.value,
        "due_at": lane.due_at,
        "tries": lane.tries,
        "error": lane.error[:80],
    }
