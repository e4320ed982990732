"""Polls ERPNext for what changed there, doctype by doctype, link targets first.

`modified` is stamped when a document is saved and seen when it is committed: every poll reads
again what lies a while before the newest that was seen.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from backend.erp.adopting import adopt_own
from backend.erp.client import PAGE, AuthFailed, ErpClient, Filter, Outcome
from backend.erp.mapping import Entity
from backend.erp.renames import former_stamps
from backend.erp.taking import Taken, take_documents
from backend.erp.tools import Tools
from backend.erp.values import local_text
from backend.erp.whole import columns, pays, read_whole
from backend.errors import Refused, Unavailable
from backend.store import shadows
from backend.store.connection import Connection
from sync.lane import is_unexplained

# Longer than any request of the site may take between the stamp and the commit.
OVERLAP: Final = timedelta(minutes=5)
# While clocks go back an hour, new stamps are an hour below the ones seen before.
DST_OVERLAP: Final = timedelta(minutes=70)
_NEAR_DST: Final = timedelta(hours=2)
_STAMP: Final = "%Y-%m-%d %H:%M:%S.%f"

Document = dict[str, Any]


class Polled(NamedTuple):
    """What one poll of a doctype found: rows that differ from their shadows, mutations made, and
    the documents that could not be read (they are asked for again at the next poll)."""

    documents: int
    changed: int
    unread: tuple[str, ...] = ()


class _Page(NamedTuple):
    """What of a page is news: documents, and the rows whose document cannot be read; `known` are
    the stamps of the shadows from before."""

    documents: list[Document]
    unread: list[Document]
    known: dict[str, str]


async def poll(tools: Tools, collection: str) -> Polled:
    """Read what changed of one collection's doctype; raises Unavailable or Refused.

    The cursor moves page by page to the newest `modified` of the page, never past a document that
    cannot be read (the others are taken all the same), and never past now: a stamp of days to come
    would hide all that is saved until then.
    """
    entity = tools.mapping.entities[collection]
    limit = local_text(tools.clock().now_ms, tools.mapping.zone)
    stored = await tools.writer.run(partial(shadows.read_cursor, doctype=entity.doctype))
    cursor, found = min(stored, limit), Polled(0, 0)
    start = since(cursor, tools.mapping.zone)
    changed = pages(tools.client, entity.doctype, columns(entity), entity.filters, start)
    async for rows in changed:
        page = await _read_page(tools, collection, rows, is_first=not cursor)
        limit = min([limit, *(str(row["modified"]) for row in page.unread)])
        newest = max(cursor, min(str(rows[-1]["modified"]), limit))
        if not page.documents and newest == cursor:
            continue
        cursor = newest
        taking = partial(_take, tools, collection, page, cursor)
        found = _with(found, page, await tools.writer.run(taking))
    return found


def since(cursor: str, zone: ZoneInfo) -> str:
    """From which `modified` on to read again, "" for everything; `cursor` is local text."""
    if not cursor:
        return ""
    newest = datetime.fromisoformat(cursor)
    overlap = DST_OVERLAP if _leaves_dst(newest, zone) else OVERLAP
    return (newest - overlap).strftime(_STAMP)


def _leaves_dst(local: datetime, zone: ZoneInfo) -> bool:
    before, after = (
        (local - _NEAR_DST).replace(tzinfo=zone),
        (local + _NEAR_DST).replace(tzinfo=zone),
    )
    earlier, later = before.utcoffset(), after.utcoffset()
    return earlier is not None and later is not None and later < earlier


async def pages(
    client: ErpClient, doctype: str, fields: Sequence[str], of: Sequence[Filter], start: str
) -> AsyncIterator[list[Document]]:
    """Pages of rows by `modified` from `start` on ("": all), each row once; `of` are the filters.

    By key, not by offset: a document saved meanwhile moves to the end and would shift all others.
    Only within one `modified`, of which a page may be full, the offset counts.
    """
    seen: set[tuple[str, str]] = set()
    offset = 0
    while True:
        filters: list[Filter] = [*of, *([("modified", ">=", start)] if start else [])]
        rows = await client.list_docs(doctype, fields, filters, start=offset)
        new = [row for row in rows if (row["name"], row["modified"]) not in seen]
        seen |= {(row["name"], row["modified"]) for row in new}
        if new:
            yield new
        if len(rows) < PAGE:
            return
        last = str(rows[-1]["modified"])
        offset = offset + PAGE if last == start else 0
        start = last


async def _read_page(
    tools: Tools, collection: str, rows: list[Document], *, is_first: bool
) -> _Page:
    """On the first reading of all nothing can have been renamed."""
    entity = tools.mapping.entities[collection]
    names = [str(row["name"]) for row in rows]
    known = await tools.writer.run(partial(shadows.stamps, doctype=entity.doctype, names=names))
    unknown = [row for row in rows if str(row["name"]) not in known]
    if unknown:
        await adopt_own(tools, collection)
    if unknown and not is_first:
        known |= await former_stamps(tools, entity, unknown)
    fresh = [row for row in rows if known.get(str(row["name"])) != row["modified"]]
    return _Page(*await _read_all(tools, entity, fresh), known)


async def _read_all(
    tools: Tools, entity: Entity, rows: list[Document]
) -> tuple[list[Document], list[Document]]:
    """The documents of some rows, and the rows whose document alone cannot be read."""
    if not entity.tables:
        return rows, []
    together = await _read_together(tools, entity, rows) if pays(entity, len(rows)) else []
    there = {document["name"] for document in together}
    single, unread = await _read_each(tools, entity, [r for r in rows if r["name"] not in there])
    return together + single, unread


async def _read_together(tools: Tools, entity: Entity, rows: list[Document]) -> list[Document]:
    """By few requests; none of them when that cannot be done, as one may be at fault."""
    try:
        return await read_whole(tools.client, entity, [str(row["name"]) for row in rows])
    except Refused:
        return []
    except Unavailable as error:
        if isinstance(error, AuthFailed) or not is_unexplained(error.kind):
            raise
        return []


async def _read_each(
    tools: Tools, entity: Entity, rows: list[Document]
) -> tuple[list[Document], list[Document]]:
    """As `_read_all`, one by one.

    An upstream that is away, by its own word, stops everything; it is no document's fault.
    """
    documents, unread = [], []
    for row in rows:
        try:
            document = await tools.client.get_doc(entity.doctype, str(row["name"]))
            if not isinstance(document, Outcome):  # gone meanwhile
                documents.append(document)
        except AuthFailed:
            raise
        except Unavailable as error:
            if not is_unexplained(error.kind):
                raise
            unread.append(row)
        except Refused:
            unread.append(row)
    return documents, unread


def _take(tools: Tools, collection: str, page: _Page, cursor: str, conn: Connection) -> Taken:
    taken = take_documents(tools, collection, page.documents, page.known, conn)
    doctype = tools.mapping.entities[collection].doctype
    shadows.move_cursor(conn, doctype, cursor, tools.clock().now_ms)
    return taken


def _with(found: Polled, page: _Page, taken: Taken) -> Polled:
    unread = (str(row["name"]) for row in page.unread)
    return Polled(
        found.documents + len(page.documents),
        found.changed + taken.changed,
        (*found.unread, *unread),
    )
