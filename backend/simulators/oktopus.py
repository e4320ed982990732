"""A small Oktopus controller: its login, and USP's Get of simulated terminals over REST.

After OktopUSP/oktopus, backend/services/controller/internal/api; not recorded from a running one.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, put
from litestar.params import FromPath

from backend.simulators.genieacs.terminal import Terminal

INVALID_PATH: Final = 7026  # TR-369, error codes of USP


@dataclass
class OktopusSimulator:
    """Terminals by endpoint id, the ones that are offline, one user, and how often it logged in."""

    email: str = "terrain@example.test"
    password: str = "simulated-password"  # noqa: S105
    terminals: dict[str, Terminal] = field(default_factory=dict)
    offline: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    logins: int = 0
    requests: int = 0

    def app(self) -> Litestar:
        """Its REST API."""
        return Litestar([put("/api/auth/login")(self.log_in), put(_GET)(self.get)])

    async def log_in(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """A token for who knows the password."""
        self.requests += 1
        if await request.json() != {"email": self.email, "password": self.password}:
            return Response("Invalid Credentials", status_code=401)
        self.logins += 1
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return Response(msgspec.json.encode(token), media_type="application/json")

    async def get(self, request: Request[Any, Any, Any], sn: FromPath[str]) -> Response[Any]:
        """What a terminal has at the paths of the request, each by itself."""
        self.requests += 1
        if request.headers.get("authorization", "") not in self.tokens:
            return Response(None, status_code=401)
        if sn not in self.terminals or sn in self.offline:
            return Response("Device is offline", status_code=503)
        paths = (await request.json())["param_paths"]
        return Response({"req_path_results": [_result(self.terminals[sn], each) for each in paths]})


_GET: Final = "/api/device/{sn:str}/any/get"


def _result(terminal: Terminal, path: str) -> dict[str, Any]:
    found = terminal.matching(path)
    if not found:
        return {"requested_path": path, "err_code": INVALID_PATH, "err_msg": "Invalid path"}
    resolved = [
        {
            "resolved_path": f"{each.rpartition('.')[0]}.",
            "result_params": {each.rpartition(".")[2]: _text(terminal.model[each].value)},
        }
        for each in found
    ]
    return {"requested_path": path, "resolved_path_results": resolved}


def _text(value: Any) -> str:
    """USP tells every value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
