"""POST /api/sync and GET /api/events through the whole application."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Connection

from backend.app import create_app
from backend.installation import Installation
from backend.settings import Settings
from backend.store.links import create_link
from backend.store.tables import device
from sync.protocol import BATCH_BYTES, PROTOCOL
from tests.api.installation import a_build, enrolled, people
from tests.given import JOB, JULIE, MARC, NOW_MS, OTHER_JOB, a_visit, cells_of, upstream, uuid7
from tests.rows import row


class Phone:
    """An enrolled phone that speaks the protocol by hand."""

    def __init__(self, http: httpx.AsyncClient, device: str) -> None:
        self.http = http
        self.device = device

    def body(self, *mutations: Any, **changed: Any) -> dict[str, Any]:
        """A request."""
        request = {"protocol": PROTOCOL, "device": self.device, "epoch": 1, "cursor": ""}
        return request | {"mutations": mutations} | changed

    async def sync(self, *mutations: Any, **changed: Any) -> httpx.Response:
        """One round trip."""
        return await self.http.post("/api/sync", json=self.body(*mutations, **changed))


def note(number: int, text: str = "Chien", **changed: Any) -> dict[str, Any]:
    """A note as the phone writes it."""
    sent = {"id": uuid7(number), "seq": number, "kind": "note", "key": JOB, "base": 1}
    return sent | {"made_at": NOW_MS, "args": {"text": text}} | changed


@pytest.fixture
async def parts(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Installation, Any]]:
    """The running application."""
    data, pwa = str(tmp_path / "data"), str(a_build(tmp_path / "dist"))
    settings = Settings(data=data, database=database_url, pwa=pwa)
    app = create_app(settings, lambda: NOW_MS)
    parts: Installation = app.state.installation
    async with parts.lifespan(app):
        await parts.store.writer.run(people)
        yield parts, app


@pytest.fixture
async def phone(parts: tuple[Installation, Any]) -> AsyncIterator[Phone]:
    """Marc's enrolled phone."""
    running, app = parts
    link = await running.store.writer.run(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="https://terrain.test") as http:
        page = await enrolled(http, link.token)
        day = page.text.partition('id="day">')[2].partition("</script>")[0]
        http.headers["X-Terrain"] = "1"
        yield Phone(http, json.loads(day)["device"])


async def test_one_round_trip_pushes_and_pulls(phone: Phone) -> None:
    answer = await phone.sync(note(1))

    reply = answer.json()
    assert answer.status_code == 200
    assert [verdict[:2] for verdict in reply["verdicts"]] == [[uuid7(1), "applied"]]
    [row] = [put for put in reply["changes"]["put"] if put["key"] == JOB]
    assert row["cells"][f"notes/{uuid7(1)}"]["text"] == "Chien"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_next_pull_brings_only_what_changed(phone: Phone) -> None:
    first = (await phone.sync(note(1))).json()["changes"]

    second = (await phone.sync(note(2), cursor=first["cursor"])).json()["changes"]

    assert second["put"] == [
        {"key": JOB, "cells": {f"notes/{uuid7(2)}": second["put"][0]["cells"][f"notes/{uuid7(2)}"]}}
    ]
    third = (await phone.sync(cursor=second["cursor"])).json()["changes"]
    assert "put" not in third


async def test_the_same_bytes_get_the_same_verdicts(phone: Phone) -> None:
    first = (await phone.sync(note(1), note(2, text=""))).json()
    again = (await phone.sync(note(1), note(2, text=""))).json()

    assert again["verdicts"] == first["verdicts"]
    assert first["verdicts"][1][1:] == ["rejected", {"reason": "text-length"}]


async def test_without_a_cookie_there_is_no_answer(phone: Phone) -> None:
    phone.http.cookies.clear()

    answer = await phone.sync(note(1))

    assert answer.status_code == 401
    assert answer.json()["error"] == "no-session"


