"""The golden pushes over a database: what it remembers of a replica is enough to answer alike."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from backend.store.apply import Push, apply_pushes, submitted
from backend.store.tables import mutation
from sync.protocol import Mutation
from sync.push import Answer
from tests.engine.test_numbering import play
from tests.engine.test_vectors import cases
from tests.given import CLOCK, JOB, a_visit, technician


@pytest.mark.parametrize("case", cases("push.json"), ids=lambda case: case["name"])
def test_what_a_push_is_answered(engine: Engine, case: dict[str, Any]) -> None:
    def send(device: str, epoch: int, batch: list[Mutation]) -> Answer:
        actor = technician(device=device, epoch=epoch)
        push = Push(actor, device, epoch, tuple(submitted(each) for each in batch))
        with engine.begin() as conn:
            return apply_pushes(conn, [push], CLOCK).answers[0]

    with engine.begin() as conn:
        a_visit(conn)

    applied = play(case, send, JOB)

    with engine.connect() as conn:
        stored = conn.scalars(select(mutation.c.id).where(mutation.c.device.in_(["d1", "d2"])))
    assert sorted(stored) == sorted(applied)
