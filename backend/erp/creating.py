"""Makes documents that ERPNext names itself, each exactly once.

The site counts a new name whatever a request says, so the same POST twice makes two documents. A
unique field holds our id: a document is looked up by it before it is made, and after. Whatever a
lost answer or a crash leaves there, the next try finds.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from backend.erp.answers import NotNow
from backend.erp.client import ErpClient, Filter, Outcome
from backend.erp.ledger import note_in_ledger
from backend.erp.mapping import Entity
from backend.erp.outbound import as_named
from backend.erp.taking import ERP, bury, take_documents
from backend.erp.tools import Tools
from backend.erp.writing import ours, promised, row_keys, told_paths
from backend.errors import Refused
from backend.store import feed, lanes, shadows
from backend.store.connection import Connection
from backend.store.outbox import Claimed
from backend.store.receipts import Recorded
from sync.collections import collection_of
from sync.protocol import Kind
from sync.upstream import unkept

# By collection: the cell by which the world knows a thing, whoever wrote it down first.
NATURAL_KEY: Final = {"equipment": "serial_number"}
WAITS: Final = "waits-for-its-customer"  # or its place: the error of a lane that waits for another

Document = dict[str, Any]


async def create_once(
    client: ErpClient, doctype: str, known_by: Sequence[Filter], document: Mapping[str, Any]
) -> str:
    """The name of the document that meets one of `known_by`, made if there is none.

    Raises Unavailable, or Refused: also when what was made is not found again, as on a site that
    lacks the field of our id and drops it in silence.
    """
    name = await _find(client, doctype, known_by)
    if not name:
        await client.insert(doctype, document)  # a duplicate: somebody was faster, maybe we
        name = await _find(client, doctype, known_by)
    if not name:
        raise Refused(f"not-kept:{known_by[0][0]}")
    return name


async def create(tools: Tools, claimed: Claimed) -> None:
    """Make the document of a record that Terrain made, prove it by reading back, record it. What
    else its lane has to tell is delivered after, as to any document.

    Raises Unavailable, Refused or LeaseLost; what was made until then will be found again.
    """
    entity = tools.mapping.entities.get(collection_of(claimed.key))
    if entity is None:
        raise Refused("not-mapped")
    claimed = claimed._replace(entries=tuple(e for e in claimed.entries if e.kind == Kind.CREATE))
    document = _document(tools, entity, claimed)
    known_by = _known_by(entity, claimed, document)
    name = await create_once(tools.client, entity.doctype, known_by, document)
    seen = await tools.client.get_doc(entity.doctype, name)
    if isinstance(seen, Outcome):
        raise Refused("document-missing")
    dropped = unkept(promised(entity, document), seen, row_keys(entity))
    if dropped and entity.id and seen.get(entity.id) == document[entity.id]:
        raise Refused(f"not-kept:{dropped[0]}")
    named = claimed._replace(upstream_name=name)
    await note_in_ledger(tools.client, tools.mapping, [named])
    await tools.writer.run(partial(_record, tools, claimed, seen))


def _document(tools: Tools, entity: Entity, claimed: Claimed) -> Document:
    """What its creation told, as it stands now. Raises NotNow while a record that it refers to has
    no document either."""
    paths = told_paths(claimed)
    cells = {path: as_named(entity, claimed, path) for path in claimed.cells}
    if any(cells.get(path) is None and claimed.cells.get(path) for path in paths):
        raise NotNow(WAITS)
    document = ours(tools.mapping, collection_of(claimed.key), cells, paths, {}).fields
    return document | ({entity.id: _identity(claimed)} if entity.id else {})


async def _find(client: ErpClient, doctype: str, known_by: Sequence[Filter]) -> str:
    for each in known_by:
        if rows := await client.list_docs(doctype, ["name"], [each], limit=1):
            return str(rows[0]["name"])
    return ""


def _identity(claimed: Claimed) -> str:
    return claimed.key.partition("/")[2]


def _known_by(entity: Entity, claimed: Claimed, document: Document) -> list[Filter]:
    """By our id, and by the natural key of the thing: a site without our field has only that."""
    natural = entity.cells.get(NATURAL_KEY.get(collection_of(claimed.key), ""))
    fields = [entity.id, natural.field if natural else ""]
    known_by: list[Filter] = [(f, "=", document[f]) for f in fields if f and document.get(f)]
    if not known_by:
        raise Refused("no-identity")
    return known_by


def _record(tools: Tools, claimed: Claimed, seen: Document, conn: Connection) -> Recorded:
    """Close the entries first: what the document says otherwise is then no conflict with them. A
    document that has its record already, as when the poll was faster, keeps it: ours gives way."""
    feed.take(conn)
    lanes.check_held(conn, claimed)
    clock = tools.clock()
    told = lanes.record_success(conn, claimed.key, claimed.entries, clock.now_ms)
    collection, name = collection_of(claimed.key), str(seen["name"])
    known = shadows.keys_of(conn, {(collection, name)})
    if known.get((collection, name), claimed.key) != claimed.key:
        gone = {claimed.key: clock.now_ms}
        return Recorded(told.poked | bury(conn, gone, ERP, tools.new_id, clock))
    shadows.name_record(conn, claimed.key, name)
    taken = take_documents(tools, collection, [seen], {}, conn)
    return Recorded(told.poked | taken.poked)
