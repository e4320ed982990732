"""Loads and checks the mapping between Terrain's records and ERPNext's documents."""

from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from backend.erp.told import told_faults
from backend.toml_file import TomlFault, converted, load, only
from sync.collections import COLLECTIONS, policy_of
from sync.evidence import EVIDENCE
from sync.job_status import JobStatus

Place = tuple[str, ...]


class Kind(StrEnum):
    """What a document value is; `erpnext.toml` says how each is written."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    COORDINATE = "coordinate"
    FLAG = "flag"
    DATE = "date"
    CLOCK = "clock"
    INSTANT = "instant"


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a cell lies; `values` names a map of words, `ref` the collection that it links to,
    `limit` how many characters the site takes (0: any). A site that lacks an `optional` one does
    without."""

    field: str
    kind: Kind = Kind.TEXT
    values: str = ""
    others: bool = False
    ref: str = ""
    limit: int = 0
    optional: bool = False


class Shape(StrEnum):
    """What the rows of a child table are to us."""

    FLAGS = "flags"
    CHECKS = "checks"
    LINES = "lines"
    REFS = "refs"


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column that names the document whose field `by` equals the row's key."""

    field: str
    doctype: str
    by: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A child table; `key` is the column that tells its rows apart, `by` what of a line it holds.
    A site that lacks an `optional` one does without."""

    field: str
    shape: Shape
    key: str
    columns: dict[str, Field] = {}
    items: str = ""
    ref: str = ""
    link: Link | None = None
    by: str = "serial"
    optional: bool = False


class Naming(StrEnum):
    """How the site names new documents: a name of ours counts for all but a series, whose
    documents we know again by the field `id`."""

    SERIES = "series"
    UUID = "uuid"
    PROMPT = "prompt"
    FIELD = "field"


class Entity(msgspec.Struct, frozen=True):
    """One doctype: how its documents are named, the unique field that holds our id ("": none),
    which documents are read, its cells and child tables by cell path, the text field of the
    notes, what a completion that can bill waits for, by job type, and the fields in which the
    document is told of Terrain itself. `attachments`: photos become files of the document."""

    doctype: str
    naming: Naming = Naming.SERIES
    id: str = ""
    filters: tuple[tuple[str, str, Any], ...] = ()
    attachments: bool = True
    cells: dict[str, Field] = {}
    tables: dict[str, Table] = {}
    notes: dict[str, str] = {}
    evidence: dict[str, tuple[str, ...]] = {}
    told: dict[str, str] = {}


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The doctype that keeps one document a mutation, named by the mutation's id."""

    doctype: str
    job: str
    kind: str
    device: str
    occurred_at: str
    payload: str


class Todo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose ToDo each conflict becomes; the unique field `id` holds the conflict's."""

    allocated_to: str
    doctype: str = "ToDo"
    id: str = "terrain_id"


class Mapping(msgspec.Struct, frozen=True):
    """The whole mapping. `zone` is the site's: every datetime there is naive text in it;
    `board_url` is where the office opens its board ("": nowhere that a link could name)."""

    zone: ZoneInfo
    entities: dict[str, Entity]
    values: dict[str, dict[str, tuple[str, ...]]]
    ledger: Ledger | None = None
    todo: Todo | None = None
    board_url: str = ""

    @property
    def collections(self) -> dict[str, str]:
        """By doctype: the collection that is read from it."""
        return {entity.doctype: collection for collection, entity in self.entities.items()}

    def word(self, field: Field, code: Any) -> Any:
        """The document's word for a code."""
        words = self.values.get(field.values, {}).get(code, ())
        return words[0] if words else code

    def codes(self, field: Field) -> dict[str, str]:
        """Every word of a field's map with its code."""
        known = self.values.get(field.values, {})
        return {word: code for code, words in known.items() for word in words}


_TOP: Final = frozenset({"ledger", "todo", "values", "entities"})
_PARTS: Final = frozenset({"cells", "tables", "notes", "evidence", "told"})
_PLAIN: Final = frozenset({"doctype", "naming", "id", "filters", "attachments"})
_OPERATORS: Final = frozenset({"=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in"})


def load_mapping(zone: ZoneInfo, path: Path | None = None) -> Mapping:
    """The mapping in a file, or the default one. Raises TomlFault, naming file and line."""
    source = path or resources.files("backend.erp") / "erpnext.toml"
    return load(source, lambda raw: parse_mapping(zone, raw))


def parse_mapping(zone: ZoneInfo, raw: dict[str, Any]) -> Mapping:
    """The mapping out of decoded TOML. Raises TomlFault, naming the place."""
    only(raw, _TOP, ())
    mapping = Mapping(
        zone,
        {name: _entity(part, ("entities", name)) for name, part in _parts(raw, "entities")},
        {name: _words(part, ("values", name)) for name, part in _parts(raw, "values")},
        converted(raw["ledger"], Ledger, ("ledger",)) if "ledger" in raw else None,
        converted(raw["todo"], Todo, ("todo",)) if "todo" in raw else None,
    )
    for fault in _faults(mapping):
        raise fault
    return mapping


