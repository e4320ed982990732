"""Notes mutations in ERPNext's own ledger: one document each, named by the mutation.

A row proves only itself: that a document holds what a mutation did is proved by reading it back.
"""

from collections.abc import Sequence
from typing import Any

from backend.erp.client import INSERT_MANY, ErpClient, Outcome
from backend.erp.mapping import Ledger, Mapping
from backend.erp.values import local_text
from backend.errors import Refused
from backend.store.outbox import Claimed, Entry
from sync.collections import is_job
from sync.lane import LEDGER

Document = dict[str, Any]


async def note_in_ledger(client: ErpClient, mapping: Mapping, claimed: Sequence[Claimed]) -> None:
    """Insert the rows of every entry, each once however often it is tried; nothing to do without
    a ledger in the mapping. Raises Unavailable or Refused, its kind after LEDGER."""
    ledger = mapping.ledger
    if ledger is None:
        return
    rows = [_row(mapping, ledger, lane, entry) for lane in claimed for entry in lane.entries]
    try:
        for start in range(0, len(rows), INSERT_MANY):
            await _insert(client, ledger, rows[start : start + INSERT_MANY])
    except Refused as error:
        raise Refused(f"{LEDGER}{error.kind}") from error


async def _insert(client: ErpClient, ledger: Ledger, rows: list[Document]) -> None:
    """All or none: what is there already, as after a lost answer, is left out first."""
    if await _inserted(client, ledger, rows):
        return
    names = [row["name"] for row in rows]
    known = await client.list_all(ledger.doctype, ["name"], [("name", "in", names)])
    there = {str(row["name"]) for row in known}
    missing = [row for row in rows if row["name"] not in there]
    if not missing or await _inserted(client, ledger, missing):
        return
    for row in missing:
        await client.insert(ledger.doctype, row)


async def _inserted(client: ErpClient, ledger: Ledger, rows: list[Document]) -> bool:
    """Whether all are there now; a single one's duplicate name means that it is."""
    if len(rows) == 1:
        await client.insert(ledger.doctype, rows[0])
        return True
    return await client.insert_many(rows) is not Outcome.DUPLICATE


def _row(mapping: Mapping, ledger: Ledger, claimed: Claimed, entry: Entry) -> Document:
    document = {
        "doctype": ledger.doctype,
        "name": entry.mutation,
        ledger.kind: entry.kind,
        ledger.device: entry.device,
        ledger.occurred_at: local_text(entry.made_at, mapping.zone),
        ledger.payload: entry.payload.decode(errors="replace"),
    }
    return document | ({ledger.job: claimed.upstream_name} if is_job(claimed.key) else {})
