"""Refused work that the office tries again is its author's, as if his phone had sent it anew."""

from sqlalchemy import Connection, Engine, insert, select, update

from backend.store.apply import apply_pushes
from backend.store.blobs.uploads import Quota, Upload, create_upload
from backend.store.refusals import Again, try_again
from backend.store.tables import attachment, blob, device
from sync.protocol import Mutation, Outcome
from tests.given import (
    CLOCK,
    DEVICE,
    JOB,
    MARC,
    NOW_MS,
    a_visit,
    cells_of,
    mutation,
    push,
    upstream,
    uuid7,
)

SHA256 = "ab" * 32
AGAIN = uuid7(99)


def _refused_photo(conn: Connection) -> Mutation:
    """A photo whose bytes are here, refused because its visit did not exist yet."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc")
    seen = {"created_at": NOW_MS, "seen_at": NOW_MS, "session_hash": "s"}
    conn.execute(insert(device).values(id=DEVICE, technician=MARC, link="l", **seen))
    create_upload(conn, Upload(uuid7(50), DEVICE, SHA256, "image/jpeg", 3), Quota())
    conn.execute(update(blob).values(complete_at=NOW_MS))
    photo = mutation(1, "photo", {"blob": SHA256, "slot": "before"})
    apply_pushes(conn, [push(photo)], CLOCK)
    a_visit(conn)
    return photo


def test_the_bytes_of_a_photo_that_is_tried_again_are_here_and_go_on(engine: Engine) -> None:
    with engine.begin() as conn:
        photo = _refused_photo(conn)

        tried = try_again(conn, Again(photo.id, AGAIN, None), "sylvie@example.ca", CLOCK)

        assert tried.verdict.outcome is Outcome.APPLIED
        assert cells_of(conn, JOB)[f"photos/{AGAIN}"]["received_at"] == NOW_MS
        assert [*conn.scalars(select(attachment.c.mutation))] == [AGAIN]
        assert MARC in tried.poked
