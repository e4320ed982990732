"""Hears of documents that were deleted in ERPNext by the site's own list of them: who, and when.

The webhook of a deletion can be lost, and the poll reads what is there. A user without the right to
that list waits for the sweep, which finds that a document is missing.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

import msgspec

from backend.erp.inbound import pages, since
from backend.erp.reading import OFFICE
from backend.erp.renames import is_gone
from backend.erp.taking import ERP, bury
from backend.erp.tools import Tools
from backend.erp.values import instant_of, local_text
from backend.store import shadows
from backend.store.connection import Connection

DELETED: Final = "Deleted Document"  # frappe/core/doctype/deleted_document/deleted_document.json
_COLUMNS: Final = ("name", "deleted_doctype", "deleted_name", "owner", "creation", "modified")

Document = dict[str, Any]


class Deletion(NamedTuple):
    """One document that is gone: the user who deleted it, and when (UTC ms)."""

    name: str
    by: str
    at: int


class Buried(NamedTuple):
    """How many records became tombstones, and which technicians to poke."""

    tombstones: int
    poked: frozenset[str]


async def bury_deleted(tools: Tools) -> int:
    """Make tombstones of what was deleted since the last time; gives how many.

    Raises Unavailable, or Refused without the right to read the list.
    """
    now = local_text(tools.clock().now_ms, tools.mapping.zone)  # as the poll: never past it
    stored = await tools.writer.run(partial(shadows.read_cursor, doctype=DELETED))
    cursor = min(stored, now)
    ours, start = tools.mapping.collections, since(cursor, tools.mapping.zone)
    count = 0
    of = [("deleted_doctype", "in", sorted(ours))]
    async for rows in pages(tools.client, DELETED, _COLUMNS, of, start):
        for doctype in sorted({str(row["deleted_doctype"]) for row in rows}):
            some = [row for row in rows if row["deleted_doctype"] == doctype]
            count += await _bury_rows(tools, ours[doctype], some)
        cursor = max(cursor, min(str(rows[-1]["modified"]), now))
        moving = partial(shadows.move_cursor, doctype=DELETED, modified=cursor)
        await tools.writer.run(partial(moving, now_ms=tools.clock().now_ms))
    return count


async def told_deletions(tools: Tools, doctype: str, names: Sequence[str]) -> dict[str, Deletion]:
    """By name what the list tells of documents of one doctype. Raises Unavailable or Refused."""
    if not names:
        return {}
    of = [("deleted_doctype", "=", doctype), ("deleted_name", "in", list(names))]
    rows = await tools.client.list_all(DELETED, _COLUMNS, of, "creation asc, name asc")
    return _by_name(tools, rows)


def untold(tools: Tools, name: str) -> Deletion:
    """A document that is gone, and nobody says who did it: the office, as far as we know now."""
    return Deletion(name, "", tools.clock().now_ms)


def bury_deletions(
    tools: Tools, collection: str, deletions: Iterable[Deletion], conn: Connection
) -> Buried:
    """Tombstones, by the name of whoever deleted the documents."""
    by_user = sorted(deletions, key=lambda each: (each.by, each.name))
    keys = shadows.keys_of(conn, {(collection, each.name) for each in by_user})
    count, poked = 0, frozenset[str]()
    for by, some in groupby(by_user, key=lambda each: each.by):
        gone = {
            key: each.at for each in some if (key := keys.get((collection, each.name))) is not None
        }
        actor = msgspec.structs.replace(ERP, id=by or ERP.id, name=by or OFFICE)
        poked |= bury(conn, gone, actor, tools.new_id, tools.clock())
        count += len(gone)
    return Buried(count, poked)


async def _bury_rows(tools: Tools, collection: str, rows: Sequence[Document]) -> int:
    """A name may be that of a new document by now, or of none that we ever saw."""
    entity, found = tools.mapping.entities[collection], _by_name(tools, rows)
    looking = partial(shadows.living_among, doctype=entity.doctype, names=list(found))
    living = sorted(await tools.writer.run(looking))
    gone = [found[name] for name in living if await is_gone(tools, entity, name)]
    if not gone:
        return 0
    return (await tools.writer.run(partial(bury_deletions, tools, collection, gone))).tombstones


def _by_name(tools: Tools, rows: Iterable[Document]) -> dict[str, Deletion]:
    """The latest deletion of each name."""
    zone = tools.mapping.zone
    told = [
        Deletion(str(row["deleted_name"]), str(row["owner"]), instant_of(row["creation"], zone))
        for row in rows
    ]
    return {each.name: each for each in told}
