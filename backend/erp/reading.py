"""Reads a document of ERPNext as the cells of one record."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from typing import Any, Final, NamedTuple

from backend.erp.mapping import Entity, Mapping, Shape, Table
from backend.erp.values import Unreadable, read_value, write_value
from backend.erp.writing import rendered
from sync.upstream import changed_cells, same

OFFICE: Final = "Bureau"

Document = Map[str, Any]
Resolve = Callable[[tuple[str, str]], str | None]


class Reading(NamedTuple):
    """Cells of a document; `faults` says, by path, what could not be read."""

    cells: dict[str, Any]
    faults: dict[str, str]


def read_document(mapping: Mapping, entity: Entity, document: Document, keys: Resolve) -> Reading:
    """The cells of a document. `keys` gives the record key of (collection, document name)."""
    cells: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for path, field in entity.cells.items():
        value = document.get(field.field)
        try:
            linked = keys((field.ref, str(value))) if field.ref and value else None
            cells[path] = linked if field.ref else read_value(mapping, field, value)
        except Unreadable as error:
            faults[path] = str(error)
    for path, table in entity.tables.items():
        cells |= _read_table(mapping, path, table, document.get(table.field) or (), keys)
    demands = entity.evidence.get(str(cells.get("job_type")))
    if demands is not None and cells.get("billable"):
        cells["evidence"] = list(demands)
    return Reading({path: value for path, value in cells.items() if value is not None}, faults)


def links(entity: Entity, document: Document) -> Iterator[tuple[str, str]]:
    """Every (collection, document name) that a document links to."""
    for field in entity.cells.values():
        if field.ref and document.get(field.field):
            yield field.ref, str(document[field.field])
    for table in entity.tables.values():
        for row in (document.get(table.field) or ()) if table.ref else ():
            if row.get(table.key):
                yield table.ref, str(row[table.key])


def taken(
    mapping: Mapping,
    entity: Entity,
    before: Document | None,
    after: Document,
    ours: Map[str, Sequence[Any]],
    keys: Resolve,
) -> Reading:
    """The cells that ERPNext changed between two documents, None for one that it emptied.

    `ours` are the values by path that ERPNext may have been told already: to find one of them, as
    far as a document can say it (seconds, not milliseconds), is an echo of our own writing and no
    change.
    """
    old = read_document(mapping, entity, before or {}, keys)
    new = read_document(mapping, entity, after, keys)
    changed = changed_cells(old.cells, new.cells)
    kept = {
        path: value
        for path, value in changed.items()
        if path not in new.faults
        and not any(_is_echo(mapping, entity, path, value, own) for own in ours.get(path, ()))
    }
    return Reading(kept, new.faults)


def _is_echo(mapping: Mapping, entity: Entity, path: str, value: Any, own: Any) -> bool:
    if value == own:
        return True
    field = entity.cells.get(path)
    if field and not field.ref:
        return same(write_value(mapping, field, value), write_value(mapping, field, own))
    return bool(rendered(entity, path, value) == rendered(entity, path, own))


def _read_table(
    mapping: Mapping, path: str, table: Table, rows: Any, keys: Resolve
) -> dict[str, Any]:
    keyed = [row for row in rows if row.get(table.key)]
    match table.shape:
        case Shape.FLAGS:
            return {f"{path}/{row[table.key]}": True for row in keyed}
        case Shape.REFS:
            found = [keys((table.ref, str(row[table.key]))) for row in keyed]
            return {path: [key for key in found if key] or None}
        case Shape.CHECKS:
            return _read_checks(mapping, path, table, keyed)
        case Shape.LINES:
            # Lines are ours: they are named by our mutations, which no row can be read back to.
            return {}


def _read_checks(mapping: Mapping, path: str, table: Table, rows: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    steps = []
    for row in rows:
        item = str(row[table.key])
        read = {n: _lenient(mapping, table, n, row.get(f.field)) for n, f in table.columns.items()}
        steps.append(
            {
                "id": item,
                "label": read.get("label") or item,
                "required": bool(read.get("required")),
            }
        )
        if read.get("done"):
            cells[f"{path}/{item}"] = {"done": True, "at": read.get("at"), "by": OFFICE}
    return cells | {table.items: steps or None}


def _lenient(mapping: Mapping, table: Table, name: str, value: Any) -> Any:
    try:
        return read_value(mapping, table.columns[name], value)
    except Unreadable:
        return None
