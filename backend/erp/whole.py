"""Reads many whole documents by few requests: a list of the rows, and one of each child table."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from backend.erp.client import ErpClient
from backend.erp.mapping import Entity

Document = dict[str, Any]


def columns(entity: Entity) -> list[str]:
    """Columns of a list: child tables are not in lists."""
    own = {field.field for field in entity.cells.values()} | set(entity.notes.values())
    return sorted(own | {"name", "modified", "creation", "owner"})


def fields(entity: Entity) -> list[str]:
    """All that is read of a whole document: its columns and its child tables."""
    return [*columns(entity), *(table.field for table in entity.tables.values())]


def differs(among: Collection[str], known: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether a document has other values in some fields than it was last seen with, whatever its
    stamp says: `frappe.db.set_value(update_modified=False)` leaves that as it was."""
    return any((known.get(field) or None) != (document.get(field) or None) for field in among)


def pays(entity: Entity, count: int) -> bool:
    """Whether so many documents take fewer requests together than one by one."""
    return count > len(entity.tables) + 1


async def read_whole(client: ErpClient, entity: Entity, names: Sequence[str]) -> list[Document]:
    """The documents of those names with their child rows; raises Unavailable or Refused.

    The rows come first: of a document that is saved between the requests the stamp is the older
    one, so that no write passes with it and the next poll reads it again.
    """
    if not names:
        return []
    rows = await read_rows(client, entity, names)
    tables = await _tables(client, entity, names) if entity.tables else {}
    return [row | {field: found[row["name"]] for field, found in tables.items()} for row in rows]


async def read_rows(client: ErpClient, entity: Entity, names: Sequence[str]) -> list[Document]:
    """The documents of those names that are there, without their child rows."""
    return await client.list_all(entity.doctype, columns(entity), [("name", "in", names)])


async def _tables(
    client: ErpClient, entity: Entity, names: Sequence[str]
) -> dict[str, defaultdict[str, list[Document]]]:
    """By field and document: the child rows in their order, as they go back."""
    kinds = await client.child_doctypes(entity.doctype)
    found: dict[str, defaultdict[str, list[Document]]] = {}
    for table in entity.tables.values():
        of = [("parent", "in", names), ("parentfield", "=", table.field)]
        rows = await client.list_all(
            kinds.get(table.field, ""), ["*"], of, "parent asc, idx asc", entity.doctype
        )
        found[table.field] = defaultdict(list)
        for row in rows:
            found[table.field][str(row["parent"])].append(row)
    return found
