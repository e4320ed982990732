"""Judges a site against the mapping: what is well, what is missing, and what it is about."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from backend.erp.attachments import FILE, is_attaching
from backend.erp.check.selects import is_written, missing_words
from backend.erp.check.survey import Survey
from backend.erp.deletions import DELETED
from backend.erp.mapping import (
    Entity,
    Field,
    Kind,
    Ledger,
    Mapping,
    Naming,
    Shape,
    Table,
    Todo,
)
from backend.erp.meta import STANDARD, TABLES, Meta, MetaField
from backend.erp.told import CODES, Told

ADMINISTRATOR: Final = "Administrator"
SKEW_S: Final = 60.0
TODO_RIGHTS: Final = ("read", "write", "create")
FILE_RIGHTS: Final = ("read", "create")
# An optional field or table that is there, and fits.
CELL: Final = "cell"
ROWS: Final = "rows"
PROVED: Final = "16"  # the major version of Frappe that was run and recorded


class Level(StrEnum):
    """How grave a finding is: a note is something that Terrain works around."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


class Finding(NamedTuple):
    """One line of the check: what it is about, a code of `words.WORDS`, and a detail."""

    level: Level
    about: str
    code: str
    detail: str = ""


_TEXTS: Final = frozenset(
    {
        *("Data", "Small Text", "Text", "Long Text", "Text Editor", "Markdown Editor", "Code"),
        *("Select", "Link", "Dynamic Link", "Read Only", "Phone", "Autocomplete", "Barcode"),
    }
)
_LINES: Final = frozenset({"Small Text", "Text", "Long Text", "Code"})
_NUMBERS: Final = frozenset({"Float", "Int", "Currency", "Percent"})
_TYPES: Final = {
    Kind.TEXT: _TEXTS,
    Kind.INTEGER: frozenset({"Int"}),
    Kind.NUMBER: _NUMBERS,
    Kind.COORDINATE: _NUMBERS,
    Kind.FLAG: frozenset({"Check"}),
    Kind.DATE: frozenset({"Date", "Datetime"}),
    Kind.CLOCK: frozenset({"Time"}),
    Kind.INSTANT: frozenset({"Datetime"}),
}
_INSTANTS: Final = _TYPES[Kind.INSTANT]
_PLAIN: Final = frozenset({"Data", "Small Text", "Text", "Long Text", "Read Only", "Select"})


def findings(mapping: Mapping, seen: Survey) -> tuple[Finding, ...]:
    """Every line of the check, in the order of the mapping."""
    lines = [*_account(seen), *_clock(mapping, seen)]
    for collection, entity in mapping.entities.items():
        lines += _doctype(entity.doctype, seen, [*_entity(mapping, seen, collection, entity)])
    if mapping.ledger:
        lines += _ledger(mapping.ledger, seen)
    if mapping.todo:
        lines += _doctype(mapping.todo.doctype, seen, [*_todo(mapping.todo, seen)])
    if is_attaching(mapping):
        lines += _doctype(FILE, seen, [*_lacking(FILE, seen, FILE_RIGHTS)])
    return (*lines, _deletions(seen))


def is_sound(lines: tuple[Finding, ...]) -> bool:
    """Whether nothing is missing."""
    return all(line.level is not Level.MISSING for line in lines)


def wanted_rights(collection: str, entity: Entity) -> Iterator[str]:
    """What our user must be allowed beside reading: to write where others than the office do."""
    paths = (*entity.cells, *entity.tables, *entity.notes)
    if any(is_written(collection, path) for path in paths):
        yield "write"
    if entity.id:
        yield "create"


def _account(seen: Survey) -> Iterator[Finding]:
    is_administrator = seen.user == ADMINISTRATOR
    level = Level.MISSING if is_administrator else Level.OK
    yield Finding(level, "account", "administrator" if is_administrator else "account", seen.user)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(seen.versions.items()))
    proved = seen.versions.get("frappe", "").partition(".")[0] == PROVED
    yield Finding(
        Level.OK if proved else Level.NOTE,
        "versions",
        "versions" if proved else "unproved",
        versions,
    )


