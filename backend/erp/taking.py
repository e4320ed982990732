"""Takes what changed in ERPNext into the records: one write transaction for some documents."""

from collections.abc import Callable, Sequence, Set
from collections.abc import Mapping as Map
from typing import Any, Final, NamedTuple

from backend.erp.reading import OFFICE, links, taken
from backend.erp.tools import Tools
from backend.log import log
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
Cells = dict[str, Any]
Name = tuple[str, str]


class Taken(NamedTuple):
    """Which technicians to poke, and how many mutations were made."""

    poked: frozenset[str]
    changed: int


def take_documents(
    tools: Tools,
    collection: str,
    documents: Sequence[Document],
    expected: Map[str, str],
    conn: Connection,
) -> Taken:
    """Make mutations of kind `upstream` out of what really changed since the shadows, apply
    them, and make the documents the new shadows; the log says what could not be read.

    `expected` is the `modified` of each shadow, by document name, from before the document was
    read: when another worker has moved the shadow on since, the document may be the older one and
    is left out. Records are found by document name, or made. So are records that documents link
    to and that were not read yet: they stay empty until they are.
    """
    feed.take(conn)
    doctype, clock = tools.mapping.entities[collection].doctype, tools.clock()
    old = shadows.load_shadows(conn, doctype, [str(doc["name"]) for doc in documents])
    stamps = {name: known.modified for name, known in old.items()}
    documents = [d for d in documents if stamps.get(d["name"]) == expected.get(d["name"])]
    gone = {_give_way(conn, old.pop(name)): clock.now_ms for name in _namesakes(old, documents)}
    buried = bury(conn, gone, ERP, tools.new_id, clock)
    keys, new = _keys(conn, tools, collection, [*(s.document for s in old.values()), *documents])
    cells: dict[Name, Cells] = {name: {} for name in new}
    cells |= _changed(tools, collection, documents, old, keys, conn)
    changes = [_upstream(tools.new_id(), keys[name], name[1], cells[name], clock) for name in cells]
    verdicts, poked = apply_mutations(conn, ERP, changes, clock)
    _say({f"{each.detail.reason}" for each in verdicts if each.outcome is Outcome.PARKED})
    lanes.wake(conn, [keys[name] for name in new], clock.now_ms)
    seen = [_shadow(keys[collection, str(doc["name"])], doctype, doc) for doc in documents]
    for each in seen:  # what was refused may pass now that somebody mended it
        if stamps.get(each.name, each.modified) != each.modified:
            lanes.unpark(conn, each.key, clock.now_ms)
    shadows.save_shadows(conn, seen, clock.now_ms)
    return Taken(poked | buried, len(changes))


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
    conn: Connection, tools: Tools, collection: str, documents: Sequence[Document]
) -> tuple[dict[Name, str], list[Name]]:
    """The record key of every document and of all that they link to, and which are new."""
    entity = tools.mapping.entities[collection]
    names = {(collection, str(doc["name"])) for doc in documents}
    names |= {link for doc in documents for link in links(entity, doc)}
    keys = shadows.keys_of(conn, names)
    new = sorted(names - set(keys))
    return keys | {name: record_key(name[0], tools.new_id()) for name in new}, new


def _changed(
    tools: Tools,
    collection: str,
    documents: Sequence[Document],
    old: Map[str, Shadow],
    keys: Map[Name, str],
    conn: Connection,
) -> dict[Name, Cells]:
    """The cells that changed since the shadows and that are no echo of ours, by document."""
    entity = tools.mapping.entities[collection]
    own = {(collection, str(doc["name"])): doc for doc in documents}
    ours = _ours(conn, [keys[name] for name in own])
    found: dict[Name, Cells] = {}
    for name, document in own.items():
        before = old[name[1]].document if name[1] in old else None
        reading = taken(tools.mapping, entity, before, document, ours[keys[name]], keys.get)
        _say({f"{entity.doctype}.{path}: {why}" for path, why in reading.faults.items()})
        found |= {name: reading.cells} if reading.cells else {}
    return found


def _ours(conn: Connection, keys: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """By record and path, what a worker may have written that did not live to record it: what was
    recorded is in the shadow."""
    ours: dict[str, dict[str, list[Any]]] = {key: {} for key in keys}
    for (key, path), values in outbox.underway(conn, keys).items():
        ours[key][path] = values
    return ours


def _say(faults: Set[str]) -> None:
    for fault in sorted(faults):
        log.warning("erpnext value not understood", extra={"fault": fault})


def _upstream(mutation_id: str, key: str, name: str, cells: Cells, clock: Clock) -> Mutation:
    args = {"upstream_name": name, "cells": cells}
    return Mutation(mutation_id, 0, Kind.UPSTREAM, key, 0, clock.now_ms, args)
