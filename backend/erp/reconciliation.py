"""The life of the connection to ERPNext: a worker by what of the mapping the site has, made anew
when that changes."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

from backend.erp.check.checker import Checker, WatchedClient
from backend.erp.client import open_http
from backend.erp.files import Photos, Reports
from backend.erp.mapping import Mapping
from backend.erp.site import SiteClient
from backend.erp.todos import Todos
from backend.erp.tools import Tools
from backend.erp.worker import Worker
from backend.settings import ErpNextSettings, read_secret
from backend.store.checks import read_check
from backend.store.clock import Clock
from backend.store.shadows import ERPNEXT
from backend.store.store import Store

Loop = Callable[[], Awaitable[None]]


class Reconciliation(NamedTuple):
    """What it is made of. `reports` prints, None where nobody does; `in_turn` runs a loop, by its
    name, in one process at a time, and is None where there is one; `wakes` calls back at each
    commit."""

    settings: ErpNextSettings
    store: Store
    mapping: Mapping
    clock: Callable[[], Clock]
    new_id: Callable[[], str]
    photos: Photos
    reports: Reports | None
    in_turn: Callable[[str, Loop], Awaitable[None]] | None
    wakes: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]

    async def run(self) -> None:
        """Deliver, and take in what changed there, until cancelled."""
        token = partial(read_secret, self.settings.token_file)
        while True:
            async with open_http(self.settings.url, token) as http:
                site = SiteClient(http)
                checker = Checker(site, self.store.writer, self.mapping, self.clock, asyncio.sleep)
                known = await self.store.read(lambda conn: read_check(conn, ERPNEXT))
                mapping = await checker.begin(known.lines if known else ())
                client = WatchedClient(http, checker.suspect)
                tools = Tools(client, self.store.writer, mapping, self.clock, self.new_id)
                await self._work(tools, checker.until_changed(mapping))

    async def _work(self, tools: Tools, changed: Awaitable[None]) -> None:
        random, poll_s = secrets.SystemRandom().random, self.settings.poll_s
        worker = Worker(tools, asyncio.sleep, random, poll_s, self.photos, self.reports)
        polling = partial(self.in_turn, "erpnext poll") if self.in_turn else None
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(worker.run(polling)),
                group.create_task(self.wakes(worker.wake)),
                group.create_task(self._mind_todos(tools)),
            ]
            await changed
            for task in tasks:
                task.cancel()

    async def _mind_todos(self, tools: Tools) -> None:
        """Conflicts as ToDos in ERPNext, when the mapping says whose."""
        if tools.mapping.todo:
            todos = Todos(tools, tools.mapping.todo, asyncio.sleep)
            await (self.in_turn("erpnext todos", todos.run) if self.in_turn else todos.run())
