"""Too many phones at once are told to come later; who only stalls takes nobody's place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from backend.admission import Asgi, with_admission

MOST: Final = 2
AT_ONCE_S: Final = 5.0


class Working:
    """An app that works on each request until it is told to answer."""

    def __init__(self) -> None:
        self.begun = 0
        self.answers = asyncio.Event()
        self._changed = asyncio.Condition()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await receive()
        async with self._changed:
            self.begun += 1
            self._changed.notify_all()
        await self.answers.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def has_begun(self, count: int) -> None:
        """Wait until so many are worked on."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.begun >= count)


@asynccontextmanager
async def busy(app: Working) -> AsyncIterator[httpx.AsyncClient]:
    """As many requests under way as are admitted."""
    async with through(with_admission(app, MOST)) as http, asyncio.TaskGroup() as group:
        for _ in range(MOST):
            group.create_task(http.post("/api/sync", content=b"{}"))
        await app.has_begun(MOST)
        yield http
        app.answers.set()


def through(door: Asgi) -> httpx.AsyncClient:
    """A phone at a door."""
    transport = httpx.ASGITransport(door)
    return httpx.AsyncClient(transport=transport, base_url="http://terrain")


async def post(http: httpx.AsyncClient) -> httpx.Response:
    """A push, whose answer must not be waited for."""
    async with asyncio.timeout(AT_ONCE_S):
        return await http.post("/api/sync", content=b"{}")


async def test_one_too_many_is_told_at_once_when_to_come_again() -> None:
    app = Working()
    async with busy(app) as http:
        refused = await post(http)

        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert refused.json() == {"error": "busy", "reason": ""}
        assert app.begun == MOST


async def test_there_is_room_again_once_others_are_answered() -> None:
    app = Working()
    app.answers.set()
    async with through(with_admission(app, MOST)) as http:
        answers = [await post(http) for _ in range(MOST + 1)]

    assert [each.status_code for each in answers] == [200] * (MOST + 1)


async def test_the_office_and_the_probes_are_never_refused() -> None:
    app = Working()
    async with busy(app) as http, asyncio.TaskGroup() as group:
        others = [
            group.create_task(http.request(method, path))
            for method, path in (
                ("POST", "/board/links"),
                ("GET", "/ready"),
                ("GET", "/api/events"),
            )
        ]
        await app.has_begun(MOST + len(others))
        app.answers.set()

    assert [each.result().status_code for each in others] == [200] * len(others)


async def test_who_stalls_takes_nobodys_place() -> None:
    app = Working()
    app.answers.set()
    door = with_admission(app, MOST)

    async def never() -> Any:
        await asyncio.Event().wait()

    async with through(door) as http, asyncio.TaskGroup() as group:
        stalled = [group.create_task(_served(door, never)) for _ in range(10 * MOST)]
        await asyncio.sleep(0)
        answer = await post(http)
        for each in stalled:
            each.cancel()

    assert answer.status_code == 200


async def _served(door: Asgi, receive: Any) -> None:
    await door({"type": "http", "method": "POST", "path": "/api/sync"}, receive, None)
