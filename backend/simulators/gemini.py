"""A Gemini that answers what it is told to, and fails in every way in which the real one does.

A server of its own on a socket, because some failures are of the wire: the SDK's own client reads
them. It checks what the real one checks: the key, the deadline of at least 10 s, an image in
URL-safe base64, a schema.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, Final

KEY: Final = "simulated-key"
MODEL_VERSION: Final = "gemini-3.5-flash-lite-001"
BODY_BYTES: Final = 16 * 1024 * 1024
DRIP_S: Final = 0.2


class Fault(StrEnum):
    """The ways to fail."""

    QUOTA = "quota"  # 429 with RetryInfo
    INTERNAL = "internal"  # 500
    OVERLOADED = "overloaded"  # 503
    HTML = "html"  # a proxy's page, 502
    HTML_OK = "html-ok"  # a captive portal's page, 200
    DRIP = "drip"  # a byte now and then, for ever
    HANG_UP = "hang-up"  # the connection is cut
    NO_CANDIDATES = "no-candidates"
    BLOCKED = "blocked"  # promptFeedback.blockReason
    SAFETY = "safety"  # a candidate without text
    MAX_TOKENS = "max-tokens"  # JSON cut short
    FENCED = "fenced"  # ```json
    SCHEMA = "schema"  # JSON of another shape
    PROSE = "prose"


class GeminiSimulator:
    """Answers `said` to every question, or fails as `fault` says; `asked` is what it took."""

    def __init__(self, said: Any, fault: Fault | None = None) -> None:
        self.said = said
        self.fault = fault
        self.asked: list[dict[str, Any]] = []

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Serve on a free port of 127.0.0.1; gives the base URL."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=BODY_BYTES)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            headers, body = await _request(reader)
            await self._write(writer, headers, body)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _write(
        self, writer: asyncio.StreamWriter, headers: dict[str, str], body: bytes
    ) -> None:
        if self.fault is Fault.HANG_UP:
            return
        if self.fault is Fault.DRIP:
            await _drip(writer)
        status, content_type, text = self._said(headers, body)
        writer.write(_head(status, content_type, len(text)) + text)
        await writer.drain()

    def _said(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if self.fault in (Fault.HTML, Fault.HTML_OK):
            status = 502 if self.fault is Fault.HTML else 200
            return status, "text/html", b"<html><h1>Bad Gateway</h1></html>"
        asked = json.loads(body)
        refusal = _refusal(headers, asked) or _FAILURES.get(self.fault)
        if refusal is not None:
            return refusal[0], "application/json", _error(*refusal)
        self.asked.append(asked)
        return 200, "application/json", json.dumps(self._response()).encode()

    def _response(self) -> dict[str, Any]:
        usage = {"promptTokenCount": 1500, "candidatesTokenCount": 150}
        response: dict[str, Any] = {"usageMetadata": usage, "modelVersion": MODEL_VERSION}
        if self.fault is Fault.BLOCKED:
            return response | {"promptFeedback": {"blockReason": "SAFETY"}}
        if self.fault is Fault.NO_CANDIDATES:
            return response
        return response | {"candidates": [self._candidate(json.dumps(self.said))]}

    def _candidate(self, text: str) -> dict[str, Any]:
        match self.fault:
            case Fault.SAFETY:
                return {"finishReason": "SAFETY"}
            case Fault.MAX_TOKENS:
                return _spoken(text[: len(text) // 2], "MAX_TOKENS")
            case Fault.FENCED:
                return _spoken(f"```json\n{text}\n```")
            case Fault.SCHEMA:
                return _spoken('{"answer": 42}')
            case Fault.PROSE:
                return _spoken("Sure! The serial number is on the label.")
        return _spoken(text)


_Refusal = tuple[int, str, list[dict[str, str]]]
_FAILURES: Final[dict[Fault | None, _Refusal]] = {
    Fault.QUOTA: (
        429,
        "RESOURCE_EXHAUSTED",
        [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "23s"}],
    ),
    Fault.INTERNAL: (500, "INTERNAL", []),
    Fault.OVERLOADED: (503, "UNAVAILABLE", []),
}


def _refusal(headers: dict[str, str], asked: dict[str, Any]) -> _Refusal | None:
    """What the real one refuses too."""
    if headers.get("x-goog-api-key") != KEY:
        return 400, "INVALID_ARGUMENT", [{"reason": "API_KEY_INVALID"}]
    is_short = float(headers.get("x-server-timeout", "10")) < 10
    if is_short or not _is_jpeg(asked) or not asked["generationConfig"].get("responseJsonSchema"):
        return 400, "INVALID_ARGUMENT", []
    return None


def _is_jpeg(asked: dict[str, Any]) -> bool:
    parts = asked["contents"][0]["parts"]
    data = next((part["inlineData"]["data"] for part in parts if "inlineData" in part), "")
    try:
        return base64.urlsafe_b64decode(data).startswith(b"\xff\xd8\xff")
    except binascii.Error:
        return False


async def _request(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    pairs = (line.partition(":") for line in head.split("\r\n")[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(_head(200, "application/json", BODY_BYTES))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


def _head(status: int, content_type: str, length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} -", f"Content-Type: {content_type}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def _error(status: int, name: str, details: list[dict[str, str]]) -> bytes:
    error = {"code": status, "message": "simulated", "status": name, "details": details}
    return json.dumps({"error": error}).encode()


def _spoken(text: str, reason: str = "STOP") -> dict[str, Any]:
    return {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}
