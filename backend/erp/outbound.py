"""Delivers one lane of the outbox to its document in ERPNext.

Claim, call, record: no transaction is open during a call. Any step may be repeated after a crash
or a lost answer: values are absolute, lines of notes are recognised, and the ledger's documents
are named by the mutations.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from backend.erp.answers import NotNow
from backend.erp.client import ErpClient, Outcome
from backend.erp.ledger import note_in_ledger
from backend.erp.mapping import Entity, Mapping
from backend.erp.taking import take_documents
from backend.erp.tools import Tools
from backend.erp.whole import differs, fields
from backend.erp.writing import (
    Links,
    is_mapped,
    meanings,
    not_understood,
    ours,
    promised,
    row_keys,
    serials,
    told_paths,
    with_told,
)
from backend.errors import Refused
from backend.store import lanes, shadows
from backend.store.connection import Connection
from backend.store.outbox import Claimed, load
from backend.store.receipts import Recorded
from sync.collections import collection_of
from sync.lane import STALE
from sync.upstream import plan, unkept

MERGES: Final = 5

Document = dict[str, Any]


async def deliver(tools: Tools, claimed: Claimed) -> None:
    """Write a claimed lane into its document, prove it by reading back, and record it.

    Raises Unavailable, Refused or LeaseLost; what was written until then will be found again.
    """
    collection = collection_of(claimed.key)
    entity = tools.mapping.entities.get(collection)
    if entity is None:
        raise Refused("not-mapped")
    seen: Document | None = None
    if any(is_mapped(entity, path) for path in told_paths(claimed)):
        claimed, seen = await _write(tools, entity, claimed)
    await note_in_ledger(tools.client, tools.mapping, [claimed])
    await tools.writer.run(partial(_record, tools, claimed, seen))


async def _write(tools: Tools, entity: Entity, claimed: Claimed) -> tuple[Claimed, Document]:
    """The document once it holds what stands of ours, and the lane as it stood for that."""
    for _ in range(MERGES):
        theirs = await _read(tools.client, entity.doctype, str(claimed.upstream_name))
        claimed = await tools.writer.run(partial(_meet, tools, entity, claimed, theirs))
        if theirs["modified"] != claimed.modified:
            continue  # the inbound worker took in another version meanwhile
        changes = await _plan(tools, entity, claimed, theirs)
        seen = await _put(tools.client, entity, theirs, changes) if changes else theirs
        if seen is not None:
            return claimed, seen
    raise NotNow(STALE)


async def _put(
    client: ErpClient, entity: Entity, theirs: Document, changes: Document
) -> Document | None:
    """The document read back with the changes in it; None when somebody else was faster."""
    name = str(theirs["name"])
    answer = await client.put(entity.doctype, name, changes, str(theirs["modified"]))
    if answer is Outcome.STALE:
        return None
    if isinstance(answer, Outcome):
        raise Refused(_missing(answer))
    # The answer echoes what was sent; only a new reading shows what was kept.
    seen = await _read(client, entity.doctype, name)
    dropped = unkept(promised(entity, changes), seen, row_keys(entity))
    if dropped and seen["modified"] == answer["modified"]:
        raise Refused(f"not-kept:{dropped[0]}")
    return None if dropped else seen


async def _read(client: ErpClient, doctype: str, name: str) -> Document:
    document = await client.get_doc(doctype, name)
    if isinstance(document, Outcome):
        raise Refused(_missing(document))
    return document


def _missing(outcome: Outcome) -> str:
    return "document-missing" if outcome is Outcome.NOT_FOUND else outcome.value


async def _plan(tools: Tools, entity: Entity, claimed: Claimed, theirs: Document) -> Document:
    found = await find_links(tools, entity, [claimed])
    return changes_of(tools.mapping, entity, claimed, theirs, found)


def changes_of(
    mapping: Mapping, entity: Entity, claimed: Claimed, theirs: Document, found: Links
) -> Document:
    """The fields to write so that the document holds what stands of a lane; {} when it does.

    Raises Refused for a word in the place of ours that nobody told us the meaning of.
    """
    cells = {path: as_named(entity, claimed, path) for path in claimed.cells}
    collection, paths = collection_of(claimed.key), told_paths(claimed)
    wanted = ours(mapping, collection, cells, paths, found)
    changes = plan(wanted, theirs, meanings(mapping, entity))
    if strange := not_understood(mapping, entity, theirs, changes):
        raise Refused(f"unknown-word:{strange[0]}")
    return with_told(mapping, entity, claimed, theirs, changes)


async def find_links(tools: Tools, entity: Entity, claimed: Sequence[Claimed]) -> Links:
    """The documents that child rows of some lanes link to, by (cell of the table, key of the row);
    one request a table."""
    wanted: dict[str, set[str]] = {}
    for each in claimed:
        collection, paths = collection_of(each.key), told_paths(each)
        for name, key in serials(tools.mapping, collection, each.cells, paths):
            wanted.setdefault(name, set()).add(key)
    found: dict[tuple[str, str], str] = {}
    for name, keys in wanted.items():
        link = entity.tables[name].link
        assert link is not None  # noqa: S101  (serials gives only tables with a link)
        known = [(link.by, "in", sorted(keys))]
        for row in await tools.client.list_all(link.doctype, ["name", link.by], known):
            found[name, str(row[link.by])] = str(row["name"])
    return found


def as_named(entity: Entity, claimed: Claimed, path: str) -> Any:
    """The value of a cell as the document knows it: a record by its upstream name."""
    value = claimed.cells[path]
    refers = path in entity.cells and entity.cells[path].ref
    return claimed.names.get(value) if refers and value else value


def _meet(
    tools: Tools, entity: Entity, claimed: Claimed, theirs: Document, conn: Connection
) -> Claimed:
    """Take in what the office changed since the shadow; the lane as it stands after that."""
    name = str(claimed.upstream_name)
    known = shadows.load_shadows(conn, entity.doctype, [name]).get(name)
    is_same = known is not None and claimed.modified == known.modified
    if known and is_same and not differs(fields(entity), known.document, theirs):
        return claimed
    taken = take_seen(tools, [(claimed, theirs)], conn)
    return load(conn, claimed.key, claimed.lane, poked=taken)._replace(claim=claimed.claim)


def _record(tools: Tools, claimed: Claimed, seen: Document | None, conn: Connection) -> Recorded:
    """Remember the document as read back, close the entries, and tell the phones."""
    lanes.check_held(conn, claimed)
    return record_all(tools, [(claimed, seen)], conn)


def record_all(
    tools: Tools, delivered: Sequence[tuple[Claimed, Document | None]], conn: Connection
) -> Recorded:
    """Remember documents of one collection as read back, close the entries of their lanes, and
    tell the phones."""
    seen = [(claimed, document) for claimed, document in delivered if document is not None]
    poked = take_seen(tools, seen, conn)
    for claimed, _ in delivered:
        entity = tools.mapping.entities[collection_of(claimed.key)]
        recorded = lanes.record_success(
            conn,
            claimed.key,
            claimed.entries,
            tools.clock().now_ms,
            files_follow=entity.attachments,
        )
        poked |= recorded.poked
    return Recorded(poked)


def take_seen(
    tools: Tools, seen: Sequence[tuple[Claimed, Document]], conn: Connection
) -> frozenset[str]:
    """Take in documents of one collection, each read after its lane was loaded; gives whom to
    poke."""
    if not seen:
        return frozenset()
    collection = collection_of(seen[0][0].key)
    expected = {str(each.upstream_name): each.modified for each, _ in seen if each.modified}
    documents = [document for _, document in seen]
    return take_documents(tools, collection, documents, expected, conn).poked
