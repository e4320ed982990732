"""Says what a document of ERPNext must hold, out of a record's cells."""

import re
from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import Any, Final

from backend.erp.mapping import Entity, Field, Mapping, Shape, Table
from backend.erp.told import Told
from backend.erp.values import local_text, write_value
from backend.store.attachments import evidence_file
from backend.store.outbox import Claimed
from sync.collections import Policy, policy_of
from sync.protocol import Kind
from sync.requests import ACTIVATION, activation_asked
from sync.upstream import Ours, TableEdit, same
from sync.verification import is_ended, last_check, light_of

Cells = Map[str, Any]
Links = Map[tuple[str, str], str]

TOLD_CHARACTERS: Final = 140  # what a Data field takes; more is refused, and the visit with it
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")


def told_paths(claimed: Claimed) -> set[str]:
    """The cells of a lane that its document must hold: what the office owns only by its hand, or
    because the field makes the document."""
    return {
        path
        for each in claimed.entries
        for path in each.paths
        if each.office
        or each.kind == Kind.CREATE
        or policy_of(claimed.key, path) is not Policy.OFFICE
    }


def ours(
    mapping: Mapping, collection: str, cells: Cells, paths: Collection[str], found: Links
) -> Ours:
    """What the document of a record must hold after the mutations that wrote `paths`.

    `cells` are the values of those paths and all notes of the record; a cell that refers to a
    record holds its upstream name here. `found` maps (child table's cell, key of its row) to the
    document that the row links to.
    """
    entity = mapping.entities[collection]
    fields = {
        entity.cells[path].field: write_value(mapping, entity.cells[path], cells.get(path))
        for path in paths
        if path in entity.cells
    }
    asked = activation_asked(cells)
    if asked and _is_activation_told(entity, paths):
        answered = entity.cells[ACTIVATION]
        fields[answered.field] = write_value(mapping, answered, asked)
    tables, lines = {}, {}
    for name, table in entity.tables.items():
        items = {path: cells[path] for path in cells if path in paths and _is_item(path, name)}
        edit = _table_edit(mapping, name, table, items, found)
        if edit.rows:
            tables[table.field] = edit
    for name, field in entity.notes.items():
        blocks = note_blocks(mapping, name, cells, paths)
        if blocks:
            lines[field] = blocks
    return Ours(fields, tables, lines)


def with_told(
    mapping: Mapping, entity: Entity, claimed: Claimed, theirs: Cells, changes: Cells
) -> dict[str, Any]:
    """The changes of a lane's document, and along with them what it lacks of Terrain itself.

    No changes stay none: that a phone spoke again is no reason to write.
    """
    if not changes:
        return {}
    told = _told(mapping, claimed)
    lacks = {
        field: told[name]
        for name, field in entity.told.items()
        if 0 < len(told[name]) <= TOLD_CHARACTERS and not same(told[name], theirs.get(field))
    }
    return {**lacks, **changes}


def promised(entity: Entity, changes: Cells) -> dict[str, Any]:
    """Of written changes those that must be there when the document is read back: a field that
    the site lost since its last check must not hold up the visit."""
    told = set(entity.told.values())
    return {field: value for field, value in changes.items() if field not in told}


def serials(
    mapping: Mapping, collection: str, cells: Cells, paths: Collection[str]
) -> set[tuple[str, str]]:
    """The (child table's cell, row key) pairs whose linked document is to be looked up."""
    entity = mapping.entities[collection]
    return {
        (name, key)
        for name, table in entity.tables.items()
        if table.link
        for path in paths
        if path.startswith(f"{name}/")
        for key, row in _line_rows(mapping, table, {path: cells.get(path)}).items()
        if row is not None
    }


def meanings(mapping: Mapping, entity: Entity) -> dict[str, dict[str, str]]:
    """By document field with a map of words: each word and what it means."""
    return {field.field: mapping.codes(field) for field in entity.cells.values() if field.values}


def not_understood(mapping: Mapping, entity: Entity, theirs: Cells, changes: Cells) -> list[str]:
    """Fields to be written in which the document holds a word without a meaning. Somebody put it
    there since, such as a new word for a cancelled visit, or for one that is billed already."""
    return [
        field.field
        for field in entity.cells.values()
        if field.values
        and not field.others
        and field.field in changes
        and str(theirs.get(field.field) or "") not in {"", *mapping.codes(field)}
    ]


def row_keys(entity: Entity) -> dict[str, str]:
    """By document field that is a child table: its key column."""
    return {table.field: table.key for table in entity.tables.values()}


def is_mapped(entity: Entity, path: str) -> bool:
    """Whether a cell has a place in the document at all."""
    if path in entity.cells or _is_activation_told(entity, (path,)):
        return True
    return path.partition("/")[0] in {*entity.tables, *entity.notes}


def _is_activation_told(entity: Entity, paths: Collection[str]) -> bool:
    """Whether the document is to say where a request to activate the line stands."""
    return ACTIVATION in entity.cells and any(_is_item(path, "requests") for path in paths)


