"""Follows documents that got another name in ERPNext: they stay the same record.

A rename moves no stamp and leaves no trace under the old name; who made a document and when is what
nobody can change (erpnext: `creation`, `owner`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from backend.erp.client import Outcome
from backend.erp.mapping import Entity
from backend.erp.tools import Tools
from backend.store import lanes, shadows
from backend.store.connection import Connection

Document = dict[str, Any]
Maker = tuple[str, str]


async def follow_renames(
    tools: Tools, entity: Entity, new: Sequence[Document], known: Mapping[str, Document]
) -> dict[str, str]:
    """Give records the new names of their documents; gives old name -> new name.

    `new` are rows of unknown names, `known` the documents as last seen, by name. Raises Unavailable
    or Refused. Where a maker and an instant are those of several documents nothing is concluded.
    """
    found = _pairs(new, known)
    gone = {old: to for old, to in found.items() if await is_gone(tools, entity, old)}
    for old, to in gone.items():
        await tools.writer.run(partial(_rename, tools, entity.doctype, old, to))
    return gone


async def former_stamps(
    tools: Tools, entity: Entity, unknown: Sequence[Document]
) -> dict[str, str]:
    """By new name: `modified` of the shadow that a document of an unknown name has under its former
    one, after its record has been given the new name."""
    living = await tools.writer.run(partial(shadows.living, doctype=entity.doctype))
    renamed = await follow_renames(tools, entity, unknown, living)
    return {new: str(living[old]["modified"]) for old, new in renamed.items()}


async def is_gone(tools: Tools, entity: Entity, name: str) -> bool:
    """Whether no document has a name any more: one that is only kept from a list has it still."""
    return await tools.client.get_doc(entity.doctype, name) is Outcome.NOT_FOUND


def _pairs(new: Sequence[Document], known: Mapping[str, Document]) -> dict[str, str]:
    makers = Counter(map(_maker, new))
    before = Counter(map(_maker, known.values()))
    names = {_maker(row): str(row["name"]) for row in new}
    return {
        name: names[_maker(document)]
        for name, document in known.items()
        if makers[_maker(document)] == before[_maker(document)] == 1 and all(_maker(document))
    }


def _maker(document: Document) -> Maker:
    return str(document.get("creation") or ""), str(document.get("owner") or "")


def _rename(tools: Tools, doctype: str, old: str, new: str, conn: Connection) -> None:
    key = shadows.rename(conn, doctype, old, new)
    lanes.unpark(conn, key, tools.clock().now_ms)
