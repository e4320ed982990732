"""Looks at an ERPNext site as far as the mapping needs it: reads only, decides nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from backend.erp.attachments import FILE, is_attaching
from backend.erp.client import Outcome
from backend.erp.deletions import DELETED
from backend.erp.mapping import Mapping
from backend.erp.meta import Meta
from backend.erp.site import SiteClient
from backend.errors import Refused

READ: Final = "read"
RIGHTS: Final = ("write", "create", "delete")


class Survey(NamedTuple):
    """What a site says of itself.

    `skew_s` is how far its clock is ahead of ours, None when it does not tell. `metas` are the
    doctypes that are there, `rights` what our user may do with each.
    """

    user: str
    versions: dict[str, str]
    zone: str
    skew_s: float | None
    metas: dict[str, Meta]
    rights: dict[str, frozenset[str]]


async def survey(client: SiteClient, mapping: Mapping, now: datetime) -> Survey:
    """All that the check judges; `now` is our clock, aware. Raises Unavailable or Refused."""
    user = await client.whoami()
    date = await client.date()
    own = [*(entity.doctype for entity in mapping.entities.values()), *_beside(mapping)]
    metas = await _metas(client, own)
    metas |= await _metas(client, _linked(mapping, metas))
    rights = {doctype: await _rights(client, doctype) for doctype in own if doctype in metas}
    versions, zone = await client.versions(), await client.time_zone()
    skew_s = None if date is None else (date - now).total_seconds()
    return Survey(user, versions, zone, skew_s, metas, rights)


def _beside(mapping: Mapping) -> list[str]:
    """The doctypes that are used beside those of the entities."""
    own = [each.doctype for each in (mapping.ledger, mapping.todo) if each]
    return [*own, *([FILE] if is_attaching(mapping) else []), DELETED]


def _linked(mapping: Mapping, metas: dict[str, Meta]) -> set[str]:
    """The child doctypes, and those that a row of one links to."""
    found = set()
    for entity in mapping.entities.values():
        meta = metas.get(entity.doctype)
        for table in entity.tables.values():
            field = meta.field(table.field) if meta else None
            found |= {field.options or ""} if field else set()
            found |= {table.link.doctype} if table.link else set()
    return found - set(metas) - {""}


async def _metas(client: SiteClient, doctypes: Iterable[str]) -> dict[str, Meta]:
    metas = {}
    for doctype in sorted(set(doctypes)):
        meta = await client.meta(doctype)
        if not isinstance(meta, Outcome):
            metas[doctype] = meta
    return metas


async def _rights(client: SiteClient, doctype: str) -> frozenset[str]:
    """Reading is tried, as the poll does it; the rest is asked."""
    try:
        rows = await client.list_docs(doctype, ["name"], limit=1)
    except Refused:
        return frozenset()
    name = str(rows[0]["name"]) if rows else ""
    return frozenset({READ, *[right for right in RIGHTS if await client.may(right, doctype, name)]})
