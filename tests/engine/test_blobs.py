"""When a photo may go, and what a mutation names: what anything still needs is never deleted."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.blobs import Held, is_sha256, may_go, named_blobs, orphans
from sync.protocol import Outcome

DAY_MS = 86_400_000
NOW_MS = 1_795_456_800_000
HASH = "0123456789abcdef" * 4

outcomes = st.frozensets(st.sampled_from(list(Outcome)))
ages = st.integers(0, 4000 * DAY_MS)


@given(outcomes, ages, ages)
def test_photo_that_an_accepted_held_or_parked_mutation_names_never_goes(
    named_by: frozenset[Outcome], age: int, since: int
) -> None:
    blob = Held(NOW_MS - age - since, NOW_MS - age, named_by)

    if named_by - {Outcome.REJECTED}:
        assert not may_go(blob, NOW_MS)


@given(outcomes, st.none() | ages, ages)
def test_once_a_photo_may_go_it_may_go_later_too(
    named_by: frozenset[Outcome], age: int | None, later: int
) -> None:
    blob = Held(NOW_MS - 30 * DAY_MS, None if age is None else NOW_MS - age, named_by)

    if may_go(blob, NOW_MS):
        assert may_go(blob, NOW_MS + later)


AGES = (0, 7 * DAY_MS, 7 * DAY_MS + 1, 30 * DAY_MS, 30 * DAY_MS + 1)


def test_nothing_goes_but_the_unfinished_after_7_days_and_the_unnamed_after_30() -> None:
    named = [frozenset[Outcome](), *(frozenset({each}) for each in Outcome)]
    going = {
        (age, complete, *sorted(by))
        for age, complete, by in product(AGES, (True, False), named)
        if may_go(Held(NOW_MS - age, NOW_MS - age if complete else None, by), NOW_MS)
    }

    unfinished = {(age, False, *sorted(by)) for age, by in product(AGES, named) if age > 7 * DAY_MS}
    assert going == unfinished | {
        (30 * DAY_MS + 1, True),
        (30 * DAY_MS + 1, True, Outcome.REJECTED),
    }


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, NOW_MS), max_size=12), st.integers(0, 12)
)
def test_only_strangers_of_thirty_days_are_orphans(strangers: dict[str, int], known: int) -> None:
    gone = orphans(strangers, len(strangers) + known, NOW_MS) or frozenset()

    assert gone <= strangers.keys()
    assert all(NOW_MS - strangers[each] > 30 * DAY_MS for each in gone)
    assert not gone or len(strangers) <= known


def test_orphans_go_after_thirty_days() -> None:
    strangers = {"old": NOW_MS - 30 * DAY_MS - 1, "young": NOW_MS - 30 * DAY_MS}

    assert orphans(strangers, 4, NOW_MS) == frozenset({"old"})


def test_where_strangers_are_the_majority_nothing_goes() -> None:
    assert orphans(dict.fromkeys("abc", 0), 5, NOW_MS) is None
    assert orphans({}, 0, NOW_MS) == frozenset()


@pytest.mark.parametrize(
    "payload",
    [
        f'{{"args":{{"blob":"{HASH}"}}}}',
        f'{{"blobs":["{HASH}","{HASH.upper()}"]}}',
        f'{{"payload":"{{\\"blob\\":\\"{HASH}\\"}}"}}',
        f"{HASH} cut off in the middl",
    ],
)
def test_hash_is_found_wherever_it_stands(payload: str) -> None:
    assert named_blobs(payload.encode()) == {HASH}


@pytest.mark.parametrize("payload", [HASH[1:], f"{HASH}0", f"a{HASH}", f"{HASH[:63]}g", ""])
def test_other_digits_are_no_hash(payload: str) -> None:
    assert named_blobs(payload.encode()) == frozenset()


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_bytes_around_a_hash_do_not_hide_it(noise: bytes, digest: bytes) -> None:
    named = named_blobs(noise + b'"' + digest.hex().encode() + b'"' + noise)

    assert digest.hex() in named
    assert all(is_sha256(each) for each in named)
