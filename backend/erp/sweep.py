"""Reads every document of a doctype at night and compares it with its shadow.

The poll follows `modified`: a rename and a deletion do not touch it, a silent write need not, and a
clock that was set back falsifies it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from backend.erp.client import PAGE, Filter
from backend.erp.deletions import Deletion, bury_deletions, told_deletions, untold
from backend.erp.mapping import Entity
from backend.erp.renames import follow_renames, is_gone
from backend.erp.taking import take_documents
from backend.erp.tools import Tools
from backend.erp.whole import differs, fields, read_whole
from backend.errors import Refused
from backend.log import log
from backend.store import shadows

# The quiet hour of a field service, local time.
NIGHT: Final = timedelta(hours=3)
# More at once is a site that was put back, or rights that were taken away: a human must look.
GONE_AT_MOST: Final = 0.5
MANY: Final = 10

Document = dict[str, Any]


class Swept(NamedTuple):
    """What a sweep found: mutations made, documents with a new name, and deleted ones."""

    changed: int
    renamed: int
    deleted: int


def night_of(instant_ms: int, zone: ZoneInfo) -> date:
    """The night that an instant (UTC ms) belongs to: it begins at NIGHT, local time."""
    return (datetime.fromtimestamp(instant_ms / 1000, zone) - NIGHT).date()


async def sweep(tools: Tools, collection: str) -> Swept:
    """Compare all documents of one collection's doctype; raises Unavailable or Refused."""
    entity = tools.mapping.entities[collection]
    known = await tools.writer.run(partial(shadows.living, doctype=entity.doctype))
    there = {str(row["name"]): row async for row in _rows(tools, entity)}
    unknown = [row for name, row in there.items() if name not in known]
    renamed = await follow_renames(tools, entity, unknown, known)
    missing = [name for name in known if name not in there and name not in renamed]
    gone = [name for name in missing if await is_gone(tools, entity, name)]
    deletions = await _deletions(tools, collection, gone, len(known))
    burying = partial(bury_deletions, tools, collection, deletions)
    changed = (await tools.writer.run(burying)).tombstones
    changed += sum([n async for n in _compared(tools, collection, list(there))])
    return Swept(changed, len(renamed), len(deletions))


async def _deletions(
    tools: Tools, collection: str, gone: Sequence[str], known: int
) -> list[Deletion]:
    """Who deleted what is gone, and when. What nobody is said to have deleted is believed gone
    only when it is not too much at once."""
    try:
        told = await told_deletions(tools, tools.mapping.entities[collection].doctype, gone)
    except Refused:
        told = {}
    rest = [name for name in gone if name not in told]
    if _are_too_many(len(rest), known):
        log.error("erpnext lost too many documents", extra={"of": collection, "n": len(rest)})
        rest = []
    return [*told.values(), *(untold(tools, name) for name in rest)]


async def _rows(tools: Tools, entity: Entity) -> AsyncIterator[Document]:
    """Pages by name: what is saved meanwhile does not move."""
    after, fields = "", ["name", "creation", "owner"]
    while True:
        further: list[Filter] = [*entity.filters, *([("name", ">", after)] if after else [])]
        rows = await tools.client.list_docs(entity.doctype, fields, further, "name asc")
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = str(rows[-1]["name"])


def _are_too_many(deleted: int, known: int) -> bool:
    return deleted >= MANY and deleted > known * GONE_AT_MOST


async def _compared(tools: Tools, collection: str, names: Sequence[str]) -> AsyncIterator[int]:
    """By page: how many mutations came of what differs from its shadow."""
    entity = tools.mapping.entities[collection]
    for start in range(0, len(names), PAGE):
        some = names[start : start + PAGE]
        known = await tools.writer.run(
            partial(shadows.load_shadows, doctype=entity.doctype, names=some)
        )
        documents = await read_whole(tools.client, entity, some)
        seen = {name: shadow.document for name, shadow in known.items()}
        differing = [
            each for each in documents if differs(fields(entity), seen.get(each["name"], {}), each)
        ]
        if differing:
            expected = {name: shadow.modified for name, shadow in known.items()}
            taking = partial(take_documents, tools, collection, differing, expected)
            yield (await tools.writer.run(taking)).changed
