"""Asks the modem bridge (`terrain bridge`): a status or a trouble, a report's PDF; no retries."""

from typing import Final
from urllib.parse import quote

import httpx
import msgspec

from backend.errors import Refused, Unavailable

CONNECT_TIMEOUT_S: Final = 2.0
ANSWER_TIMEOUT_S: Final = 50.0  # the bridge gives every check an answer within 45 s
LARGEST_ANSWER: Final = 512 * 1024
LARGEST_PDF: Final = 2 * 1024 * 1024

Row = dict[str, str]


class Section(msgspec.Struct, frozen=True):
    """One part of a status: the modem's object it comes from, when that was read, its rows."""

    source: str
    as_of_ms: int
    state: str  # read, empty, missing
    rows: tuple[Row, ...] = ()


class ModemStatus(msgspec.Struct, frozen=True):
    """What a modem says of itself by its web interface; values are its own text."""

    host: str
    driver: str  # protocol, browser
    as_of_ms: int
    firmware: Section
    optical: Section
    wan: Section
    lan: Section
    wifi: Section
    clients: Section
    mesh: Section


class Words(msgspec.Struct, frozen=True):
    """What happened, and what to do about it."""

    happened: str
    todo: str


class ModemTrouble(msgspec.Struct, frozen=True):
    """Why nothing was read: a code of docs/operations.md, and its words."""

    error: str
    fr: Words
    en: Words
    detail: str = ""


def open_bridge(
    url: str, secret: str, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A connection pool to the bridge at `url`; close it after use."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {secret}"},
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )


class ModemBridge:
    """One bridge."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def status(self, host: str, model: str = "") -> ModemStatus | ModemTrouble:
        """What the modem at an IP address says. Raises Unavailable when the bridge itself does
        not answer, Refused when it does not know our secret or is no bridge."""
        path = f"/modems/{quote(host, safe='')}/status"
        request = self._http.build_request("GET", path, params={"model": model})
        status, content = await self._sent(request)
        if status == 401:
            raise Refused("auth")
        try:
            if status == 200:
                return msgspec.json.decode(content, type=ModemStatus)
            return msgspec.json.decode(content, type=ModemTrouble)
        except msgspec.DecodeError as error:
            raise Refused(f"http-{status}") from error

    async def pdf(self, sheet: bytes) -> bytes:
        """A report as PDF, out of the JSON of a sheet. Raises Unavailable when the bridge cannot
        print now, Refused when it does not know our secret, or the report."""
        request = self._http.build_request("POST", "/reports", content=sheet)
        status, content = await self._sent(request, LARGEST_PDF)
        if status == 200:
            return content
        kind = _trouble(content) or f"http-{status}"
        raise Unavailable(kind) if status >= 500 else Refused(kind)

    async def _sent(self, request: httpx.Request, most: int = LARGEST_ANSWER) -> tuple[int, bytes]:
        try:
            response = await self._http.send(request, stream=True)
            try:
                return response.status_code, await _body(response, most)
            finally:
                await response.aclose()
        except httpx.TimeoutException as error:
            raise Unavailable("timeout") from error
        except httpx.HTTPError as error:
            raise Unavailable("connection") from error


def _trouble(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=ModemTrouble).error[:80]
    except msgspec.DecodeError:
        return ""


async def _body(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most:
            raise Refused("too-large")
    return bytes(body)