def _clock(mapping: Mapping, seen: Survey) -> Iterator[Finding]:
    if seen.zone == mapping.zone.key:
        yield Finding(Level.OK, "zone", "zone", seen.zone)
    else:
        yield Finding(Level.MISSING, "zone", "zone-differs", f"{seen.zone} ≠ {mapping.zone.key}")
    if seen.skew_s is None:
        yield Finding(Level.NOTE, "clock", "clock-untold")
    elif abs(seen.skew_s) > SKEW_S:
        yield Finding(Level.MISSING, "clock", "clock-differs", f"{seen.skew_s:+.0f} s")
    else:
        yield Finding(Level.OK, "clock", "clock", f"{seen.skew_s:+.0f} s")


def _doctype(doctype: str, seen: Survey, found: list[Finding]) -> list[Finding]:
    """One line for a doctype that is whole; notes stand beside it."""
    if any(line.level is Level.MISSING for line in found):
        return found
    count = str(len(seen.metas[doctype].fields))
    return [Finding(Level.OK, doctype, "doctype", count), *found]


def _entity(mapping: Mapping, seen: Survey, collection: str, entity: Entity) -> Iterator[Finding]:
    meta = seen.metas.get(entity.doctype)
    if meta is None:
        yield Finding(Level.MISSING, entity.doctype, "no-doctype")
        return
    yield from _rights(entity.doctype, seen, wanted_rights(collection, entity))
    yield from _naming(meta, entity)
    for path, field in entity.cells.items():
        fits = _field(mapping, meta, field, written=is_written(collection, path))
        yield from _optional(meta, field.field, CELL, [*fits]) if field.optional else fits
    for text in entity.notes.values():
        yield from _typed(meta, text, _LINES)
    for table in entity.tables.values():
        found = _table(mapping, seen, meta, table)
        yield from _optional(meta, table.field, ROWS, [*found]) if table.optional else found
    for name, fieldname in entity.told.items():
        yield _told(mapping, meta, name, fieldname)


def _optional(meta: Meta, fieldname: str, code: str, found: list[Finding]) -> Iterator[Finding]:
    """What is missing, or does not fit, is left out: the work goes on file."""
    about = f"{meta.name}.{fieldname}"
    lack = next((each for each in found if each.level is Level.MISSING), None)
    if lack is None:
        yield Finding(Level.OK, about, code)
    else:
        yield Finding(Level.NOTE, about, f"no-{code}", f"{lack.about} {lack.code}")


def _told(mapping: Mapping, meta: Meta, name: str, fieldname: str) -> Finding:
    """A field that is missing, or would refuse our words, is left out: the work goes on file."""
    found, about = meta.field(fieldname), f"{meta.name}.{fieldname}"
    words = {mapping.values[name][code][0] for code in CODES.get(name, ())}
    takes = _INSTANTS if name == Told.LAST_CONTACT else _PLAIN
    if not words or (found and not words <= set(found.words)):
        takes -= {"Select"}
    fits = found is not None and found.fieldtype in takes
    return Finding(Level.OK if fits else Level.NOTE, about, "told" if fits else "no-told", name)


def _rights(doctype: str, seen: Survey, wanted: Iterator[str]) -> Iterator[Finding]:
    yield from _lacking(doctype, seen, ("read", *wanted))
    if "delete" in seen.rights.get(doctype, frozenset()):
        yield Finding(Level.MISSING, doctype, "delete-granted")


def _lacking(doctype: str, seen: Survey, wanted: Iterable[str]) -> Iterator[Finding]:
    granted = seen.rights.get(doctype, frozenset())
    return (
        Finding(Level.MISSING, doctype, "no-right", right)
        for right in wanted
        if right not in granted
    )


def _naming(meta: Meta, entity: Entity) -> Iterator[Finding]:
    if _naming_of(meta) is not entity.naming:
        told = f"{meta.autoname or 'hash'} ≠ {entity.naming.value}"
        yield Finding(Level.MISSING, meta.name, "naming-differs", told)
    if not entity.id:
        return
    found = meta.field(entity.id)
    if found is None or not found.unique:
        yield Finding(Level.NOTE, f"{meta.name}.{entity.id}", "no-id")


def _naming_of(meta: Meta) -> Naming:
    rule = (meta.autoname or "").lower()
    if rule in (Naming.UUID, Naming.PROMPT):
        return Naming(rule)
    return Naming.FIELD if rule.startswith("field:") else Naming.SERIES


