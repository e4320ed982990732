"""Conflicts through the store: what is kept of them, however mutations come together."""

import pytest
from sqlalchemy import Connection, Engine

from backend.store.apply import apply_pushes
from backend.store.pull import pull
from sync.protocol import Conflict, Mutation
from tests.given import CLOCK, MARC, a_visit, cells_of, mutation, push, upstream

LOCATION = "location/00000000-0000-7000-8000-0000000000c1"


def _contested(conn: Connection) -> Conflict:
    """The office and Marc have each given the same door another code."""
    upstream(conn, 60, LOCATION, "LOC-1", access_code="1234")
    a_visit(conn, location=LOCATION)
    base = pull(conn, MARC, "").changes.sequence
    upstream(conn, 61, LOCATION, "LOC-1", access_code="2222")
    mine = mutation(1, "edit", {"access_code": "1111"}, key=LOCATION, base=base)
    apply_pushes(conn, [push(mine)], CLOCK)
    [conflict] = pull(conn, MARC, "").conflicts
    return conflict


def _edit_again(base: int, number: int) -> Mutation:
    return mutation(number, "edit", {"access_code": "3333"}, key=LOCATION, base=base)


def _resolve(conflict: Conflict, choice: str, number: int) -> Mutation:
    args = {"conflict": conflict.id, "choice": choice}
    return mutation(number, "resolve", args, key=LOCATION)


@pytest.mark.parametrize("together", [False, True])
def test_a_choice_is_about_what_was_said_last_also_in_one_batch(
    engine: Engine, together: bool
) -> None:
    with engine.begin() as conn:
        conflict = _contested(conn)
        batch = [_edit_again(2, 2), _resolve(conflict, "mine", 3)]

        for each in [batch] if together else [[one] for one in batch]:
            apply_pushes(conn, [push(*each)], CLOCK)

        assert cells_of(conn, LOCATION)["access_code"] == "3333"
        assert pull(conn, MARC, "").conflicts == ()


@pytest.mark.parametrize("together", [False, True])
def test_what_is_said_after_a_conflict_was_left_to_the_office_is_kept(
    engine: Engine, together: bool
) -> None:
    with engine.begin() as conn:
        conflict = _contested(conn)
        batch = [_resolve(conflict, "office", 2), _edit_again(2, 3)]

        for each in [batch] if together else [[one] for one in batch]:
            apply_pushes(conn, [push(*each)], CLOCK)

        [kept] = pull(conn, MARC, "").conflicts
        said = kept.id, kept.base, kept.mine, kept.theirs
        assert said == (conflict.id, "1234", "3333", "2222")
