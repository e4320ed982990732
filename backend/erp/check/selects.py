"""The selects of a site that Terrain writes by a map of words, and the words that they lack."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Final, NamedTuple

from backend.erp.mapping import Entity, Field, Mapping, Shape
from backend.erp.meta import Meta, MetaField
from backend.erp.told import CODES
from sync.collections import Policy, policy_of
from sync.requests import ACTIVATION

_READ: Final = frozenset({Policy.OFFICE, Policy.SERVER})


class Lack(NamedTuple):
    """A select of a doctype, and the words that it does not take, in the mapping's order."""

    doctype: str
    select: MetaField
    words: tuple[str, ...]


def is_written(collection: str, path: str) -> bool:
    """Whether others than the office write a cell, so that its document must take it; what is
    asked of the office stands in the cell of its answer."""
    return path == ACTIVATION or policy_of(f"{collection}/", path) not in _READ


def missing_words(mapping: Mapping, field: Field, found: MetaField) -> dict[str, str]:
    """By code: the word that Terrain would write into a select that does not take it."""
    if found.fieldtype != "Select" or not field.values:
        return {}
    words = mapping.values[field.values]
    first = {code: each[0] for code, each in words.items() if each}
    return {code: word for code, word in first.items() if word not in found.words}


def lacks(mapping: Mapping, metas: Map[str, Meta]) -> Iterator[Lack]:
    """Every written select of the site that lacks some of our words."""
    for collection, entity in mapping.entities.items():
        meta = metas.get(entity.doctype)
        if meta is None:
            continue
        for of, field in _written(collection, entity, meta, metas):
            found = of.field(field.field)
            words = missing_words(mapping, field, found) if found else {}
            if found and words:
                yield Lack(of.name, found, tuple(words.values()))


def _written(
    collection: str, entity: Entity, meta: Meta, metas: Map[str, Meta]
) -> Iterator[tuple[Meta, Field]]:
    """The fields that Terrain writes, each with its doctype: cells, rows, what is told."""
    for path, field in entity.cells.items():
        if is_written(collection, path):
            yield meta, field
    for table in entity.tables.values():
        found = meta.field(table.field)
        child = metas.get(found.options or "") if found else None
        if child and table.shape is not Shape.REFS:
            yield from ((child, column) for column in table.columns.values())
    for name, fieldname in entity.told.items():
        if name in CODES:
            yield meta, Field(fieldname, values=name)
