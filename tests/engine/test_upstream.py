"""Rules of meeting a document of ERPNext."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.upstream import (
    Ours,
    TableEdit,
    append_lines,
    changed_cells,
    count_block,
    merge_rows,
    plan,
    row_key,
    same,
    unkept,
)

STATUS = {"status": {"Open": "todo", "Assigned": "todo", "On Site": "on_site"}}
NAMES = ("status", "phone", "started_at")

values = st.sampled_from([None, "", "a", "b", "c", 0, 1])
documents = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
edits = st.dictionaries(st.sampled_from(NAMES), values)
keys = st.sampled_from(["AB1", "ab1 ", "CD2", "EF3", ""])
rows = st.lists(
    st.fixed_dictionaries({"name": st.uuids().map(str), "serial": keys, "done": values})
)
columns = st.fixed_dictionaries({"done": values})
tables = st.builds(
    TableEdit,
    key=st.just("serial"),
    rows=st.dictionaries(st.sampled_from(["AB1", "CD2", "ZZ9"]), st.none() | columns),
    adds=st.booleans(),
)
notes = st.dictionaries(st.sampled_from(["10:00 Marc : a", "10:05 Marc : b"]), st.integers(1, 3))
texts = st.lists(st.sampled_from(["10:00 Marc : a", "bureau", ""])).map("\n".join)


@given(document=documents, text=texts, now=rows, edited=edits, table=tables, blocks=notes)
def test_applying_a_plan_twice_changes_nothing_more(
    document: dict[str, Any],
    text: str,
    now: list[dict[str, Any]],
    edited: dict[str, Any],
    table: TableEdit,
    blocks: dict[str, int],
) -> None:
    ours = Ours(edited, {"equipment": table}, {"notes": blocks})
    theirs = document | {"equipment": now, "notes": text}

    written = theirs | plan(ours, theirs)

    assert plan(ours, written) == {}
    assert all(same(written[name], value) for name, value in edited.items())


@given(theirs=documents, edited=edits)
def test_no_field_is_written_that_nobody_of_ours_changed(
    theirs: dict[str, Any], edited: dict[str, Any]
) -> None:
    write = plan(Ours(edited), theirs)

    assert set(write) <= set(edited)
    assert not any(same(theirs[name], value) for name, value in write.items())


@given(text=texts, blocks=notes)
def test_no_word_of_the_office_is_lost_from_a_text(text: str, blocks: dict[str, int]) -> None:
    after = append_lines(text, blocks)

    assert after is None or after.startswith(text.rstrip("\n")) or not text.strip()


@given(theirs=rows, table=tables)
def test_no_foreign_row_is_lost_or_altered(theirs: list[dict[str, Any]], table: TableEdit) -> None:
    merged = merge_rows(table, theirs)

    after = theirs if merged is None else merged
    touched = {row_key(key) for key in table.rows}
    foreign = [row for row in theirs if row_key(row["serial"]) not in touched]
    assert [row for row in after if row_key(row["serial"]) not in touched] == foreign


def test_two_values_of_one_meaning_are_no_difference() -> None:
    theirs = {"status": "Assigned"}

    assert plan(Ours({"status": "Open"}), theirs, STATUS) == {}
    assert plan(Ours({"status": "On Site"}), theirs, STATUS) == {"status": "On Site"}


def test_a_line_that_is_there_is_not_written_again() -> None:
    text = append_lines("avant", {"10:00 Marc : un": 1, "10:05 Marc : deux\n  suite": 1})

    assert text == "avant\n10:00 Marc : un\n10:05 Marc : deux\n  suite"
    assert append_lines(text, {"10:00 Marc : un": 1, "10:05 Marc : deux\n  suite": 1}) is None


def test_the_start_of_a_longer_line_is_not_that_line() -> None:
    assert append_lines("10:00 Marc : un deux", {"10:00 Marc : un": 1}) is not None


def test_two_equal_notes_are_two_lines() -> None:
    text = append_lines("", {"10:00 Marc : appel": 2})

    assert text == "10:00 Marc : appel\n10:00 Marc : appel"
    assert count_block(text or "", "10:00 Marc : appel") == 2


def test_a_row_is_updated_whole_by_its_key_however_typed() -> None:
    theirs = [{"name": "r1", "idx": 1, "serial": "ab12 ", "done": 0, "label": "ONT"}]

    merged = merge_rows(TableEdit("serial", {"AB12": {"done": 1}}), theirs)

    assert merged == [{"name": "r1", "idx": 1, "serial": "ab12 ", "done": 1, "label": "ONT"}]


def test_a_row_that_only_the_office_makes_is_never_made_by_us() -> None:
    table = TableEdit("item", {"fiche": {"done": 1}}, adds=False)

    assert merge_rows(table, []) is None


def test_a_dropped_field_is_found_when_the_document_is_read_back() -> None:
    write = {"status": "On Site", "typo": "x", "tags": [{"tag": "Fibre"}]}
    seen = {"status": "On Site", "tags": [{"name": "r", "idx": 1, "tag": "Fibre"}]}

    assert unkept(write, seen, {"tags": "tag"}) == ["typo"]
    assert unkept(write, seen | {"typo": "x", "tags": []}, {"tags": "tag"}) == ["tags"]


def test_only_what_the_upstream_changed_is_taken() -> None:
    before = {"priority": "Low", "phone": "1", "tags/vip": True}
    after = {"priority": "High", "phone": "1", "date": "2026-11-24"}

    taken = changed_cells(before, after)

    assert taken == {"priority": "High", "date": "2026-11-24", "tags/vip": None}


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [
        ("08:00", "8:00:00", True),
        ("16:30", "16:30:00.000000", True),
        ("08:00", "8:00:30", False),
        ("08:00", "18:00:00", False),
        ("8:00 chez Marc", "08:00 chez Marc", False),
    ],
)
def test_an_hour_is_the_same_in_each_of_its_spellings(ours: str, theirs: str, alike: bool) -> None:
    assert same(ours, theirs) is alike
    assert (unkept({"scheduled_start": ours}, {"scheduled_start": theirs}, {}) == []) is alike
