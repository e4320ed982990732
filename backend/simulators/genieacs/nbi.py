"""The northbound interface's routes: what was asked, out of the recorded GenieACS 1.2.16."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from backend.simulators.genieacs.acs import STEP_S, Acs
from backend.simulators.genieacs.query import matches, project

JSON: Final = {"Content-Type": "application/json"}
WORKER_DIES_S: Final = 21.0
BUSY_S: Final = 30.0
STARTS_S: Final = 4.0
ENDS_S: Final = 120.0
NOT_PROCESSED: Final = "Task queued but not processed"


class WorkerDiedError(Exception):
    """The worker threw: the caller gets no answer, and nobody listens until the next one is up."""


class Reply(NamedTuple):
    """A status with its reason phrase, in which the interface says what became of a task."""

    status: int
    reason: str
    body: str = ""
    headers: Mapping[str, str] = {}


OK: Final = Reply(200, "OK")


async def answer(acs: Acs, method: str, target: str, body: bytes) -> Reply:
    """The answer to one request. Raises WorkerDiedError where the real one dies."""
    url = urlsplit(target)
    asked = {name: values[0] for name, values in parse_qs(url.query, True).items()}
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    match method, parts:
        case "POST", ["devices", device, "tasks"]:
            return await _tasks(acs, device, asked, body)
        case "POST", ["devices", device, "tags", tag]:
            acs.devices[device].tags.append(tag)
            return OK
        case "DELETE", ["tasks", task]:
            return OK if acs.drop(task) else Reply(404, "Not Found", "Task not found")
        case "DELETE", ["faults", fault]:
            acs.faults.pop(fault, None)
            acs.drop(fault.partition(":task_")[2])
            return OK
        case "PUT", ["provisions" | "presets" as kind, name]:
            return _store(acs, kind, name, body.decode())
        case "GET" | "HEAD", [collection]:
            return _list(acs, collection, asked)
    return Reply(404, "Not Found", "404 Not Found")


async def _tasks(acs: Acs, device: str, asked: Mapping[str, str], body: bytes) -> Reply:
    if device not in acs.devices:
        return Reply(404, "Not Found", "No such device")
    calls = "connection_request" in asked
    if not body:
        if not calls:
            return Reply(400, "Bad Request")
        reason = await acs.call(device)
        return Reply(504, reason, reason) if reason else OK
    task = json.loads(body)
    if task.get("name") == "getParameterValues" and not task.get("parameterNames"):
        await acs.pause(WORKER_DIES_S)
        raise WorkerDiedError
    kept = acs.insert(device, task)
    # With or without a connection request: the answer waits for a session to end.
    is_free = await acs.session_ends(device, BUSY_S)
    if not calls:
        return _told(202, "Accepted", kept)
    wait_s = int(asked.get("timeout", "0")) / 1000 or STARTS_S
    return await _carried_out(acs, device, kept, wait_s, is_free=is_free)


async def _carried_out(
    acs: Acs, device: str, task: dict[str, Any], wait_s: float, *, is_free: bool
) -> Reply:
    """The one-call form: it blocks until the session that it asked for has ended."""
    if not is_free:
        await acs.pause(2.4)
        return _told(202, NOT_PROCESSED, task)
    if reason := await acs.call(device):
        return _told(202, reason, task)
    if not acs.in_session(device):
        await acs.pause(wait_s)
        return _told(202, NOT_PROCESSED, task)
    await acs.pause(STEP_S)
    if not await acs.session_ends(device, ENDS_S - STEP_S):
        return _told(202, NOT_PROCESSED, task)
    if f"{device}:task_{task['_id']}" in acs.faults:
        return _told(202, "Task faulted", task)
    return _told(202, NOT_PROCESSED, task) if task["_id"] in acs.tasks else _told(200, "OK", task)


def _told(status: int, reason: str, task: dict[str, Any]) -> Reply:
    return Reply(status, reason, json.dumps(task, separators=(",", ":")), JSON)


def _store(acs: Acs, kind: str, name: str, text: str) -> Reply:
    if kind == "provisions":
        # The real one compiles the script; this one counts its brackets.
        if any(text.count(a) != text.count(b) for a, b in ("()", "[]", "{}")):
            return Reply(400, "Bad Request", "SyntaxError: Unexpected token '}'")
        acs.stored[kind][name] = {"_id": name, "script": text}
        return OK
    try:
        acs.stored[kind][name] = {"_id": name, **json.loads(text)}
    except ValueError:
        return Reply(400, "Bad Request", "SyntaxError: Unexpected token")
    return OK


def _list(acs: Acs, collection: str, asked: Mapping[str, str]) -> Reply:
    documents = _documents(acs, collection)
    if documents is None:
        return Reply(404, "Not Found", "404 Not Found")
    try:
        query = json.loads(asked.get("query") or "{}")
    except ValueError:
        words = "SyntaxError: Expected property name or '}' in JSON at position 1"
        return Reply(400, "Bad Request", words)
    of_devices = collection == "devices"
    found = [each for each in documents if matches(each, query, of_devices=of_devices)]
    shown = found[int(asked.get("skip", 0)) :][: int(asked.get("limit", 0)) or None]
    if paths := asked.get("projection"):
        shown = [project(each, paths.split(",")) for each in shown]
    rows = ",\n".join(json.dumps(each, separators=(",", ":")) for each in shown)
    return Reply(200, "OK", f"[\n{rows}\n]", {**JSON, "total": str(len(found))})


def _documents(acs: Acs, collection: str) -> list[dict[str, Any]] | None:
    match collection:
        case "devices":
            return [known.document() for known in acs.devices.values()]
        case "tasks":
            return list(acs.tasks.values())
        case "faults":
            return list(acs.faults.values())
        case "provisions" | "presets":
            return list(acs.stored[collection].values())
    return None