def note_blocks(
    mapping: Mapping, name: str, cells: Cells, paths: Collection[str]
) -> dict[str, int]:
    """The blocks of text of the notes among `paths`, in order of making, and how often each must
    be there: two notes may read alike."""
    notes = {path: cell for path, cell in cells.items() if path.startswith(f"{name}/") and cell}
    texts = {path: note_block(mapping, cell) for path, cell in notes.items()}
    wanted = sorted((path for path in notes if path in paths), key=lambda p: notes[p]["at"])
    return {texts[path]: list(texts.values()).count(texts[path]) for path in wanted}


def note_block(mapping: Mapping, note: Map[str, Any]) -> str:
    """One note as text of the document: `2026-11-23 14:05 Marc Tremblay : texte`.

    Further lines are indented, so that no note can pass for another's. Whatever looks like a tag
    is defused: the site would rewrite the text, and we would not find our line again.
    """
    text = _TAG.sub("‹", f"{note['by']} : {note['text']}".strip().replace("\r\n", "\n"))
    indented = "\n  ".join(line.rstrip() for line in text.split("\n"))
    return f"{local_text(int(note['at']), mapping.zone)[:16]} {indented}"


def rendered(entity: Entity, path: str, value: Any) -> Any:
    """An item's row as the document would hold it, None for no row or an unticked step."""
    name = path.partition("/")[0]
    table = entity.tables.get(name)
    if table is None or value is None or "/" not in path:
        return value
    if table.shape is Shape.CHECKS:
        return True if value.get("done") else None
    return value


def _told(mapping: Mapping, claimed: Claimed) -> dict[str, str]:
    """All that a document can be told; "" is not known."""
    spoke_at = max((each.received_at for each in claimed.entries if each.technician), default=0)
    check = last_check(claimed.cells)
    verdict = str(check["verdict"]) if check else ""
    visit = claimed.key.partition("/")[2]
    return {
        Told.LAST_CONTACT: local_text(spoke_at, mapping.zone) if spoke_at else "",
        Told.SYNC_STATE: _told_word(mapping, Told.SYNC_STATE, claimed.standing),
        Told.VERDICT: _told_word(mapping, Told.VERDICT, verdict),
        Told.LINK: f"{mapping.board_url}?visit={visit}" if mapping.board_url else "",
    }


def _told_word(mapping: Mapping, told: Told, code: str) -> str:
    return str(mapping.word(Field("", values=told), code))


def _table_edit(mapping: Mapping, name: str, table: Table, items: Cells, found: Links) -> TableEdit:
    match table.shape:
        case Shape.FLAGS:
            rows: dict[str, dict[str, Any] | None] = {
                path.partition("/")[2]: {table.key: path.partition("/")[2]} if on else None
                for path, on in items.items()
            }
            return TableEdit(table.key, rows)
        case Shape.CHECKS:
            ticked = {
                path.partition("/")[2]: _tick(mapping, table, cell) for path, cell in items.items()
            }
            return TableEdit(table.key, dict(ticked), adds=False)
        case Shape.LINES:
            lines = _line_rows(mapping, table, items)
            return TableEdit(
                table.key, {k: r and _linked(table, name, k, r, found) for k, r in lines.items()}
            )
        case Shape.REFS:
            return TableEdit(table.key, {})


def _tick(mapping: Mapping, table: Table, cell: Any) -> dict[str, Any]:
    done = bool(cell and cell.get("done"))
    values = {"done": done, "at": cell.get("at") if cell and done else None}
    return {
        field.field: write_value(mapping, field, values[name])
        for name, field in table.columns.items()
        if name in values
    }


def _line_rows(mapping: Mapping, table: Table, items: Cells) -> dict[str, dict[str, Any] | None]:
    """Rows by their key, such as a serial: the later report of one over the earlier, as they were
    received: no clock of a phone orders anything. What is replaced comes out: it gets a row of its
    own; what was corrected, or taken back, has none (None). A check has one once it has ended."""
    rows: dict[str, dict[str, Any] | None] = {}
    cells = [(path.partition("/")[2], cell) for path, cell in items.items() if cell]
    if table.by == "id":
        rows = {path.partition("/")[2]: None for path, cell in items.items() if not cell}
    for item, cell in ((item, cell) for item, cell in cells if is_ended(cell)):
        if cell.get("replaces"):
            out = {"action": "remove", "id": item}
            rows[cell["replaces"]] = _columns(mapping, table.columns, out)
        line = {**cell, **_of_item(item, cell)}
        row = None if cell.get("superseded") else line
        rows[line[table.by]] = row and _columns(mapping, table.columns, row)
    return rows


def _of_item(item: str, cell: Cells) -> dict[str, Any]:
    """What a row may say beside an item's own parts; of a check its light (dBm), why it counts
    though it did not pass, and its evidence's file."""
    accepted = cell.get("accepted") or {}
    said = {"light": light_of(cell), "accepted": accepted.get("reason")}
    # One that was given up follows from nothing.
    return {"id": item, "file": evidence_file(item) if cell.get("version") else None, **said}


def _columns(mapping: Mapping, columns: Map[str, Field], cell: Cells) -> dict[str, Any]:
    return {
        field.field: write_value(mapping, field, cell[name])
        for name, field in columns.items()
        if cell.get(name)
    }


def _is_item(path: str, name: str) -> bool:
    return path.startswith(f"{name}/")


def _linked(table: Table, name: str, key: str, row: dict[str, Any], found: Links) -> dict[str, Any]:
    target = found.get((name, key))
    return row | {table.link.field: target} if table.link and target else row
