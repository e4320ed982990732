"""Takes in what changed in ERPNext, doctype by doctype, and says what cannot be read."""

from collections.abc import Sequence
from functools import partial

from backend.erp.availability import Availability
from backend.erp.client import AuthFailed
from backend.erp.inbound import poll
from backend.erp.outbound import Tools
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store import backlog


class Polls:
    """The way in; it remembers what it has said, so that the log has one line of it."""

    def __init__(self, tools: Tools, available: Availability) -> None:
        self._tools = tools
        self._available = available
        self._refused: set[str] = set()
        self._unread: dict[str, frozenset[str]] = {}

    async def poll_all(self) -> int:
        """Poll every doctype once, link targets first; gives how many mutations came of it.

        A doctype that is refused does not keep the others from being read.
        """
        began_at, changed, whole = self._tools.clock().now_ms, 0, True
        for collection in self._tools.mapping.entities:
            if not await self._available.may_call():
                return changed
            try:
                changed += await self._poll(collection)
                await self._available.answered()
            except AuthFailed as error:
                whole = False
                await self._available.stopped(error)
            except Unavailable as error:
                whole = False
                await self._available.failed(error.kind)
            except Refused as error:
                await self._available.answered()
                self._say_refused(collection, error.kind)
        if whole:
            await self._tools.writer.run(partial(backlog.note_poll, began_at=began_at))
        return changed

    async def _poll(self, collection: str) -> int:
        polled = await poll(self._tools, collection)
        self._refused.discard(collection)
        self._say_unread(collection, polled.unread)
        return polled.changed

    def _say_refused(self, collection: str, kind: str) -> None:
        if collection not in self._refused:
            log.error("erpnext poll refused", extra={"of": collection, "kind": kind})
        self._refused.add(collection)

    def _say_unread(self, collection: str, names: Sequence[str]) -> None:
        """One line a document, until all can be read again."""
        for name in sorted(set(names) - self._unread.get(collection, frozenset())):
            log.error("erpnext document unreadable", extra={"of": collection, "document": name})
        self._unread[collection] = frozenset(names)
