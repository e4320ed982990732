"""Photos, signatures and evidence that wait to become files of their visit's document in ERPNext.

A row comes with the bytes and goes once the file is there; only then the phone is told that the
photo is filed. It is apart from the visit's lane, so that no other work waits for it. A check of a
line has one row for all its files: evidence, report, the photo of the meter. Of these no phone is
told: nobody there could do anything about it.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
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
from sync.lane import Lane, LaneState, fresh_lane
from sync.protocol import Fate, Kind

ATTACHED: Final = (Kind.PHOTO.value, Kind.SIGNATURE.value)
_WITH_FILES: Final = (*ATTACHED, Kind.VERIFY.value)
EVIDENCE_TYPE: Final = "application/json"
REPORT_TYPE: Final = "application/pdf"

_FILED: Final = ENTRIES.where(
    outbox.c.mutation.in_(bindparam("mutations", expanding=True)),
    outbox.c.fate == Fate.FILED.value,
    mutation.c.kind.in_(ATTACHED),
)


class Holds(StrEnum):
    """What a file has in it."""

    PHOTO = "photo"
    EVIDENCE = "evidence"
    REPORT = "report"


class File(NamedTuple):
    """One file; `name` is its own in ERPNext, by which one that is there already is known again."""

    name: str
    media_type: str
    holds: Holds


class Attachment(NamedTuple):
    """Files to attach to the document `upstream_name`; `lane` is their own state, not the visit's.
    `blob` is where a photo's bytes are, None without one; `has_evidence` is of a check that ended.
    """

    mutation: str
    key: str
    upstream_name: str
    blob: BlobName | None
    media_type: str
    has_evidence: bool
    lane: Lane

    @property
    def files(self) -> tuple[File, ...]:
        """What is to be attached, what costs most last."""
        files = [File(self._photo, self.media_type, Holds.PHOTO)] if self.blob else []
        if self.has_evidence:
            report = File(f"{self.mutation}.pdf", REPORT_TYPE, Holds.REPORT)
            evidence = File(evidence_file(self.mutation), EVIDENCE_TYPE, Holds.EVIDENCE)
            files = [evidence, *files, report]
        return tuple(files)

    @property
    def _photo(self) -> str:
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
        mutation.c.id.in_(sorted(mutations)), mutation.c.kind.in_(_WITH_FILES)
    )
    _wait(conn, [(row.id, row.key) for row in conn.execute(query)], now_ms)


def enqueue_evidence(
    conn: Connection, key: str, verifications: Collection[str], now_ms: int
) -> None:
    """What the verdicts on these `verify` of a visit follow from is kept, and waits."""
    _wait(conn, [(each, key) for each in verifications], now_ms)


def next_due(conn: Connection, now_ms: int) -> Attachment | None:
    """What is due first (UTC ms) among that whose mutation ERPNext has."""
    row = conn.execute(_due(now_ms)).one_or_none()
    if row is None:
        return None
    lane = Lane(LaneState(row.state), row.due_at, row.tries, row.error)
    name = BlobName(row.sha256, row.upload) if row.sha256 else None
    has_evidence = row.evidence is not None
    return Attachment(
        row.mutation, row.key, row.upstream_name, name, row.media_type or "", has_evidence, lane
    )


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


def _due(now_ms: int) -> Select[Any]:
    """A photo's row waits for its bytes; a check's has other files besides."""
    is_there = (
        (blob.c.sha256 == blob_reference.c.sha256)
        & (blob.c.device == mutation.c.device)
        & blob.c.complete_at.is_not(None)
    )
    last = select(func.max(evidence.c.id)).where(evidence.c.verification == attachment.c.mutation)
    return (
        select(attachment, record.c.upstream_name, blob.c.sha256, blob.c.upload, blob.c.media_type)
        .add_columns(last.scalar_subquery().label("evidence"))
        .join(mutation, mutation.c.id == attachment.c.mutation)
        .join(record, record.c.key == attachment.c.key)
        .join(outbox, outbox.c.mutation == attachment.c.mutation)
        .outerjoin(blob_reference, blob_reference.c.mutation == attachment.c.mutation)
        .outerjoin(blob, is_there)
        .where(
            attachment.c.state == LaneState.DUE.value,
            attachment.c.due_at <= now_ms,
            outbox.c.fate == Fate.FILED.value,
            record.c.upstream_name.is_not(None),
            blob.c.sha256.is_not(None) | (mutation.c.kind == Kind.VERIFY.value),
        )
        .order_by(attachment.c.due_at, attachment.c.mutation)
        .limit(1)
    )


def awaited(conn: Connection, mutations: Collection[str]) -> frozenset[str]:
    """Which of these mutations name a photo that becomes a file, here by now or not."""
    named = select(mutation.c.id).where(
        mutation.c.id.in_(sorted(mutations)),
        mutation.c.kind.in_(ATTACHED),
        mutation.c.id.in_(select(blob_reference.c.mutation)),
    )
    return frozenset(conn.scalars(named))


def record_attached(conn: Connection, mutation_id: str, due_at: int, now_ms: int) -> Recorded:
    """ERPNext has the files that were `due_at`: a photo is filed, and the phone is told so. What
    came to them later waits."""
    feed.take(conn)
    sent = (attachment.c.mutation == mutation_id) & (attachment.c.due_at <= due_at)
    conn.execute(delete(attachment).where(sent))
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
