"""Delivers many lanes together: what a long outage left drains at a fraction of the requests.

As with one lane, nothing is a receipt but a document that was read back. What a batch cannot settle
(a document saved meanwhile, a refusal, a value that was not kept) gets a delivery of its own, whose
answer says why.
"""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from backend.erp.ledger import note_in_ledger
from backend.erp.mapping import Entity
from backend.erp.outbound import changes_of, find_links, record_all, take_seen
from backend.erp.tools import Tools
from backend.erp.whole import columns, differs, read_rows, read_whole
from backend.erp.writing import is_mapped, promised, row_keys, told_paths
from backend.errors import Refused
from backend.store import lanes, shadows
from backend.store.connection import Connection
from backend.store.outbox import Claimed, load
from backend.store.receipts import Recorded
from backend.store.shadows import Shadow
from sync.collections import collection_of
from sync.upstream import unkept

# A document of bulk_update costs ERPNext a quarter of a PUT; more in one request gain nothing and
# make the others wait.
MOST: Final = 50
LEAST: Final = 20

Document = dict[str, Any]


class _Met(NamedTuple):
    """A lane and its document as both stand now; None when no value goes there."""

    claimed: Claimed
    theirs: Document | None


class _Retaken(NamedTuple):
    met: list[_Met]
    poked: frozenset[str]


async def deliver_many(tools: Tools, claimed: Sequence[Claimed]) -> list[Claimed]:
    """Deliver claimed lanes together; gives those that must be delivered alone.

    Raises Unavailable; what was written until then will be found again.
    """
    alone: list[Claimed] = []
    ordered = sorted(claimed, key=lambda each: each.key)
    for collection, some in groupby(ordered, key=lambda each: collection_of(each.key)):
        group = list(some)
        entity = tools.mapping.entities.get(collection)
        there = [each for each in group if not each.makes_document]
        delivered = await _delivered(tools, entity, there) if entity and there else frozenset()
        alone += [each for each in group if each.key not in delivered]
    return alone


async def _delivered(tools: Tools, entity: Entity, claimed: list[Claimed]) -> frozenset[str]:
    """The keys of the lanes that are done."""
    try:
        met = await _meet(tools, entity, claimed)
        proven = await _write(tools, entity, met)
        await note_in_ledger(tools.client, tools.mapping, [each.claimed for each in proven])
    except Refused:
        return frozenset()
    await tools.writer.run(partial(_record, tools, proven))
    return frozenset(each.claimed.key for each in proven)


async def _meet(tools: Tools, entity: Entity, claimed: list[Claimed]) -> list[_Met]:
    """The lanes whose document is known as it stands: by its shadow, or read and taken in now."""
    told = {each.key: _is_told(entity, each) for each in claimed}
    wanted = {str(each.upstream_name): each for each in claimed if told[each.key]}
    rows = await read_rows(tools.client, entity, list(wanted)) if wanted else []
    there = {str(row["name"]): row for row in rows}
    known = await tools.writer.run(
        partial(shadows.load_shadows, doctype=entity.doctype, names=list(wanted))
    )
    same = [n for n in there if _is_current(entity, known.get(n), wanted[n], there[n])]
    moved = [name for name in there if name not in same]
    documents = await read_whole(tools.client, entity, moved)
    read = [(wanted[str(document["name"])], document) for document in documents]
    retaken = await tools.writer.run(partial(_retake, tools, read))
    unwritten = [_Met(each, None) for each in claimed if not told[each.key]]
    return [*unwritten, *(_Met(wanted[n], known[n].document) for n in same), *retaken.met]


def _is_told(entity: Entity, claimed: Claimed) -> bool:
    return any(is_mapped(entity, path) for path in told_paths(claimed))


def _is_current(entity: Entity, known: Shadow | None, claimed: Claimed, row: Document) -> bool:
    """Of child tables the stamp alone tells."""
    if known is None or known.modified != claimed.modified:
        return False
    return not differs(columns(entity), known.document, row)


def _retake(tools: Tools, read: Sequence[tuple[Claimed, Document]], conn: Connection) -> _Retaken:
    """Take in what the office changed since the shadows; the lanes as they stand after that."""
    poked = take_seen(tools, read, conn)
    met = []
    for claimed, document in read:
        again = load(conn, claimed.key, claimed.lane)._replace(claim=claimed.claim)
        if again.modified == document["modified"]:
            met.append(_Met(again, document))
    return _Retaken(met, poked)


async def _write(tools: Tools, entity: Entity, met: list[_Met]) -> list[_Met]:
    """The lanes whose document holds what stands of ours, with the document as read back."""
    found = await find_links(tools, entity, [each.claimed for each in met if each.theirs])
    changed: dict[str, tuple[Document, str]] = {}
    for claimed, theirs in met:
        fields = changes_of(tools.mapping, entity, claimed, theirs, found) if theirs else {}
        if theirs and fields:
            changed[str(theirs["name"])] = fields, str(theirs["modified"])
    seen = await _put(tools, entity, changed) if changed else {}
    return [
        each._replace(theirs=seen.get(_name(each), each.theirs))
        for each in met
        if _name(each) not in changed or _name(each) in seen
    ]


def _name(met: _Met) -> str:
    return str(met.claimed.upstream_name)


async def _put(
    tools: Tools, entity: Entity, changed: dict[str, tuple[Document, str]]
) -> dict[str, Document]:
    """The documents that hold their changes, as read back."""
    failed = await tools.client.bulk_update(entity.doctype, changed)
    written = [name for name in changed if name not in failed]
    keys = row_keys(entity)
    return {
        str(document["name"]): document
        for document in await read_whole(tools.client, entity, written)
        if not unkept(promised(entity, changed[str(document["name"])][0]), document, keys)
    }


def _record(tools: Tools, proven: Sequence[_Met], conn: Connection) -> Recorded:
    """All in one transaction; a lane that another worker has claimed since is that one's."""
    held = [(each.claimed, each.theirs) for each in proven if lanes.is_held(conn, each.claimed)]
    return record_all(tools, held, conn)