def _entity(raw: dict[str, Any], place: Place) -> Entity:
    only(raw, _PLAIN | _PARTS, place)
    plain = converted({key: raw[key] for key in raw if key in _PLAIN}, Entity, place)
    tables = {}
    for path, part in _parts(raw, "tables", place):
        where = (*place, "tables", path)
        table = converted(part | {"columns": {}}, Table, where)
        tables[path] = msgspec.structs.replace(table, columns=_fields(part, "columns", where))
    return msgspec.structs.replace(
        plain,
        cells=_fields(raw, "cells", place),
        tables=tables,
        notes=converted(raw.get("notes", {}), dict[str, str], (*place, "notes")),
        evidence=_words(raw.get("evidence", {}), (*place, "evidence")),
        told=converted(raw.get("told", {}), dict[str, str], (*place, "told")),
    )


def _fields(raw: dict[str, Any], name: str, place: Place) -> dict[str, Field]:
    """A field may be written short: only its fieldname."""
    parts = converted(raw.get(name, {}), dict[str, Any], (*place, name))
    return {
        path: Field(part) if isinstance(part, str) else converted(part, Field, (*place, name, path))
        for path, part in parts.items()
    }


def _words(raw: Any, place: Place) -> dict[str, tuple[str, ...]]:
    """Each code's list is read for itself, so that a fault names its own line."""
    lists = converted(raw, dict[str, Any], place)
    return {key: converted(part, tuple[str, ...], (*place, key)) for key, part in lists.items()}


def _parts(raw: dict[str, Any], name: str, place: Place = ()) -> list[tuple[str, dict[str, Any]]]:
    parts = converted(raw.get(name, {}), dict[str, Any], (*place, name))
    return [
        (key, converted(part, dict[str, Any], (*place, name, key))) for key, part in parts.items()
    ]


def _faults(mapping: Mapping) -> Iterator[TomlFault]:
    for name, words in mapping.values.items():
        seen: dict[str, str] = {}
        for code, word in ((code, word) for code, each in words.items() for word in each):
            if not word.strip():
                yield TomlFault(("values", name, code), "un mot vide", "an empty word")
            if seen.setdefault(word, code) != code:
                fr, en = f"« {word} » a deux sens", f'"{word}" means two things'
                yield TomlFault(("values", name, code), fr, en)
    for collection, entity in mapping.entities.items():
        yield from _entity_faults(mapping, collection, entity)


def _entity_faults(mapping: Mapping, collection: str, entity: Entity) -> Iterator[TomlFault]:
    place: Place = ("entities", collection)
    if collection not in COLLECTIONS:
        yield TomlFault(place, "aucune collection de ce nom", "no such collection")
    for part in ("cells", "tables", "notes"):
        for path in getattr(entity, part):
            if policy_of(f"{collection}/", path) is None:
                yield TomlFault((*place, part, path), "aucune cellule de ce nom", "no such cell")
    yield from _entity_value_faults(place, entity)
    own = {*(f.field for f in entity.cells.values()), *entity.notes.values()}
    own |= {table.field for table in entity.tables.values()}
    yield from told_faults((*place, "told"), entity.told, mapping.values, own)
    for path, field in entity.cells.items():
        yield from _field_faults(mapping, (*place, "cells", path), field)
    for path, table in entity.tables.items():
        yield from _table_faults(mapping, (*place, "tables", path), table)


def _table_faults(mapping: Mapping, place: Place, table: Table) -> Iterator[TomlFault]:
    for name, field in table.columns.items():
        yield from _field_faults(mapping, (*place, "columns", name), field)
    yield from _field_faults(mapping, place, Field(table.field, ref=table.ref))
    if table.shape is Shape.CHECKS and not {"label", "done"} <= set(table.columns):
        fr, en = "il faut les colonnes label et done", "checks need the columns label and done"
        yield TomlFault(place, fr, en)


def _entity_value_faults(place: Place, entity: Entity) -> Iterator[TomlFault]:
    for _, operator, _ in entity.filters:
        if operator not in _OPERATORS:
            fr, en = f"opérateur inconnu : {operator}", f"unknown operator: {operator}"
            yield TomlFault((*place, "filters"), fr, en)
    for job_type, demands in entity.evidence.items():
        if unknown := sorted(set(demands) - set(EVIDENCE)):
            fr, en = f"preuve inconnue : {unknown[0]}", f"no such evidence: {unknown[0]}"
            yield TomlFault((*place, "evidence", job_type), fr, en)


def _field_faults(mapping: Mapping, place: Place, field: Field) -> Iterator[TomlFault]:
    if field.ref and field.ref not in mapping.entities:
        fr, en = f"ref ne nomme aucune entité : {field.ref}", f"ref names no entity: {field.ref}"
        yield TomlFault((*place, "ref"), fr, en)
    if field.values and field.values not in mapping.values:
        fr, en = f"il n'y a pas de values.{field.values}", f"there is no values.{field.values}"
        yield TomlFault((*place, "values"), fr, en)
    words = mapping.values.get(field.values, {})
    missing = sorted(each.value for each in JobStatus if not words.get(each.value))
    if place == ("entities", "job", "cells", "status") and missing:
        code = missing[0]
        yield TomlFault(place, f"aucun mot pour {code}", f"no word for {code}")
