"""Loads and checks the mapping between Terrain's records and ERPNext's documents."""

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from sync.collections import COLLECTIONS, policy_of
from sync.evidence import EVIDENCE
from sync.job_status import JobStatus

T = TypeVar("T")


class MappingFault(ValueError):
    """The mapping file is wrong; the text names the place and what is expected there."""


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
    `limit` how many characters the site takes (0: any)."""

    field: str
    kind: Kind = Kind.TEXT
    values: str = ""
    others: bool = False
    ref: str = ""
    limit: int = 0


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
    """A child table; `key` is the column that tells its rows apart."""

    field: str
    shape: Shape
    key: str
    columns: dict[str, Field] = {}
    items: str = ""
    ref: str = ""
    link: Link | None = None


class Entity(msgspec.Struct, frozen=True):
    """One doctype: its cells and child tables by cell path, the text field of the notes, and what
    a completion that can bill waits for, by job type."""

    doctype: str
    cells: dict[str, Field] = {}
    tables: dict[str, Table] = {}
    notes: dict[str, str] = {}
    evidence: dict[str, tuple[str, ...]] = {}


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The doctype that keeps one document a mutation, named by the mutation's id."""

    doctype: str
    job: str
    kind: str
    device: str
    occurred_at: str
    payload: str


class Mapping(msgspec.Struct, frozen=True):
    """The whole mapping. `zone` is the site's: every datetime there is naive text in it."""

    zone: ZoneInfo
    entities: dict[str, Entity]
    values: dict[str, dict[str, tuple[str, ...]]]
    ledger: Ledger | None = None

    def word(self, field: Field, code: Any) -> Any:
        """The document's word for a code."""
        words = self.values.get(field.values, {}).get(code, ())
        return words[0] if words else code

    def codes(self, field: Field) -> dict[str, str]:
        """Every word of a field's map with its code."""
        known = self.values.get(field.values, {})
        return {word: code for code, words in known.items() for word in words}


_TOP: Final = frozenset({"ledger", "values", "entities"})
_ENTITY: Final = frozenset({"doctype", "cells", "tables", "notes", "evidence"})


def load_mapping(zone: ZoneInfo, path: Path | None = None) -> Mapping:
    """The mapping in a file, or the default one. Raises MappingFault, naming the place."""
    source = path or resources.files("backend.erp") / "erpnext.toml"
    try:
        return parse_mapping(zone, tomllib.loads(source.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise MappingFault(f"{source.name}: {error}") from error


def parse_mapping(zone: ZoneInfo, raw: dict[str, Any]) -> Mapping:
    """The mapping out of decoded TOML. Raises MappingFault, naming the place."""
    _only(raw, _TOP, "the file")
    mapping = Mapping(
        zone,
        {name: _entity(part, f"entities.{name}") for name, part in _parts(raw, "entities")},
        {
            name: _convert(part, dict[str, tuple[str, ...]], f"values.{name}")
            for name, part in _parts(raw, "values")
        },
        _convert(raw["ledger"], Ledger, "ledger") if "ledger" in raw else None,
    )
    for fault in _faults(mapping):
        raise MappingFault(fault)
    return mapping


def _entity(raw: Any, place: str) -> Entity:
    raw = _convert(raw, dict[str, Any], place)
    _only(raw, _ENTITY, place)
    tables = {}
    for path, part in _parts(raw, "tables", place):
        columns = _fields(part, "columns", f"{place}.tables.{path}")
        table = _convert(part | {"columns": {}}, Table, f"{place}.tables.{path}")
        tables[path] = msgspec.structs.replace(table, columns=columns)
    return Entity(
        _convert(raw.get("doctype"), str, f"{place}.doctype"),
        _fields(raw, "cells", place),
        tables,
        _convert(raw.get("notes", {}), dict[str, str], f"{place}.notes"),
        _convert(raw.get("evidence", {}), dict[str, tuple[str, ...]], f"{place}.evidence"),
    )


def _fields(raw: dict[str, Any], name: str, place: str) -> dict[str, Field]:
    """A field may be written short: only its fieldname."""
    parts = _convert(raw.get(name, {}), dict[str, Any], f"{place}.{name}")
    return {
        path: Field(part)
        if isinstance(part, str)
        else _convert(part, Field, f"{place}.{name}.{path}")
        for path, part in parts.items()
    }


def _parts(raw: dict[str, Any], name: str, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    where = f"{place}.{name}".lstrip(".")
    return list(_convert(raw.get(name, {}), dict[str, dict[str, Any]], where).items())


def _convert(raw: Any, kind: type[T], place: str) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise MappingFault(f"{place}: {error}") from error


def _only(raw: dict[str, Any], known: frozenset[str], place: str) -> None:
    if unknown := sorted(set(raw) - known):
        raise MappingFault(f"{place}: unknown key {unknown[0]}")


def _faults(mapping: Mapping) -> Iterator[str]:
    for name, words in mapping.values.items():
        everything = [word for each in words.values() for word in each]
        if twice := {word for word in everything if everything.count(word) > 1}:
            yield f"values.{name}: {sorted(twice)[0]!r} means two things"
    for collection, entity in mapping.entities.items():
        yield from _entity_faults(mapping, collection, entity)


def _entity_faults(mapping: Mapping, collection: str, entity: Entity) -> Iterator[str]:
    place = f"entities.{collection}"
    if collection not in COLLECTIONS:
        yield f"{place}: no such collection"
    for path in (*entity.cells, *entity.tables, *entity.notes):
        if policy_of(f"{collection}/", path) is None:
            yield f"{place}: no such cell as {path}"
    yield from _evidence_faults(place, entity)
    named = [(f"{place}.cells.{path}", field) for path, field in entity.cells.items()]
    for path, table in entity.tables.items():
        where = f"{place}.tables.{path}"
        named += [(f"{where}.columns.{name}", field) for name, field in table.columns.items()]
        named.append((where, Field(table.field, ref=table.ref)))
        if table.shape is Shape.CHECKS and not {"label", "done"} <= set(table.columns):
            yield f"{where}: checks need the columns label and done"
    for where, field in named:
        yield from _field_faults(mapping, where, field)


def _evidence_faults(place: str, entity: Entity) -> Iterator[str]:
    for job_type, demands in entity.evidence.items():
        if unknown := sorted(set(demands) - set(EVIDENCE)):
            yield f"{place}.evidence.{job_type}: no such evidence as {unknown[0]}"


def _field_faults(mapping: Mapping, place: str, field: Field) -> Iterator[str]:
    if field.ref and field.ref not in mapping.entities:
        yield f"{place}: ref names no entity of this file: {field.ref}"
    if field.values and field.values not in mapping.values:
        yield f"{place}: no values.{field.values} in this file"
    missing = {each.value for each in JobStatus} - set(mapping.values.get(field.values, {}))
    if place == "entities.job.cells.status" and missing:
        yield f"{place}: no word for {sorted(missing)[0]}"
