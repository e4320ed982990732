"""Raises a ToDo in ERPNext for each conflict that the office must decide, and closes it after.

A unique field holds the conflict's id, by which a ToDo is looked up before it is made.
"""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any, Final

from backend.erp.client import Filter, Outcome
from backend.erp.creating import create_once
from backend.erp.mapping import Todo
from backend.erp.tools import Tools
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store.disputes import Dispute, open_disputes

EVERY_S: Final = 60.0
OPEN: Final = "Open"
CLOSED: Final = "Closed"

Document = dict[str, Any]


class Todos:
    """The life of the ToDos. `sleep` waits (s)."""

    def __init__(self, tools: Tools, todo: Todo, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._tools = tools
        self._todo = todo
        self._sleep = sleep
        self._raised: frozenset[str] | None = None  # None: not known since the start

    async def run(self) -> None:
        """Bring the ToDos up to date until cancelled."""
        while True:
            try:
                await self.bring_up_to_date()
            except (Unavailable, Refused, AppError) as error:
                log.warning("todos not up to date", extra={"kind": str(error)})
            await self._sleep(EVERY_S)

    async def bring_up_to_date(self) -> None:
        """One ToDo for each open conflict, none open for the others. One that a dispatcher closed
        stays closed. Raises Unavailable or Refused; what was done until then counts."""
        disputes = {each.conflict.id: each for each in await self._tools.writer.run(open_disputes)}
        if self._raised is None or self._raised - set(disputes):
            await self._close_all_but(set(disputes))
        self._raised = (self._raised or frozenset()) & set(disputes)
        for identity in sorted(set(disputes) - self._raised):
            await self._raise(disputes[identity])
            self._raised |= {identity}

    async def _raise(self, dispute: Dispute) -> None:
        """One that is refused, as when its document is gone, keeps no other back: the board has
        it all the same."""
        todo, known_by = self._todo, [(self._todo.id, "=", dispute.conflict.id)]
        try:
            document = self._document(dispute)
            await create_once(self._tools.client, todo.doctype, known_by, document)
        except Refused as error:
            log.error("todo refused", extra={"document": dispute.name, "kind": error.kind})

    async def _close_all_but(self, wanted: set[str]) -> None:
        doctype, own = self._todo.doctype, self._todo.id
        filters: list[Filter] = [(own, "is", "set"), ("status", "=", OPEN)]
        for row in await self._tools.client.list_all(doctype, ["name", "modified", own], filters):
            if row[own] not in wanted:
                await self._close(str(row["name"]), str(row["modified"]))

    async def _close(self, name: str, modified: str) -> None:
        """One that is refused keeps no other from being closed or made."""
        changes = {"status": CLOSED}
        try:
            saved = await self._tools.client.put(self._todo.doctype, name, changes, modified)
        except Refused as error:
            log.error("todo refused", extra={"document": name, "kind": error.kind})
            return
        if isinstance(saved, Outcome):  # somebody saves it at this moment
            raise Unavailable(saved.value)

    def _document(self, dispute: Dispute) -> Document:
        return {
            self._todo.id: dispute.conflict.id,
            "allocated_to": self._todo.allocated_to,
            "description": description(dispute),
            "reference_type": self._tools.mapping.entities[dispute.collection].doctype,
            "reference_name": dispute.name,
            "status": OPEN,
            "priority": "High",
        }


def description(dispute: Dispute) -> str:
    """What is to be decided, as HTML in both languages; the values are on the board."""
    clash = dispute.conflict
    cell, one, other = (escape(each) for each in (clash.path, clash.author, clash.other_author))
    return (
        f"<p>À trancher dans Terrain : {cell}, entre {one} et {other}.</p>"
        f"<p>To be decided in Terrain: {cell}, between {one} and {other}.</p>"
    )
