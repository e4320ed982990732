"""Takes in what changed in ERPNext, doctype by doctype, and says what cannot be read."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from backend.erp.attempt import tell
from backend.erp.availability import Availability
from backend.erp.deletions import bury_deleted
from backend.erp.inbound import poll
from backend.erp.sweep import night_of, sweep
from backend.erp.tools import Tools
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store import backlog


class Polls:
    """The way in; it remembers what it has said, so that the log has one line of it."""

    def __init__(self, tools: Tools, available: Availability) -> None:
        self._tools = tools
        self._available = available
        self._may_hear = True
        self._refused: set[str] = set()
        self._unread: dict[str, frozenset[str]] = {}

    async def poll_all(self) -> int:
        """Poll every doctype once, link targets first; gives how many mutations came of it.

        A doctype that is refused does not keep the others from being read. But while the visits
        are, it is not known what the office did of them, and what bills goes on waiting.
        """
        began_at = self._tools.clock().now_ms
        changed = await self._of_all(self._poll)
        if changed is not None and "job" not in self._refused:
            await self._tools.writer.run(partial(backlog.note_poll, began_at=began_at))
        return (changed or 0) + await self._hear_deletions()

    async def sweep_when_due(self) -> None:
        """Compare every document, once a night; the first night ends with the first poll."""
        now_ms, zone = self._tools.clock().now_ms, self._tools.mapping.zone
        last = await self._tools.writer.run(backlog.swept_at)
        if last is not None and night_of(last, zone) >= night_of(now_ms, zone):
            return
        if last is None or await self.sweep_all():
            await self._tools.writer.run(partial(backlog.note_sweep, began_at=now_ms))

    async def sweep_all(self) -> bool:
        """Compare every document of every doctype with its shadow; whether all could be asked."""
        self._may_hear = True
        return await self._of_all(self._sweep) is not None

    async def _of_all(self, work: Callable[[str], Awaitable[int]]) -> int | None:
        """The sum over all doctypes; None when one of them could not be read."""
        total: int | None = 0
        for collection in self._tools.mapping.entities:
            if not await self._available.may_call():
                return None
            found = await self._of_one(work, collection)
            total = None if total is None or found is None else total + found
        return total

    async def _of_one(self, work: Callable[[str], Awaitable[int]], collection: str) -> int | None:
        """What came of one doctype; None when it could not be read, whoever's fault that is."""
        try:
            found = await work(collection)
        except (Unavailable, Refused) as failure:
            await tell(self._available, failure)
            if not isinstance(failure, Refused):
                return None
            self._say_refused(collection, failure.kind)
            return 0
        except Exception:  # noqa: BLE001  (one doctype that we fail on hides no other)
            log.error("reading erpnext failed", exc_info=True, extra={"of": collection})
            return None
        await self._available.answered()
        return found

    async def _hear_deletions(self) -> int:
        """A site that does not let us read its list is asked again after the next sweep."""
        if not self._may_hear or not await self._available.may_call():
            return 0
        try:
            return await bury_deleted(self._tools)
        except (Unavailable, Refused) as failure:
            await tell(self._available, failure)
            self._may_hear = not isinstance(failure, Refused)
            return 0

    async def _poll(self, collection: str) -> int:
        polled = await poll(self._tools, collection)
        self._refused.discard(collection)
        self._say_unread(collection, polled.unread)
        return polled.changed

    async def _sweep(self, collection: str) -> int:
        swept = await sweep(self._tools, collection)
        if any(swept):
            log.info("erpnext swept", extra={"of": collection, **swept._asdict()})
        return swept.changed

    def _say_refused(self, collection: str, kind: str) -> None:
        if collection not in self._refused:
            log.error("erpnext poll refused", extra={"of": collection, "kind": kind})
        self._refused.add(collection)

    def _say_unread(self, collection: str, names: Sequence[str]) -> None:
        """One line a document, until all can be read again."""
        for name in sorted(set(names) - self._unread.get(collection, frozenset())):
            log.error("erpnext document unreadable", extra={"of": collection, "document": name})
        self._unread[collection] = frozenset(names)