def _field(
    mapping: Mapping, meta: Meta, field: Field, *, written: bool, read: bool = True
) -> Iterator[Finding]:
    if field.field in STANDARD:
        return
    wanted = frozenset({"Link"}) if field.ref else _TYPES[field.kind]
    yield from _typed(meta, field.field, wanted)
    found = meta.field(field.field)
    if found is None:
        return
    about = f"{meta.name}.{field.field}"
    target = mapping.entities[field.ref].doctype if field.ref else found.options
    if found.fieldtype == "Link" and found.options != target:
        yield Finding(Level.MISSING, about, "link-differs", f"{found.options} ≠ {target}")
    if found.fieldtype == "Select" and field.values:
        yield from _options(mapping, field, found, about, written=written, read=read)


def _options(
    mapping: Mapping, field: Field, found: MetaField, about: str, *, written: bool, read: bool
) -> Iterator[Finding]:
    for code, word in missing_words(mapping, field, found).items() if written else ():
        yield Finding(Level.MISSING, about, "no-option", f"{word} ({code})")
    strange = sorted(set(found.words) - set(mapping.codes(field)) - {""})
    if read and strange and not field.others:
        yield Finding(Level.NOTE, about, "strange-option", ", ".join(strange))


def _table(mapping: Mapping, seen: Survey, meta: Meta, table: Table) -> Iterator[Finding]:
    yield from _typed(meta, table.field, TABLES)
    found = meta.field(table.field)
    child = seen.metas.get(found.options or "") if found else None
    if child is None:
        return
    key = Field(table.key, ref=table.ref)
    written, read = table.shape is not Shape.REFS, table.shape is not Shape.LINES
    for field in (key, *table.columns.values()):
        yield from _field(mapping, child, field, written=written, read=read)
    if table.link:
        yield from _typed(child, table.link.field, frozenset({"Link"}))
        target = seen.metas.get(table.link.doctype)
        by = target.field(table.link.by) if target else None
        if by is None or not by.unique:
            yield Finding(Level.NOTE, f"{table.link.doctype}.{table.link.by}", "not-unique")


def _typed(meta: Meta, fieldname: str, wanted: frozenset[str]) -> Iterator[Finding]:
    found, about = meta.field(fieldname), f"{meta.name}.{fieldname}"
    if found is None:
        yield Finding(Level.MISSING, about, "no-field")
    elif found.fieldtype not in wanted:
        told = f"{found.fieldtype} ≠ {' | '.join(sorted(wanted))}"
        yield Finding(Level.MISSING, about, "type-differs", told)


def _ledger(ledger: Ledger, seen: Survey) -> Iterator[Finding]:
    """Without it Terrain still writes each value once: only the log in ERPNext is lacking."""
    meta = seen.metas.get(ledger.doctype)
    if meta is None:
        yield Finding(Level.NOTE, ledger.doctype, "no-ledger")
        return
    found = [*_rights(ledger.doctype, seen, iter(("create",)))]
    if _naming_of(meta) is not Naming.UUID:
        told = f"{meta.autoname or 'hash'} ≠ UUID"
        found.append(Finding(Level.MISSING, meta.name, "naming-differs", told))
    for name in (ledger.job, ledger.kind, ledger.device, ledger.payload):
        found += _typed(meta, name, _TEXTS)
    found += _typed(meta, ledger.occurred_at, _TYPES[Kind.INSTANT])
    yield from _doctype(ledger.doctype, seen, found)


def _todo(todo: Todo, seen: Survey) -> Iterator[Finding]:
    """Without the unique field a ToDo could be made twice. Who may delete ToDos is not our
    affair: the site lets everybody delete his own."""
    meta = seen.metas.get(todo.doctype)
    if meta is None:
        yield Finding(Level.MISSING, todo.doctype, "no-doctype")
        return
    yield from _lacking(todo.doctype, seen, TODO_RIGHTS)
    found = meta.field(todo.id)
    if found is None or not found.unique:
        yield Finding(Level.MISSING, f"{todo.doctype}.{todo.id}", "no-field")


def _deletions(seen: Survey) -> Finding:
    """Without the right the sweep finds what is gone, a night later and without a name."""
    told = "read" in seen.rights.get(DELETED, frozenset())
    return Finding(
        Level.OK if told else Level.NOTE, DELETED, "deletions" if told else "no-deletions"
    )