@row(35, without={"backend.replication.api._check_device": lambda *_: None})
async def test_another_device_than_the_cookies_is_refused(phone: Phone) -> None:
    answer = await phone.sync(note(1), device=uuid7(77))

    assert (answer.status_code, answer.json().get("error")) == (403, "wrong-device")


@row(5, without={"sync.state.State.holds": lambda *_: True})
async def test_a_foreign_visit_is_answered_like_one_that_does_not_exist(
    phone: Phone, parts: tuple[Installation, Any]
) -> None:
    def give_julie_a_visit(conn: Any) -> None:
        upstream(conn, 7, JULIE, "TECH-2", full_name="Julie")
        a_visit(conn, key=OTHER_JOB, technician=JULIE)

    await parts[0].store.writer.run(give_julie_a_visit)
    nowhere = f"job/{uuid7(9)}"

    answer = (await phone.sync(note(1, key=OTHER_JOB), note(2, key=nowhere))).json()

    assert answer["verdicts"][0][1:] == answer["verdicts"][1][1:]
    assert OTHER_JOB not in {put["key"] for put in answer["changes"]["put"]}


async def test_a_body_that_cannot_be_read_says_so(phone: Phone) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await phone.http.post("/api/sync", content=b"\xff{", headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (400, "unreadable")


async def test_the_culprit_of_a_bisection_parks_and_the_seq_moves_on(phone: Phone) -> None:
    culprit = note(1, kind="opaque", key="", args={"payload": "\\ud800?"})

    answer = (await phone.sync(culprit, note(2))).json()

    assert [verdict[1] for verdict in answer["verdicts"]] == ["parked", "applied"]


@row(14, without={"backend.replication.api.BATCH_BYTES": 10**9})
async def test_an_oversize_body_is_refused_before_it_is_read(phone: Phone) -> None:
    unread = True

    async def body() -> AsyncIterator[bytes]:
        nonlocal unread
        unread = False
        yield b"x"

    headers = {"Content-Type": "application/json", "Content-Length": str(BATCH_BYTES + 1)}
    request = phone.http.build_request("POST", "/api/sync", headers=headers, content=body())
    answer = await phone.http.send(request)

    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert unread


async def test_a_body_without_a_length_stops_being_read_at_the_limit(phone: Phone) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 8192

    headers = {"Content-Type": "application/json"}
    answer = await phone.http.post("/api/sync", content=body(), headers=headers)

    assert answer.status_code == 413


async def test_a_gzip_body_is_understood(phone: Phone) -> None:
    packed = gzip.compress(json.dumps(phone.body(note(1))).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = await phone.http.post("/api/sync", content=packed, headers=headers)

    assert answer.json()["verdicts"][0][1] == "applied"


async def test_a_newer_phone_waits_and_nothing_is_consumed(phone: Phone) -> None:
    answer = await phone.sync(note(1), protocol=PROTOCOL + 1)

    assert (answer.status_code, answer.json()["error"]) == (503, "newer-client")
    assert int(answer.headers["retry-after"]) > 0
    assert (await phone.sync(note(1))).json()["verdicts"][0][1] == "applied"


@row(11, without={"backend.auth.origin._SAFE": frozenset({"GET", "POST"})})
async def test_a_request_without_our_header_is_foreign(phone: Phone) -> None:
    del phone.http.headers["X-Terrain"]

    assert (await phone.sync(note(1))).status_code == 403


async def test_the_heartbeat_is_kept_for_the_board(
    phone: Phone, parts: tuple[Installation, Any]
) -> None:
    pending = {"count": 3, "oldest": NOW_MS - 5, "photos": 1, "bytes": 250_000}

    await phone.sync(pending=pending, app="0.1.0")

    row = await parts[0].store.read(lambda conn: conn.execute(device.select()).one())
    assert (row.pending_count, row.pending_photos, row.app) == (3, 1, "0.1.0")


async def test_a_stream_pokes_without_content_when_the_office_changes_a_visit(
    parts: tuple[Installation, Any],
) -> None:
    running = parts[0]
    stream = running.pokes.stream(MARC)
    opened = await anext(stream)

    await running.store.writer.run(lambda conn: upstream(conn, 8, JOB, "x", subject="Autre"))
    poke = await anext(stream)
    running.pokes.close()

    assert opened["comment"] == "open"
    assert poke == {"event": "poke", "data": "{}"}
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_stream_needs_a_session(phone: Phone) -> None:
    phone.http.cookies.clear()

    assert (await phone.http.get("/api/events")).status_code == 401


async def test_the_description_of_the_api_is_for_staff_alone(
    parts: tuple[Installation, Any],
) -> None:
    transport = httpx.ASGITransport(cast(Any, parts[1]))
    async with httpx.AsyncClient(transport=transport, base_url="https://terrain.test") as http:
        for path in ("/schema", "/schema/openapi.json", "/board/schema/openapi.json"):
            assert (await http.get(path)).status_code in (401, 404)


async def test_a_mutation_that_a_database_would_refuse_spoils_nobody_elses(phone: Phone) -> None:
    serial = {"serial": "A\0B"}
    odd = note(1, kind="equipment", args=serial)

    answer = (await phone.sync(odd, note(2))).json()

    assert [verdict[1] for verdict in answer["verdicts"]] == ["parked", "applied"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_takes_nothing_refuses_a_push_until_it_does(
    phone: Phone, parts: tuple[Installation, Any]
) -> None:
    await parts[0].store.writer.run(take_nothing)

    refused = await phone.sync(note(1))
    again = await phone.sync(note(1))

    assert (refused.status_code, refused.json()["error"]) == (503, "storage-failed")
    assert refused.headers["retry-after"]
    assert [verdict[1] for verdict in again.json()["verdicts"]] == ["applied"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_pull_goes_on_while_the_database_takes_nothing(
    phone: Phone, parts: tuple[Installation, Any]
) -> None:
    await parts[0].store.writer.run(take_nothing)

    answer = await phone.sync()

    assert answer.status_code == 200
    assert JOB in {put["key"] for put in answer.json()["changes"]["put"]}


def take_nothing(conn: Connection) -> None:
    """SQLite refuses every write of this connection, as on a disk that was remounted read-only."""
    conn.exec_driver_sql("PRAGMA query_only = ON").close()


async def test_a_visit_seen_on_the_screen_says_so_to_all_who_hold_it(phone: Phone) -> None:
    answer = await phone.sync(pending={"seen": [JOB, OTHER_JOB, "job/none", "contact/x"]})

    seen = {
        put["key"]: put["cells"]["seen"]
        for put in answer.json()["changes"]["put"]
        if put["cells"].get("seen")
    }
    assert seen == {JOB: {"at": NOW_MS, "by": "Marc Tremblay"}}


async def test_who_says_it_again_changes_nothing(phone: Phone) -> None:
    first = await phone.sync(pending={"seen": [JOB]})
    cursor = first.json()["changes"]["cursor"]

    again = await phone.sync(cursor=cursor, pending={"seen": [JOB]})

    assert again.json()["changes"].get("put", []) == []


async def test_a_phone_that_does_not_hold_the_visit_any_more_has_not_seen_it(
    parts: tuple[Installation, Any], phone: Phone
) -> None:
    given = {"technician": JULIE}
    await parts[0].store.writer.run(lambda conn: upstream(conn, 70, JOB, "DJ-00161", **given))

    await phone.sync(pending={"seen": [JOB]})

    seen = await parts[0].store.read(lambda conn: cells_of(conn, JOB).get("seen"))
    assert seen is None


async def test_more_visits_than_a_screen_has_had_are_no_request(phone: Phone) -> None:
    answer = await phone.sync(pending={"seen": [JOB] * 41})

    assert answer.status_code == 400
