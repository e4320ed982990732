"""Speaks the REST API of an Oktopus controller: one login, reads alone, two errors, no retries.

The paths and bodies are those of its controller service (OktopUSP/oktopus,
backend/services/controller/internal/api: api.go, user.go, usp.go, middleware.go); what a Get
answers is USP's GetResp (TR-369, usp-msg).
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

from backend.errors import Refused, Unavailable

CONNECT_TIMEOUT_S: Final = 2.0
ANSWER_TIMEOUT_S: Final = 32.0  # the controller itself waits 30 s for a terminal
LARGEST_ANSWER: Final = 1024 * 1024
OFFLINE: Final = "offline"


class Credentials(msgspec.Struct, frozen=True):
    """Of a user of the controller; never logged."""

    email: str
    password: str


class Resolved(msgspec.Struct, frozen=True):
    """The parameters below one object, "Device.DeviceInfo."."""

    resolved_path: str = ""
    result_params: dict[str, str] = {}


class Requested(msgspec.Struct, frozen=True):
    """What came of one path; `err_code` is USP's (7026: no such path), 0 is none."""

    requested_path: str = ""
    err_code: int = 0
    resolved_path_results: tuple[Resolved, ...] = ()


class _GetResp(msgspec.Struct, frozen=True):
    req_path_results: tuple[Requested, ...] = ()


def open_http(url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A connection pool to the controller at `url`; close it after use."""
    return httpx.AsyncClient(
        base_url=url,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )


class Controller:
    """One controller; it is logged in to when it is first asked, and again when it says so."""

    def __init__(self, http: httpx.AsyncClient, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._token = ""

    async def get(self, endpoint: str, paths: Sequence[str]) -> dict[str, str]:
        """Parameters of a terminal by their full paths; `*` stands for every instance.

        Raises Unavailable, or Refused: `offline`, `no-such-device`, `auth`.
        """
        path = f"/api/device/{quote(endpoint, safe='')}/any/get"
        body = {"param_paths": [*paths], "max_depth": 0}
        response = await self._authorized(path, body)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise Refused(OFFLINE)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise Refused("no-such-device")
        return _parameters(_decoded(response, _GetResp))

    async def _authorized(self, path: str, body: Any) -> httpx.Response:
        """A token that has run out is renewed once."""
        for is_last in (False, True):
            if not self._token:
                await self._log_in()
            response = await self._send(path, body)
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return response
            self._token = ""
            if is_last:
                break
        raise Refused("auth")

    async def _log_in(self) -> None:
        response = await self._send("/api/auth/login", self._credentials)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise Refused("auth")
        self._token = _decoded(response, str)

    async def _send(self, path: str, body: Any) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": self._token} if self._token else {}
        try:
            return await self._http.put(path, content=msgspec.json.encode(body), headers=headers)
        except httpx.TimeoutException as error:
            raise Unavailable("timeout") from error
        except httpx.HTTPError as error:
            raise Unavailable("connection") from error


def _decoded(response: httpx.Response, kind: Any) -> Any:
    if response.status_code != httpx.codes.OK:
        kind_of = f"http-{response.status_code}"
        raise Unavailable(kind_of) if response.is_server_error else Refused(kind_of)
    if len(response.content) > LARGEST_ANSWER:
        raise Refused("too-large")
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        raise Unavailable("unreadable") from error


def _parameters(answer: _GetResp) -> dict[str, str]:
    """A path that a terminal does not have is an error of that path alone."""
    return {
        f"{each.resolved_path}{name}": value
        for result in answer.req_path_results
        for each in result.resolved_path_results
        for name, value in each.result_params.items()
    }
