"""Whatever a phone sends that can be read, it gets a verdict, alone, and the same one again."""

import json
import shutil
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from backend.errors import AppError
from backend.replication.inbox import read_batch, read_request
from backend.store.apply import Push, apply_pushes
from backend.store.engine import writing_engine
from backend.store.pull import pull
from sync.protocol import PROTOCOL, Kind, Outcome
from sync.push import Answer
from tests.given import CLOCK, DEVICE, JOB, MARC, a_visit, technician, uuid7

words = st.one_of(st.text(max_size=12), st.sampled_from(["c1", "todo", "completed", "other", JOB]))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)
names = st.sampled_from(
    [
        "to",
        "reason",
        "text",
        "item",
        "done",
        "tag",
        "on",
        "serial",
        "action",
        "blob",
        "scan",
        "phone",
    ]
)
mutations = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*Kind, "paint"]),
        "key": st.sampled_from([JOB, "job/none", "contact/x", ""]),
        "base": st.one_of(st.integers(-5, 10), st.integers()),
        "made_at": st.integers(),
        "args": st.one_of(st.dictionaries(names, values, max_size=4), values),
    },
    optional={"deps": st.lists(words, max_size=2), "offset": values, "blobs": values},
)


def send(conn: Connection, sent: list[dict[str, Any]]) -> Answer | None:
    """One request as the API takes it; None when its body is answered `unreadable`."""
    request = {"protocol": PROTOCOL, "device": DEVICE, "epoch": 1, "mutations": sent}
    try:
        batch = read_batch(read_request(json.dumps(request).encode("utf-8", "surrogatepass")))
    except AppError:
        return None
    return apply_pushes(conn, [Push(technician(), DEVICE, 1, batch)], CLOCK).answers[0]


@settings(max_examples=150)
@given(st.lists(mutations, min_size=1, max_size=4))
def test_every_readable_mutation_gets_one_verdict_and_spoils_no_other(
    migrated: Path, odd: list[dict[str, Any]]
) -> None:
    fresh = shutil.copy(migrated, migrated.with_name("odd.db"))
    engine = writing_engine(f"sqlite:///{fresh}")
    sent = [{"id": uuid7(n), "seq": n, **each} for n, each in enumerate(odd, 1)]
    last = len(sent) + 1
    good = {"id": uuid7(last), "seq": last, "kind": "note", "key": JOB, "base": 1, "made_at": 1}

    with engine.begin() as conn:
        a_visit(conn)
        first = send(conn, [*sent, good | {"args": {"text": "ok"}}])
        again = send(conn, [*sent, good | {"args": {"text": "ok"}}])
        held = pull(conn, MARC, "").changes

    engine.dispose()
    if first is not None:
        assert again == first
        assert [verdict.id for verdict in first.verdicts] == [each["id"] for each in [*sent, good]]
        assert first.verdicts[-1].outcome is Outcome.APPLIED
        assert JOB in {put.key for put in held.put}
