"""Cursors and pages of the change feed."""

from hypothesis import given
from hypothesis import strategies as st

from sync.pull import Cursor, Step, cut, format_cursor, must_reset, parse_cursor
from sync.scope import SCOPE_VERSION

HASH = "a" * 64


def test_a_cursor_comes_back_from_its_text() -> None:
    cursor = Cursor("e1", SCOPE_VERSION, 42, HASH)

    inside = cursor._replace(head=50, head_hash="b" * 16)
    for each in (cursor, inside._replace(since=0), inside._replace(since=7)):
        assert parse_cursor(format_cursor(each)) == each._replace(hash=HASH[:16])


def test_a_cursor_of_an_earlier_version_is_still_one() -> None:
    assert parse_cursor("e1.1.42.aa.7") == Cursor("e1", 1, 42, "aa", 7)
    assert parse_cursor("e1.1.42.aa.s") == Cursor("e1", 1, 42, "aa", 0)


@given(st.text())
def test_no_text_breaks_the_reading_of_a_cursor(text: str) -> None:
    cursor = parse_cursor(text)

    assert cursor is None or cursor.sequence >= 0


def test_another_epoch_scope_rule_or_history_resets() -> None:
    good = Cursor("e1", SCOPE_VERSION, 5, HASH[:16])

    assert not must_reset(good, "e1", 9, HASH)
    assert must_reset(None, "e1", 9, HASH)
    assert must_reset(good._replace(epoch="e0"), "e1", 9, HASH)
    assert must_reset(good._replace(scope=0), "e1", 9, HASH)
    assert must_reset(good, "e1", 9, "b" * 64)
    assert must_reset(good, "e1", 4, None)


@given(st.lists(st.integers(1, 20)), st.integers(1, 5))
def test_pages_lose_nothing_and_never_split_a_sequence(sequences: list[int], limit: int) -> None:
    left = [Step(sequence, f"k{i}") for i, sequence in enumerate(sequences)]
    seen: list[Step] = []
    more = True

    while more:
        page, more = cut(left, limit)
        seen += page
        upto = max((step.sequence for step in page), default=0)
        left = [step for step in left if step.sequence > upto]

    assert sorted(step.key for step in seen) == sorted(f"k{i}" for i in range(len(sequences)))
