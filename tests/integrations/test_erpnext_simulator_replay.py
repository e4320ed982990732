"""The simulator answers the recorded requests of a running Frappe as that Frappe did."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from backend.simulators.erpnext import (
    PROVISION_USER,
    SYNC_USER,
    Site,
    create_erpnext_simulator,
    recorded_site,
)
from backend.simulators.erpnext.schema import allow
from tests.integrations.erpnext_site import InProcess

PAIRS: Final = [
    json.loads(line)
    for line in (Path(__file__).parent / "fixtures" / "erpnext-pairs.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
HOST: Final = "erp.example"
ZONE: Final = ZoneInfo("America/Toronto")
NO_AUTH: Final = {"no auth", "no auth ping", "no auth whoami", "download private no auth"}
PROVISIONING: Final = {
    "POST User with social_logins",
    "POST User again",
    "POST DocType",
    "POST Custom Field on existing doctype",
    "POST Custom DocPerm for Deleted Document",
    "Webhook via REST",
    "generate_keys for the service user",
    "disable user",
    "enable user",
    "System Manager on Deleted Document after a raw Custom DocPerm",
    "remove it",
}
# The moment of a request whose answer does not show it; it shows in a later answer.
MOMENTS: Final = {
    "perm delete 403": "2026-11-23 02:53:21.948012",
    "client.bulk_update": "2026-11-23 02:54:15.484664",
    "token of disabled user": "2026-11-23 03:06:46.858615",
    "whoami disabled": "2026-11-23 03:06:46.858615",
    "new token": "2026-11-23 03:06:45.887743",
}
# Not reproduced in full: a list without `order_by` comes in the database's own order, and for
# `limit 1` PostgreSQL happened to show DJ-00101. Everything but that name is compared.
UNORDERED: Final = {"token of disabled user", "maintenance_mode json", "rate limited"}
RANDOM_NAME: Final = re.compile(r"\b(?=[a-v]*\d)[0-9a-v]{10}\b")
RANDOM_ID: Final = re.compile(r"\b[0-9a-f]{38,40}\b")
SECRETS: Final = {"api_key", "api_secret"}
STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


class Clock:
    """The readings of one request, the last one again and again."""

    def __init__(self) -> None:
        self.readings = ["2026-11-23 02:53:00.000000"]

    def __call__(self) -> datetime:
        text = self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]
        return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)

    def tell(self, pair: dict[str, Any]) -> None:
        shown = sorted(set(STAMP.findall(json.dumps(pair["body"]))))
        wanted = MOMENTS.get(pair["title"])
        if pair["title"] == "POST User with social_logins":
            self.readings = [shown[0], *shown]  # the first is the look at the token
        elif wanted or shown:
            self.readings = [wanted or shown[-1]]


class Recording:
    """The recorded site, put before each request into the state that the recording was in."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.site: Site = recorded_site(self.clock)
        self.site.host = HOST
        self.token = self.site.user_token(SYNC_USER)
        self.old_token = self.token
        self.client = httpx.AsyncClient(transport=InProcess(create_erpnext_simulator(self.site)))

    async def replay(self, pair: dict[str, Any]) -> httpx.Response:
        title = pair["title"]
        self._set_state(title)
        self.clock.tell(pair)
        self.client.cookies.clear()
        answer = await self.client.request(
            pair["method"],
            f"http://{self._host(title)}{pair['path']}",
            params=pair["params"],
            headers=self._headers(title),
            **self._content(pair),
        )
        if title == "generate_keys for the service user":
            self.token = self.site.user_token(SYNC_USER)
        return answer

    def _set_state(self, title: str) -> None:
        self.site.database_down = title in {"DB down", "DB down ping"}
        self.site.maintenance = title == "maintenance_mode html"
        if title == "delete w/o perm":
            jobs = self.site.doctype("Dispatch Job")
            careful = (*jobs.permissions[:1], allow("Field Sync", "read write create"))
            self.site.define([msgspec.structs.replace(jobs, permissions=careful)])

    def _host(self, title: str) -> str:
        return "nope.example" if title == "wrong site host" else HOST

    def _headers(self, title: str) -> dict[str, str]:
        accept = "text/html" if title == "maintenance_mode html" else "application/json"
        authorization = self._authorization(title)
        return {"Accept": accept} | ({"Authorization": authorization} if authorization else {})

    def _authorization(self, title: str) -> str:
        if title in NO_AUTH:
            return ""
        key = self.token.partition(":")[0]
        special = {
            "bad secret": "token nobody:nothing",
            "right key wrong secret": f"token {key}:nothing",
            "malformed token": "token without-a-colon",
            "Bearer used with key:secret": f"Bearer {self.token}",
            "old token after rotation": f"token {self.old_token}",
        }
        mine = self.site.user_token(PROVISION_USER) if title in PROVISIONING else self.token
        return special.get(title, f"token {mine}")

    def _content(self, pair: dict[str, Any]) -> dict[str, Any]:
        if pair["data"] is None:
            return {"json": pair["json"]} if pair["json"] is not None else {}
        name = "x.png" if pair["title"] == "upload not allowed target" else "photo-1.png"
        return {"data": pair["data"], "files": {"file": (name, photo(), "image/png")}}


