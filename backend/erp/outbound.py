"""Delivers one lane of the outbox to its document in ERPNext.

Claim, call, record: no transaction is open during a call. Any step may be repeated after a crash
or a lost answer: values are absolute, lines of notes are recognised, and the ledger's documents
are named by the mutations.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from backend.erp.client import INSERT_MANY, ErpClient, Outcome
from backend.erp.mapping import Entity, Ledger, Mapping
from backend.erp.taking import take_documents
from backend.erp.values import local_text
from backend.erp.writing import is_mapped, meanings, ours, row_keys, serials, told_paths
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store import lanes
from backend.store.clock import Clock
from backend.store.connection import Connection
from backend.store.lanes import Recorded
from backend.store.outbox import Claimed, Entry, load
from sync.collections import collection_of
from sync.upstream import plan, unkept

MERGES: Final = 5
STALE: Final = "stale"  # the document is saved faster than we merge; ERPNext is well

Document = dict[str, Any]
Result = TypeVar("Result")


class Writer(Protocol):
    """Runs a store function inside a write transaction (`backend.store.writer.Writer`)."""

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Its result, once committed."""
        ...


class Tools(NamedTuple):
    """What the work needs from outside; `clock` gives the instant and the site's date."""

    client: ErpClient
    writer: Writer
    mapping: Mapping
    clock: Callable[[], Clock]
    new_id: Callable[[], str]


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
    await _note_in_ledger(tools, collection, claimed)
    await tools.writer.run(partial(_record, tools, claimed, seen))


async def _write(tools: Tools, entity: Entity, claimed: Claimed) -> tuple[Claimed, Document]:
    """The document once it holds what stands of ours, and the lane as it stood for that."""
    for _ in range(MERGES):
        theirs = await _read(tools.client, entity.doctype, str(claimed.upstream_name))
        if theirs["modified"] != claimed.modified:
            claimed = await tools.writer.run(partial(_retake, tools, claimed, theirs))
        if theirs["modified"] != claimed.modified:
            continue  # the inbound worker took in another version meanwhile
        changes = await _plan(tools, entity, claimed, theirs)
        seen = await _put(tools.client, entity, theirs, changes) if changes else theirs
        if seen is not None:
            return claimed, seen
    raise Unavailable(STALE)


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
    dropped = unkept(changes, seen, row_keys(entity))
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
    collection, mapping = collection_of(claimed.key), tools.mapping
    paths = told_paths(claimed)
    found: dict[tuple[str, str], str] = {}
    for name, key in sorted(serials(mapping, collection, claimed.cells, paths)):
        link = entity.tables[name].link
        assert link is not None  # noqa: S101  (serials gives only tables with a link)
        rows = await tools.client.list_docs(link.doctype, ["name"], [(link.by, "=", key)], limit=1)
        if rows:
            found[name, key] = str(rows[0]["name"])
    cells = {path: _named(entity, claimed, path) for path in claimed.cells}
    wanted = ours(mapping, collection, cells, paths, found)
    return plan(wanted, theirs, meanings(mapping, entity))


def _named(entity: Entity, claimed: Claimed, path: str) -> Any:
    """The value of a cell as the document knows it: a record by its upstream name."""
    value = claimed.cells[path]
    refers = path in entity.cells and entity.cells[path].ref
    return claimed.names.get(value) if refers and value else value


async def _note_in_ledger(tools: Tools, collection: str, claimed: Claimed) -> None:
    """One document a mutation; a duplicate name means that it is there already."""
    ledger = tools.mapping.ledger
    if ledger is None:
        return
    documents = [_operation(tools.mapping, ledger, collection, claimed, e) for e in claimed.entries]
    for start in range(0, len(documents), INSERT_MANY):
        some = documents[start : start + INSERT_MANY]
        if len(some) > 1 and await tools.client.insert_many(some) is not Outcome.DUPLICATE:
            continue
        # All or none: after a lost answer each is asked for alone.
        for document in some:
            await tools.client.insert(ledger.doctype, document)


def _operation(
    mapping: Mapping, ledger: Ledger, collection: str, claimed: Claimed, entry: Entry
) -> Document:
    document = {
        "doctype": ledger.doctype,
        "name": entry.mutation,
        ledger.kind: entry.kind,
        ledger.device: entry.device,
        ledger.occurred_at: local_text(entry.made_at, mapping.zone),
        ledger.payload: entry.payload.decode(errors="replace"),
    }
    return document | ({ledger.job: claimed.upstream_name} if collection == "job" else {})


def _retake(tools: Tools, claimed: Claimed, theirs: Document, conn: Connection) -> Claimed:
    """Take in what the office changed since the shadow; the lane as it stands after that."""
    taken = _take(tools, claimed, theirs, conn)
    return load(conn, claimed.key, claimed.lane, poked=taken)._replace(claim=claimed.claim)


def _record(tools: Tools, claimed: Claimed, seen: Document | None, conn: Connection) -> Recorded:
    """Remember the document as read back, close the entries, and tell the phones."""
    lanes.check_held(conn, claimed)
    poked = _take(tools, claimed, seen, conn) if seen else frozenset()
    recorded = lanes.record_success(conn, claimed.key, claimed.entries, tools.clock().now_ms)
    return Recorded(recorded.poked | poked)


def _take(tools: Tools, claimed: Claimed, document: Document, conn: Connection) -> frozenset[str]:
    collection = collection_of(claimed.key)
    expected = {str(claimed.upstream_name): claimed.modified} if claimed.modified else {}
    taken = take_documents(
        conn, tools.mapping, collection, [document], expected, tools.new_id, tools.clock()
    )
    for fault in taken.faults:
        log.warning("erpnext value not understood", extra={"fault": fault})
    return taken.poked
