"""Knows again the documents that Terrain made.

A poll may meet one before its creation was recorded: it stays the record on which a
technician may work already.
"""

from collections.abc import Mapping
from functools import partial

from backend.erp.tools import Tools
from backend.errors import Refused
from backend.store import shadows
from backend.store.connection import Connection
from sync.collections import record_key


async def adopt_own(tools: Tools, collection: str) -> None:
    """Give records that have no document yet the names of those that hold their ids; asks nothing
    while there is no such record. Raises Unavailable."""
    entity = tools.mapping.entities[collection]
    waiting = await tools.writer.run(partial(shadows.unnamed, collection=collection))
    if not entity.id or not waiting:
        return
    ids = [key.partition("/")[2] for key in waiting]
    try:
        rows = await tools.client.list_all(
            entity.doctype, ["name", entity.id], [(entity.id, "in", ids)]
        )
    except Refused:  # a site without the field has none of ours
        return
    names = {record_key(collection, str(row[entity.id])): str(row["name"]) for row in rows}
    await tools.writer.run(partial(_name, names))


def _name(names: Mapping[str, str], conn: Connection) -> None:
    """A document that has a record by now keeps it."""
    for key, name in names.items():
        if not shadows.keys_of(conn, {(key.partition("/")[0], name)}):
            shadows.name_record(conn, key, name)