def photo() -> bytes:
    """The uploaded picture, out of the recorded download (text of unknown bytes)."""
    text = next(pair["body"] for pair in PAIRS if pair["title"] == "download private")
    return b"".join(_byte(character) for character in text)


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def differences(pair: dict[str, Any], answer: httpx.Response) -> list[str]:
    """What differs between the recorded answer and this one; empty when nothing does."""
    recorded = pair["headers"]
    facts = [
        ("status", pair["status"], answer.status_code),
        ("type", recorded["Content-Type"], answer.headers["Content-Type"]),
        ("cache", recorded.get("Cache-Control"), answer.headers.get("Cache-Control")),
        ("cookies", pair["set_cookie"], "Set-Cookie" in answer.headers),
        ("length", *_lengths(pair, answer)),
    ]
    was, now = (dict(_leaves("body", body)) for body in _bodies(pair, answer))
    facts += [(path, was.get(path), now.get(path)) for path in {**was, **now}]
    return [f"{what}: {was!r} != {now!r}" for what, was, now in facts if was != now]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every value of a body under its path, and every container by its size."""
    if not isinstance(value, dict | list):
        yield path, (type(value), value)
        return
    yield path, (type(value), len(value))
    for key, held in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(f"{path}/{key}", held)


def _lengths(pair: dict[str, Any], answer: httpx.Response) -> tuple[str, str]:
    """The length of a body that the recording did not cut, redact or anonymise."""
    recorded = pair["headers"].get("Content-Length", "")
    kept = json.dumps(pair["body"], separators=(",", ":"))
    if str(len(kept)) != recorded:
        return "", ""
    return recorded, answer.headers["Content-Length"]


def _bodies(pair: dict[str, Any], answer: httpx.Response) -> tuple[Any, Any]:
    if pair["title"] == "download private":
        return photo(), answer.content
    if isinstance(pair["body"], str):
        was = RANDOM_NAME.sub("#", pair["body"])
        return was, RANDOM_NAME.sub("#", answer.text)[: len(was)]
    was, now = _plain(pair["body"]), _plain(answer.json())
    if pair["title"] in UNORDERED:
        return [list(row) for row in was["data"]], [list(row) for row in now["data"]]
    return was, now


def _plain(value: Any, key: str = "") -> Any:
    """A body without what no two runs share: random names, secrets, the text of tracebacks."""
    if isinstance(value, dict):
        return {each: _plain(held, each) for each, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    if not isinstance(value, str):
        return value
    if key == "_server_messages":
        return [_plain(json.loads(entry)) for entry in json.loads(value)]
    if key in SECRETS or key in {"__frappe_exc_id", "exc"}:
        return "#"
    if key == "exception" and ("Traceback" in value or "cut" in value):
        return "#"
    return RANDOM_ID.sub("#", RANDOM_NAME.sub("#", value))


@pytest.fixture(scope="module")
def replayed() -> dict[int, list[str]]:
    """The differences of every pair, replayed once in order."""

    async def run() -> dict[int, list[str]]:
        recording = Recording()
        async with recording.client:
            return {
                at: differences(pair, await recording.replay(pair)) for at, pair in enumerate(PAIRS)
            }

    return asyncio.run(run())


@pytest.mark.parametrize("at", range(len(PAIRS)), ids=[pair["title"] for pair in PAIRS])
def test_each_recorded_request_gets_the_recorded_answer(
    replayed: dict[int, list[str]], at: int
) -> None:
    assert replayed[at] == []


def test_all_116_pairs_are_replayed_and_none_differs(replayed: dict[int, list[str]]) -> None:
    different = {PAIRS[at]["title"]: found for at, found in replayed.items() if found}
    assert (len(replayed), different) == (116, {})
