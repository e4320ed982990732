"""Takes ERPNext's webhooks as hints: a document's name to look at now, and nothing else.

A webhook has no time and no number, so anybody who saw one could send it again, and one that
fails a few times is lost: only what is then read counts, and the poll finds the rest.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

import msgspec

from backend.erp.client import Outcome
from backend.erp.mapping import Mapping
from backend.erp.renames import former_stamps
from backend.erp.taking import take_documents
from backend.erp.tools import Tools
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store import shadows

WAITING: Final = 1000
NAME_CHARACTERS: Final = 140  # of every document's name: frappe's column is varchar(140)


class Hint(msgspec.Struct, frozen=True):
    """What a webhook says: the document that was saved or deleted."""

    doctype: str
    name: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)]


class Hints:
    """The documents that ERPNext spoke of, until they are read; its length is how many wait.

    `secret` reads what signs the webhooks, for every one, so that a new one counts at once; above
    `most` hints are left to the poll.
    """

    def __init__(self, secret: Callable[[], str], mapping: Mapping, most: int = WAITING) -> None:
        self._secret = secret
        self._most = most
        self._collections = mapping.collections
        self._waiting: dict[tuple[str, str], None] = {}
        self._come = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether the secret signed these bytes: base64 of HMAC-SHA256, compared in constant time
        (frappe/integrations/doctype/webhook/webhook.py, `get_webhook_headers`). While the secret
        cannot be read nothing is signed."""
        try:
            secret = self._secret().encode()
        except (OSError, ValueError):
            return False
        made = base64.b64encode(hmac.digest(secret, body, hashlib.sha256))
        return hmac.compare_digest(made, signature.encode())

    def take(self, body: bytes) -> None:
        """Remember what a signed body names; what we do not read is nothing to us."""
        try:
            hint = msgspec.json.decode(body, type=Hint)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        collection = self._collections.get(hint.doctype)
        if collection and len(self) < self._most:
            self._waiting[collection, hint.name] = None
            self._come.set()

    async def run(self, tools: Tools) -> None:
        """Read what is hinted at until cancelled."""
        while True:
            await self._come.wait()
            self._come.clear()
            await self.follow(tools)

    async def follow(self, tools: Tools) -> None:
        """Read every document that waits; what cannot be read now is left to the poll."""
        while self._waiting:
            collection, name = next(iter(self._waiting))
            del self._waiting[collection, name]
            try:
                await look_at(tools, collection, name)
            except (Unavailable, Refused, AppError) as error:
                log.warning("hint not followed", extra={"of": collection, "kind": str(error)})


async def look_at(tools: Tools, collection: str, name: str) -> int:
    """Read one document and take in what changed; gives how many mutations came of it.

    One that is gone, or that the filters leave out, is no news: the sweep tells what was deleted.
    Raises Unavailable or Refused.
    """
    entity = tools.mapping.entities[collection]
    known = await tools.writer.run(lambda conn: shadows.stamps(conn, entity.doctype, [name]))
    filters = [*entity.filters, ("name", "=", name)]
    fields = ["name", "modified", "creation", "owner"]
    rows = await tools.client.list_docs(entity.doctype, fields, filters, limit=1)
    if rows and not known:
        known = await former_stamps(tools, entity, rows)
    if not rows or known.get(name) == rows[0]["modified"]:
        return 0
    document = await tools.client.get_doc(entity.doctype, name)
    if isinstance(document, Outcome):
        return 0

    taking = partial(take_documents, tools, collection, [document], known)
    return (await tools.writer.run(taking)).changed
