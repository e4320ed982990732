"""Speaks GenieACS's northbound interface: typed answers, two errors, no retries, nothing logged.

The reasons of an answer travel in its reason phrase, which proxies drop: nothing is decided on it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import httpx
import msgspec

from backend.cpe.genieacs.tasks import Task, id_in_path
from backend.cpe.genieacs.tree import without_secrets
from backend.errors import Refused, Unavailable

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 2.0
ANSWER_TIMEOUT_S: Final = 5.0  # look-ups took 0.2 s at most, a black-holed modem 2.05 s
QUEUE_TIMEOUT_S: Final = 35.0  # a task is kept at once, but answered when a session ends: 30 s
LARGEST_ANSWER: Final = 1024 * 1024  # a whole device is 34 kB
MOST_FOUND: Final = 5


class Queued(msgspec.Struct, frozen=True):
    """A task that waits; `timestamp` is the ACS's clock, aware."""

    id: str = msgspec.field(name="_id")
    timestamp: datetime


class DeviceId(msgspec.Struct, frozen=True):
    """What a modem calls itself."""

    serial: str = msgspec.field(name="_SerialNumber", default="")
    oui: str = msgspec.field(name="_OUI", default="")
    product_class: str = msgspec.field(name="_ProductClass", default="")
    manufacturer: str = msgspec.field(name="_Manufacturer", default="")


class Device(msgspec.Struct, frozen=True):
    """A modem that the ACS knows, and when it last called."""

    id: str = msgspec.field(name="_id")
    device_id: DeviceId = msgspec.field(name="_deviceId", default=DeviceId())
    last_inform: datetime | None = msgspec.field(name="_lastInform", default=None)


class _Fault(msgspec.Struct):
    code: str = ""


class _Answer(NamedTuple):
    status: int
    content: bytes


def open_http(url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A connection pool to the interface at `url`; close it after use."""
    return httpx.AsyncClient(
        base_url=url,
        timeout=httpx.Timeout(QUEUE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )


class Nbi:
    """The northbound interface. Every method raises Unavailable or Refused."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def devices(self, query: Mapping[str, Any]) -> list[Device]:
        """The modems that a query means, MOST_FOUND at most."""
        fields = ("_id", "_deviceId", "_lastInform")
        return await self._list("devices", query, list[Device], fields, MOST_FOUND)

    async def document(self, device_id: str, fields: Sequence[str]) -> dict[str, Any]:
        """What the ACS last heard of these parts of a modem, as nested parameters: no secret is
        among them, so that none can be kept or logged."""
        query, kind = {"_id": device_id}, list[dict[str, Any]]
        found = await self._list("devices", query, kind, ("_deviceId", "_lastInform", *fields))
        if not found:
            raise Refused("no-such-device")
        return without_secrets(found[0])

    async def queue(self, device_id: str, task: Task) -> Queued:
        """Leave a task, without calling the modem. While a session of the modem is under way the
        answer takes up to 30 s; the task is kept at once."""
        path = f"/devices/{id_in_path(device_id)}/tasks"
        answer = await self._call("POST", path, task, timeout_s=QUEUE_TIMEOUT_S)
        return _read(answer.content, Queued)

    async def wake(self, device_id: str) -> str:
        """Call the modem: "" when it took the call, else why not. `offline` is also what a modem
        in a session may be told for, `bad-credentials` are those of the connection request."""
        path = f"/devices/{id_in_path(device_id)}/tasks?connection_request"
        answer = await self._call("POST", path, good=(200, 504))
        return "" if answer.status == 200 else _why_not(answer.content)

    async def waiting(self, query: Mapping[str, Any]) -> list[Queued]:
        """The tasks that a query means and that nobody has carried out."""
        return await self._list("tasks", query, list[Queued])

    async def fault(self, device_id: str, task_id: str) -> str:
        """The code of what went wrong with a task (`cwmp.9005`), "" when nothing did. Messages
        are the modem's own words and are not read."""
        query = {"_id": f"{device_id}:task_{task_id}"}
        found = await self._list("faults", query, list[_Fault])
        return found[0].code if found else ""

    async def drop(self, task_id: str) -> None:
        """Delete a task, and its fault with it; one that is gone is no error."""
        await self._call("DELETE", f"/tasks/{id_in_path(task_id)}", good=(200, 404))

    async def stored(self, collection: str, name: str) -> dict[str, Any] | None:
        """A provision or preset as it is there, None when it is not."""
        found = await self._list(collection, {"_id": name}, list[dict[str, Any]])
        return found[0] if found else None

    async def store(self, collection: str, name: str, content: bytes) -> None:
        """Put a provision (its script) or a preset (its JSON). Refused when it cannot be one."""
        await self._call("PUT", f"/{collection}/{id_in_path(name)}", content)

    async def _list(
        self,
        collection: str,
        query: Mapping[str, Any],
        kind: type[list[T]],
        fields: Sequence[str] = (),
        limit: int = 0,
    ) -> list[T]:
        params = {"query": msgspec.json.encode(query).decode()}
        params |= {"projection": ",".join(fields)} if fields else {}
        params |= {"limit": str(limit)} if limit else {}
        path = f"/{collection}/?{httpx.QueryParams(params)}"
        return _read((await self._call("GET", path)).content, kind)

    async def _call(
        self,
        method: str,
        path: str,
        body: Task | bytes | None = None,
        *,
        good: Sequence[int] = (200, 202),
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> _Answer:
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._send(method, path, body)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise Unavailable("timeout") from error
        except httpx.RequestError as error:
            raise Unavailable("connection") from error
        if answer.status not in good:
            raise _failure(answer)
        return answer

    async def _send(self, method: str, path: str, body: Task | bytes | None) -> _Answer:
        content = msgspec.json.encode(body) if isinstance(body, dict) else body
        async with self._http.stream(method, path, content=content) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > LARGEST_ANSWER:
                    raise Unavailable("too-large")
            return _Answer(response.status_code, bytes(received))


def _why_not(reason: bytes) -> str:
    if reason == b"Device is offline":
        return "offline"
    return "bad-credentials" if b"credentials" in reason else "call-failed"


def _failure(answer: _Answer) -> Unavailable | Refused:
    if answer.status == 404 and answer.content == b"No such device":
        return Refused("no-such-device")
    if answer.status == 400:
        return Refused("http-400")
    return Unavailable(f"http-{answer.status}")


def _read(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:  # of which a ValidationError is one
        raise Unavailable("unreadable") from error
