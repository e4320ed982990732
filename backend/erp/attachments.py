"""Attaches photos, signatures and evidence to their visit's document in ERPNext, one by one.

The site makes another file each time it is asked: a file is named by its mutation, and the document
is asked for that name before an upload, and after it.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from backend.erp.answers import NotNow
from backend.erp.attempt import Failure, attempt, lane_after
from backend.erp.availability import Availability
from backend.erp.client import AuthFailed, Filter
from backend.erp.files import Contents, Lacking
from backend.erp.mapping import Mapping
from backend.erp.tools import Tools
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.store import attachments
from backend.store.attachments import Attachment, File
from sync.lane import is_forbidden

FILE: Final = "File"
# A request whose answer does not come is ended by the site after so long (bench: `http_timeout` of
# common_site_config, gunicorn's `-t`): until then the file may still appear.
SITE_GIVES_UP_S: Final = 120.0


def is_attaching(mapping: Mapping) -> bool:
    """Whether photos of visits become files of ERPNext."""
    job = mapping.entities.get("job")
    return job is not None and job.attachments


class Attachments:
    """The way of the photos; one process at a time may have one. `random` gives fractions in
    [0, 1)."""

    def __init__(
        self,
        tools: Tools,
        available: Availability,
        contents: Contents,
        random: Callable[[], float],
    ) -> None:
        self._tools = tools
        self._available = available
        self._contents = contents
        self._random = random

    async def attach_all(self) -> int:
        """Attach what is due while ERPNext may be called; gives how many rows were tried."""
        tried = 0
        while await self._attach_next():
            tried += 1
        return tried

    async def _attach_next(self) -> bool:
        mapping = self._tools.mapping
        if not is_attaching(mapping) or not await self._available.may_call():
            return False
        look = partial(attachments.next_due, now_ms=self._now())
        due = await self._tools.writer.run(look)
        if due is None:
            return False
        await self._settle(due, mapping.entities["job"].doctype)
        return True

    async def _settle(self, due: Attachment, doctype: str) -> None:
        """Attach, and record what became of it; only cancellation gets out."""
        failure = await attempt(self._attach_each(due, doctype), self._available, due.key)
        if failure is None:
            filed = partial(attachments.record_attached, mutation_id=due.mutation)
            sent = partial(filed, due_at=due.lane.due_at, now_ms=self._now())
            await self._tools.writer.run(sent)
            return
        await self._store(due, failure)
        if isinstance(failure, Refused):
            await self._say_refused(due, failure.kind)

    async def _attach_each(self, due: Attachment, doctype: str) -> None:
        """What lacks its bytes keeps no other file back. Raises Unavailable or Refused."""
        lacking: Lacking | None = None
        for file in self._contents.files(due):
            try:
                await self._attach(due, file, doctype)
            except Lacking as error:
                lacking = error
        if lacking is not None:
            raise lacking

    async def _attach(self, due: Attachment, file: File, doctype: str) -> None:
        if await self._is_there(due, file, doctype):
            return
        content = await self._contents.of(due, file)
        named: list[Filter] = [("name", "=", due.upstream_name)]
        # The site would attach to a document that is gone or renamed.
        if not await self._tools.client.list_docs(doctype, ["name"], named):
            raise Refused("document-missing")
        await self._upload(due, file, content, doctype)
        if not await self._is_there(due, file, doctype):
            raise NotNow("file-not-seen")

    async def _upload(self, due: Attachment, file: File, content: bytes, doctype: str) -> None:
        sent = file.name, content, file.media_type
        try:
            await self._tools.client.upload(sent, doctype, due.upstream_name)
        except AuthFailed:
            raise
        except Unavailable as error:
            wait_s = max(error.retry_after_s or 0.0, SITE_GIVES_UP_S)
            raise NotNow(error.kind, wait_s) from error

    async def _is_there(self, due: Attachment, file: File, doctype: str) -> bool:
        known: list[Filter] = [
            ("attached_to_doctype", "=", doctype),
            ("attached_to_name", "=", due.upstream_name),
            ("file_name", "=", file.name),
        ]
        return bool(await self._tools.client.list_docs(FILE, ["name"], known, limit=1))

    async def _say_refused(self, due: Attachment, kind: str) -> None:
        """When we may not write files at all, no other is sent in vain."""
        if is_forbidden(kind):
            parking = partial(attachments.park_all, error=kind, now_ms=self._now())
            await self._tools.writer.run(parking)
        log.error("erpnext refuses a file", extra={"lane": due.key, "kind": kind})

    async def _store(self, due: Attachment, failure: Failure) -> None:
        # Without an answer nobody calls: who fails as often as that is at fault itself.
        after = lane_after(failure, due.lane, self._now(), self._random(), others_pass=True)
        storing = partial(attachments.record_failure, mutation_id=due.mutation, after=after)
        await self._tools.writer.run(partial(storing, now_ms=self._now()))

    def _now(self) -> int:
        return self._tools.clock().now_ms
