"""Meets an upstream document: what it changed, and what must be written to it.

The three-way merge is done in two steps. First the cells that the upstream changed since the
shadow (the document as last seen) are taken in, where the policies of `sync/collections.py`
decide against our unfiled work. Then the shadow is the document as read, and only what still
stands of ours is written.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

Document = Mapping[str, Any]
Meanings = Mapping[str, Mapping[str, str]]
Rows = Sequence[Mapping[str, Any]]


class TableEdit(msgspec.Struct, frozen=True):
    """Columns that rows of a child table must have, by the value of the `key` column.

    None removes the row. `adds`: a row that is missing may be made.
    """

    key: str
    rows: dict[str, dict[str, Any] | None]
    adds: bool = True


class Ours(msgspec.Struct, frozen=True):
    """What must be in the document. `lines` maps a text field to blocks of text and how many
    times each must be there at least, so that a retry never doubles one."""

    fields: dict[str, Any] = {}
    tables: dict[str, TableEdit] = {}
    lines: dict[str, dict[str, int]] = {}


def plan(ours: Ours, theirs: Document, meanings: Meanings | None = None) -> dict[str, Any]:
    """The fields to write (child tables whole) so that the document holds ours; {} when it does.

    `meanings` maps, by field, document values to what they mean: two values of one meaning
    ("Open", "Assigned") are no difference.
    """
    known = meanings or {}
    write = {
        field: value
        for field, value in ours.fields.items()
        if not same(value, theirs.get(field), known.get(field))
    }
    for field, blocks in ours.lines.items():
        text = append_lines(str(theirs.get(field) or ""), blocks)
        if text is not None:
            write[field] = text
    for field, table in ours.tables.items():
        rows = merge_rows(table, _rows(theirs, field))
        if rows is not None:
            write[field] = rows
    return write


def append_lines(text: str, blocks: Mapping[str, int]) -> str | None:
    """The text with the blocks that it lacks at its end, or None when it lacks none."""
    missing = [
        block for block, times in blocks.items() for _ in range(times - count_block(text, block))
    ]
    return (
        "\n".join([text.rstrip("\n"), *missing] if text.strip() else missing) if missing else None
    )


def count_block(text: str, block: str) -> int:
    """How many times a block of whole lines stands in a text."""
    return len(re.findall(f"(?=\n{re.escape(block)}\n)", f"\n{_unix(text)}\n"))


def merge_rows(table: TableEdit, theirs: Rows) -> list[dict[str, Any]] | None:
    """The whole child table with our rows in it, or None when nothing differs.

    The upstream deletes the rows that are not sent and refuses a row that is sent in part:
    every row of theirs goes back as it came, except one that we take away.
    """
    before = [dict(row) for row in theirs]
    todo = {row_key(key): (key, columns) for key, columns in table.rows.items()}
    gone = {key for key, (_, columns) in todo.items() if columns is None}
    after: list[dict[str, Any]] = []
    for row in before:
        key = row_key(row.get(table.key))
        if key not in gone:
            # A second row of the same key is left as it is.
            _, columns = todo.pop(key, ("", None))
            after.append(row | _different(row, columns or {}))
    if table.adds:
        after += [{table.key: key} | columns for key, columns in todo.values() if columns]
    return None if after == before else after


def row_key(value: object) -> str:
    """How the keys of child rows compare: "ab12 " typed by hand is the "AB12" of the label."""
    return str(value or "").strip().casefold()


def same(one: Any, other: Any, meaning: Mapping[str, str] | None = None) -> bool:
    """Whether two document values are no difference: an empty text is an absent value."""
    known = meaning or {}
    return bool(_canonical(one, known) == _canonical(other, known))


def unkept(write: Mapping[str, Any], seen: Document, tables: Mapping[str, str]) -> list[str]:
    """Fields that a document, read back, does not hold as they were written.

    The upstream drops unknown fields and keeps answering 200. Rows of a child table (its key
    column by field name in `tables`) may carry more columns than were sent, never others.
    """
    return [
        field
        for field, value in write.items()
        if not (
            _rows_kept(tables[field], value, _rows(seen, field))
            if field in tables
            else same(_unix(value), _unix(seen.get(field)))
        )
    ]


def changed_cells(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The cells that the upstream changed between two readings, None for one that it removed."""
    paths = [*after, *(path for path in before if path not in after)]
    return {path: after.get(path) for path in paths if before.get(path) != after.get(path)}


def _different(row: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if not same(value, row.get(name))}


def _rows_kept(key: str, sent: Rows, seen: Rows) -> bool:
    """Compared in order of the rows, which the upstream keeps."""
    return len(sent) == len(seen) and all(
        row_key(row.get(key)) == row_key(found.get(key))
        and all(same(v, found.get(name)) for name, v in row.items() if name not in _BOOKKEEPING)
        for row, found in zip(sent, seen, strict=True)
    )


def _rows(document: Document, field: str) -> Rows:
    return document.get(field) or ()


_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.0+)?")
# What the upstream adds to every child row by itself.
_BOOKKEEPING: Final = frozenset(
    {"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"}
    | {"parent", "parentfield", "parenttype", "doctype"}
)


def _canonical(value: Any, meaning: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        value = _clock(value.strip()) or None
        return meaning.get(value, value) if value else None
    return int(value) if isinstance(value, bool) else value


def _clock(text: str) -> str:
    """An hour in one spelling: we write 08:00 and read 8:00:00, as a site prints a timedelta."""
    if not (found := _CLOCK.fullmatch(text)):
        return text
    return f"{int(found[1]):02}:{found[2]}:{found[3] or '00'}"


def _unix(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
