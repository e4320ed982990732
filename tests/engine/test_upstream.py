"""Rules of the three-way merge with a document of ERPNext."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.collections import Policy
from sync.upstream import (
    Edit,
    Ours,
    TableEdit,
    append_lines,
    changed_cells,
    count_block,
    keep_base,
    merge_rows,
    plan,
    row_key,
    same,
    unkept,
)

STATUS = {"status": {"Open": "todo", "Assigned": "todo", "On Site": "on_site"}}
NAMES = ("status", "phone", "started_at")
POLICIES = {"status": Policy.STATE, "phone": Policy.SHARED, "started_at": Policy.OWNED}

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


def ours(edited: dict[str, Any], table: TableEdit | None = None) -> Ours:
    fields = {name: Edit(value, POLICIES[name]) for name, value in edited.items()}
    return Ours(fields, {"equipment": table} if table else {})


@given(shadow=documents, theirs=documents, edited=edits, before=rows, now=rows, table=tables)
def test_applying_a_plan_twice_changes_nothing_more(
    shadow: dict[str, Any],
    theirs: dict[str, Any],
    edited: dict[str, Any],
    before: list[dict[str, Any]],
    now: list[dict[str, Any]],
    table: TableEdit,
) -> None:
    theirs = theirs | {"equipment": now}
    first = plan(shadow | {"equipment": before}, ours(edited, table), theirs)
    written = theirs | first.write

    again = plan(written, ours(kept_fields(edited, first.yielded), table), written)

    assert again.write == {}


@given(shadow=documents, theirs=documents, edited=edits)
def test_no_field_is_written_that_nobody_of_ours_changed(
    shadow: dict[str, Any], theirs: dict[str, Any], edited: dict[str, Any]
) -> None:
    result = plan(shadow, ours(edited), theirs)

    assert set(result.write) <= set(edited)
    assert not any(same(theirs[name], value) for name, value in result.write.items())


@given(shadow=documents, theirs=documents, edited=edits)
def test_every_edit_is_in_the_document_or_said_to_have_yielded(
    shadow: dict[str, Any], theirs: dict[str, Any], edited: dict[str, Any]
) -> None:
    result = plan(shadow, ours(edited), theirs)
    written = theirs | result.write

    lost = {name for name, value in edited.items() if not same(written[name], value)}
    assert lost == set(result.yielded)


@given(shadow=documents, theirs=documents, edited=edits)
def test_a_yielded_edit_is_a_clash_or_intended_nothing(
    shadow: dict[str, Any], theirs: dict[str, Any], edited: dict[str, Any]
) -> None:
    result = plan(shadow, ours(edited), theirs)

    told = {clash.field for clash in result.clashes if not clash.soft}
    silent = set(result.yielded) - told
    assert all(same(edited[name], shadow[name]) for name in silent)


@given(theirs=rows, table=tables)
def test_no_foreign_row_is_lost_or_altered(theirs: list[dict[str, Any]], table: TableEdit) -> None:
    merged = merge_rows(table, theirs)

    after = theirs if merged is None else merged
    touched = {row_key(key) for key in table.rows}
    foreign = [row for row in theirs if row_key(row["serial"]) not in touched]
    assert [row for row in after if row_key(row["serial"]) not in touched] == foreign


def test_the_same_value_on_both_sides_is_no_conflict() -> None:
    result = plan({"phone": "1"}, ours({"phone": "2"}), {"phone": "2"})

    assert (result.write, result.clashes) == ({}, ())


def test_two_values_of_one_meaning_are_no_change_of_the_office() -> None:
    result = plan({"status": "Open"}, ours({"status": "On Site"}), {"status": "Assigned"}, STATUS)

    assert (result.write, result.clashes) == ({"status": "On Site"}, ())


def test_the_offices_cancel_stands_and_the_rest_of_the_work_is_written() -> None:
    edited = {"status": "Completed", "started_at": "2026-11-23 08:00:00"}

    result = plan({"status": "Assigned"}, ours(edited), {"status": "Cancelled"})

    assert result.write == {"started_at": "2026-11-23 08:00:00"}
    assert result.yielded == ("status",)
    clash = result.clashes[0]
    assert (clash.base, clash.ours, clash.theirs) == ("Assigned", "Completed", "Cancelled")
    assert not clash.soft


def test_a_field_of_ours_is_written_over_theirs_and_noted() -> None:
    result = plan({"started_at": "a"}, ours({"started_at": "b"}), {"started_at": "c"})

    assert result.write == {"started_at": "b"}
    assert result.clashes[0].soft


def test_without_a_shadow_what_is_there_is_the_base() -> None:
    assert plan(None, ours({"phone": "2"}), {"phone": "1"}).write == {"phone": "2"}


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


def test_a_row_that_the_office_took_away_stays_away_and_is_noted() -> None:
    table = TableEdit("item", {"fiche": {"done": 1}}, adds=False)
    shadow = {"checklist": [{"item": "fiche", "done": 0}]}

    result = plan(shadow, Ours(tables={"checklist": table}), {"checklist": []})

    assert result.write == {}
    assert [(clash.row, clash.theirs, clash.soft) for clash in result.clashes] == [
        ("fiche", None, True)
    ]


def test_a_dropped_field_is_found_when_the_document_is_read_back() -> None:
    write = {"status": "On Site", "typo": "x", "tags": [{"tag": "Fibre"}]}
    seen = {"status": "On Site", "tags": [{"name": "r", "idx": 1, "tag": "Fibre"}]}

    assert unkept(write, seen, {"tags": "tag"}) == ["typo"]
    assert unkept(write, seen | {"typo": "x", "tags": []}, {"tags": "tag"}) == ["tags"]


def test_only_what_the_upstream_changed_is_taken() -> None:
    before = {"priority": "Low", "phone": "1", "tags/vip": True}
    after = {"priority": "High", "phone": "2", "date": "2026-11-24"}

    taken = changed_cells(before, after, held={"phone"})

    assert taken == {"priority": "High", "date": "2026-11-24", "tags/vip": None}


def test_the_base_of_a_field_that_still_waits_is_kept() -> None:
    shadow = keep_base({"phone": "1", "city": "a"}, {"phone": "2", "city": "b"}, {"phone"})

    assert shadow == {"phone": "1", "city": "b"}


def kept_fields(edited: dict[str, Any], yielded: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in edited.items() if name not in yielded}
