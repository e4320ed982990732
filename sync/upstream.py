"""Three-way merge with an upstream document: what to write to it, what to take from it.

The three sides are the shadow (the document as last seen), ours (what waits in the outbox, as
document fields) and theirs (the document as just read). All three are plain JSON values.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from sync.collections import Policy

Document = Mapping[str, Any]
Meanings = Mapping[str, Mapping[str, str]]
Rows = Sequence[Mapping[str, Any]]

# On a difference that both sides made, the office's value of these stays and a human chooses.
_THEIRS_STAND: Final = frozenset({Policy.STATE, Policy.SHARED, Policy.OFFICE})


class Edit(msgspec.Struct, frozen=True):
    """The value that one field must have, and how it merges (`sync/collections.py`)."""

    value: Any
    policy: Policy


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

    fields: dict[str, Edit] = {}
    tables: dict[str, TableEdit] = {}
    lines: dict[str, dict[str, int]] = {}


class Clash(msgspec.Struct, frozen=True):
    """One value that both sides changed; `row` is the key of a child row. `soft`: ours stands."""

    field: str
    base: Any
    ours: Any
    theirs: Any
    soft: bool
    row: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Fields to write (whole child tables), fields of ours where theirs stands, and the clashes."""

    write: dict[str, Any]
    yielded: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()


def plan(
    shadow: Document | None, ours: Ours, theirs: Document, meanings: Meanings | None = None
) -> Plan:
    """What to write so that the document holds ours, without a field that nobody changed.

    `meanings` maps, by field, document values to what they mean: two values of one meaning
    ("Open", "Assigned") are no difference. Without a shadow, theirs is the base.
    """
    base = theirs if shadow is None else shadow
    write, yielded, clashes = _plan_fields(base, ours.fields, theirs, meanings or {})
    for field, blocks in ours.lines.items():
        text = append_lines(str(theirs.get(field) or ""), blocks)
        if text is not None:
            write[field] = text
    for field, table in ours.tables.items():
        clashes += _row_clashes(field, table, _rows(base, field), _rows(theirs, field))
        rows = merge_rows(table, _rows(theirs, field))
        if rows is not None:
            write[field] = rows
    return Plan(write, tuple(yielded), tuple(clashes))


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


def changed_cells(
    before: Mapping[str, Any], after: Mapping[str, Any], held: Collection[str] = ()
) -> dict[str, Any]:
    """The cells that the upstream changed, None for one that it removed, without `held` paths."""
    paths = [*after, *(path for path in before if path not in after)]
    return {
        path: after.get(path)
        for path in paths
        if path not in held and before.get(path) != after.get(path)
    }


def keep_base(shadow: Document | None, seen: Document, fields: Collection[str]) -> dict[str, Any]:
    """The next shadow: as seen, except `fields`, whose old base a later merge still needs."""
    kept = dict(seen)
    if shadow is not None:
        kept |= {field: shadow.get(field) for field in fields}
    return kept


def _plan_fields(
    base: Document, fields: Mapping[str, Edit], theirs: Document, meanings: Meanings
) -> tuple[dict[str, Any], list[str], list[Clash]]:
    write: dict[str, Any] = {}
    yielded: list[str] = []
    clashes: list[Clash] = []
    for field, edit in fields.items():
        was, now, meaning = base.get(field), theirs.get(field), meanings.get(field, {})
        if same(now, edit.value, meaning):
            continue
        if same(now, was, meaning):
            write[field] = edit.value
        elif same(edit.value, was, meaning):
            # A change that was undone again intends nothing against theirs.
            yielded.append(field)
        elif edit.policy in _THEIRS_STAND:
            yielded.append(field)
            clashes.append(Clash(field, was, edit.value, now, soft=False))
        else:
            write[field] = edit.value
            clashes.append(Clash(field, was, edit.value, now, soft=True))
    return write, yielded, clashes


def _row_clashes(field: str, table: TableEdit, base: Rows, theirs: Rows) -> list[Clash]:
    """Ours stands in every row that is left; a row that the office took away stays away."""
    old = {row_key(row.get(table.key)): row for row in base}
    new = {row_key(row.get(table.key)): row for row in theirs}
    clashes = []
    for key, columns in table.rows.items():
        was, now = old.get(row_key(key)), new.get(row_key(key))
        gone = now is None and not table.adds
        if columns and (gone or (was and now and _both_changed(was, now, columns))):
            shown = {name: (was or {}).get(name) for name in columns}
            found = None if now is None else {name: now.get(name) for name in columns}
            clashes.append(Clash(field, shown, columns, found, soft=True, row=key))
    return clashes


def _both_changed(
    was: Mapping[str, Any], now: Mapping[str, Any], columns: Mapping[str, Any]
) -> bool:
    return any(
        not same(now.get(name), was.get(name)) and not same(now.get(name), value)
        for name, value in columns.items()
    )


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


# What the upstream adds to every child row by itself.
_BOOKKEEPING: Final = frozenset(
    {"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"}
    | {"parent", "parentfield", "parenttype", "doctype"}
)


def _canonical(value: Any, meaning: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        value = value.strip() or None
        return meaning.get(value, value) if value else None
    return int(value) if isinstance(value, bool) else value


def _unix(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
