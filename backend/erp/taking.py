"""Takes what changed in ERPNext into the records: one write transaction for some documents."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from typing import Any, Final, NamedTuple

from backend.erp.mapping import Mapping
from backend.erp.reading import OFFICE, links, taken
from backend.store import feed, lanes, outbox, shadows
from backend.store.apply import apply_mutations
from backend.store.clock import Clock
from backend.store.connection import Connection
from backend.store.shadows import Shadow
from sync.collections import is_job, record_key
from sync.protocol import Kind, Mutation, Outcome
from sync.state import Actor, ActorKind

ERP: Final = Actor(ActorKind.ERP, "erpnext", OFFICE, "erp")

_NAME: Final = 100  # characters of a name that are kept beside an instant, of 140

Document = dict[str, Any]
Name = tuple[str, str]


class Taken(NamedTuple):
    """Which technicians to poke, how many mutations were made, and what could not be read
    (`doctype.cell: why`)."""

    poked: frozenset[str]
    changed: int
    faults: frozenset[str]


def take_documents(
    conn: Connection,
    mapping: Mapping,
    collection: str,
    documents: Sequence[Document],
    expected: Map[str, str],
    new_id: Callable[[], str],
    clock: Clock,
) -> Taken:
    """Make mutations of kind `upstream` out of what really changed since the shadows, apply
    them, and make the documents the new shadows.

    `expected` is the `modified` of each shadow, by document name, from before the document was
    read: when another worker has moved the shadow on since, the document may be the older one and
    is left out. Records are found by document name, or made. So are records that documents link
    to and that were not read yet: they stay empty until they are.
    """
    feed.take(conn)
    entity = mapping.entities[collection]
    old = shadows.load_shadows(conn, entity.doctype, [str(doc["name"]) for doc in documents])
    stamps = {name: known.modified for name, known in old.items()}
    documents = [d for d in documents if stamps.get(d["name"]) == expected.get(d["name"])]
    former = [old.pop(name) for name in _namesakes(old, documents)]
    gone = {_give_way(conn, each): clock.now_ms for each in former}
    buried = bury(conn, gone, ERP, new_id, clock)
    before = {name: known.document for name, known in old.items()}
    keys, new = _keys(conn, mapping, collection, [*before.values(), *documents], new_id)
    own = {(collection, str(doc["name"])): doc for doc in documents}
    present = shadows.present_cells(conn, [keys[name] for name in own])
    said = outbox.said_so_far(conn, present)
    cells: dict[Name, dict[str, Any]] = {name: {} for name in new}
    faults: set[str] = set()
    for name, document in own.items():
        there = present[keys[name]] | said.get(keys[name], {})
        reading = taken(mapping, entity, before.get(name[1]), document, there, keys.get)
        faults |= {f"{entity.doctype}.{path}: {why}" for path, why in reading.faults.items()}
        cells |= {name: reading.cells} if reading.cells else {}
    changes = [_upstream(new_id(), keys[name], name[1], cells[name], clock) for name in cells]
    verdicts, poked = apply_mutations(conn, ERP, changes, clock)
    faults |= {f"{each.detail.reason}" for each in verdicts if each.outcome is Outcome.PARKED}
    lanes.wake(conn, [keys[name] for name in new], clock.now_ms)
    for name, document in own.items():  # what was refused may pass now that somebody mended it
        if stamps.get(name[1], document["modified"]) != document["modified"]:
            lanes.unpark(conn, keys[name], clock.now_ms)
    seen = [_shadow(keys[name], entity.doctype, document) for name, document in own.items()]
    shadows.save_shadows(conn, seen, clock.now_ms)
    return Taken(poked | buried, len(changes), frozenset(faults))


def bury(
    conn: Connection, gone: Map[str, int], by: Actor, new_id: Callable[[], str], clock: Clock
) -> frozenset[str]:
    """Tombstones for records, each with when it went (UTC ms): what the field did stays, and what
    it still has to tell parks for a human. Gives whom to poke."""
    told = [Mutation(new_id(), 0, Kind.DELETE, key, 0, at, {}) for key, at in gone.items()]
    return apply_mutations(conn, by, told, clock).poked


def _namesakes(old: Map[str, Shadow], documents: Sequence[Document]) -> list[str]:
    """Names of visits that another visit has now. ERPNext gives the number of the last document
    of a series again once that one is deleted (frappe/model/naming.py, `revert_series_if_last`);
    `creation` is what nobody can change."""
    made = {str(doc["name"]): doc.get("creation") for doc in documents}
    return [
        name
        for name, known in old.items()
        if is_job(known.key)
        and made.get(name)
        and known.document.get("creation") not in (None, made[name])
    ]


def _give_way(conn: Connection, former: Shadow) -> str:
    """Give a visit that is gone a name that no document has: nothing of its work comes into its
    namesake. Gives its key."""
    name = f"{former.name[:_NAME]} ({former.document['creation']})"
    return shadows.rename(conn, former.doctype, former.name, name)


def _shadow(key: str, doctype: str, document: Document) -> Shadow:
    return Shadow(key, doctype, str(document["name"]), str(document["modified"]), document)


def _keys(
    conn: Connection,
    mapping: Mapping,
    collection: str,
    documents: Sequence[Document],
    new_id: Callable[[], str],
) -> tuple[dict[Name, str], list[Name]]:
    """The record key of every document and of all that they link to, and which are new."""
    entity = mapping.entities[collection]
    names = {(collection, str(doc["name"])) for doc in documents}
    names |= {link for doc in documents for link in links(entity, doc)}
    keys = shadows.keys_of(conn, names)
    new = sorted(names - set(keys))
    return keys | {name: record_key(name[0], new_id()) for name in new}, new


def _upstream(
    mutation_id: str, key: str, name: str, cells: dict[str, Any], clock: Clock
) -> Mutation:
    args = {"upstream_name": name, "cells": cells}
    return Mutation(mutation_id, 0, Kind.UPSTREAM, key, 0, clock.now_ms, args)
