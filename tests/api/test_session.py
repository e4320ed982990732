"""The API knows a phone by its cookie, takes state changes from our own pages, leaks nothing."""

import logging
import re
from typing import Any

import pytest

from backend.log import log
from backend.store.devices import list_devices, revoke_device
from backend.store.links import revoke_link
from tests.api.installation import HOST, Installation, enrolled
from tests.given import MARC, upstream
from tests.rows import row

OWN = {"Origin": f"https://{HOST}", "X-Terrain": "1"}
JSON = {"Content-Type": "application/json"}


def logged_whole(request: Any, error: Exception) -> str:
    """As a careless log would have it."""
    extra = {"correlation": "0" * 16, "route": "", "why": str(error), "path": request.url.path}
    log.error("request failed", extra=extra)
    return str(error)


async def test_the_api_knows_the_phone_and_its_technician(terrain: Installation) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)

    who = (await phone.get("/api/whoami")).json()

    [device] = await terrain.store.read(list_devices)
    assert who["device"] == device.id
    assert who["technician"] == MARC
    assert who["name"] == "Marc Tremblay"


@pytest.mark.parametrize("cookie", ["", "x", "é", "a" * 4000, "a; __Host-terrain=b"])
async def test_an_unknown_cookie_has_no_session(terrain: Installation, cookie: str) -> None:
    headers = {"Cookie": f"__Host-terrain={cookie}".encode()}

    answer = await terrain.phone().get("/api/whoami", headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 401
    assert answer.json() == {"error": "no-session", "reason": ""}


@row(3, without={"backend.store.devices.IDLE_MS": 10**12})
async def test_a_session_ends_after_30_silent_days(terrain: Installation) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)
    terrain.clock.move(days=29)
    assert (await phone.get("/api/whoami")).status_code == 200
    terrain.clock.move(days=29)
    assert (await phone.get("/api/whoami")).status_code == 200

    terrain.clock.move(days=30)

    answer = await phone.get("/api/whoami")
    assert answer.status_code == 401
    assert answer.json()["error"] == "no-session"


@row(3, without={"backend.store.devices.ABSOLUTE_MS": 10**12})
async def test_a_session_ends_after_90_days_whatever_happens(terrain: Installation) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)
    for _ in range(4):
        terrain.clock.move(days=22)
        assert (await phone.get("/api/whoami")).status_code == 200

    terrain.clock.move(days=2)

    assert (await phone.get("/api/whoami")).status_code == 401


async def test_a_phone_is_noted_as_seen_at_most_once_a_minute(terrain: Installation) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)
    [first] = await terrain.store.read(list_devices)

    terrain.clock.move(seconds=59)
    await phone.get("/api/whoami")
    [soon] = await terrain.store.read(list_devices)
    terrain.clock.move(seconds=1)
    await phone.get("/api/whoami")
    [later] = await terrain.store.read(list_devices)

    assert soon.seen_at == first.seen_at
    assert later.seen_at == first.seen_at + 60_000


@row(4, without={"backend.store.devices.Device.is_revoked": lambda _device: False})
async def test_revoking_a_device_ends_its_session_alone(terrain: Installation) -> None:
    link = await terrain.link()
    one, other = terrain.phone(), terrain.phone()
    await enrolled(one, link.token)
    device = (await one.get("/api/whoami")).json()["device"]
    await enrolled(other, link.token)

    await terrain.write(lambda conn: revoke_device(conn, device, terrain.clock.now_ms))

    refused = await one.get("/api/whoami")
    assert refused.status_code == 401
    assert refused.json()["error"] == "revoked"
    assert (await other.get("/api/whoami")).status_code == 200


async def test_revoking_a_link_ends_the_sessions_it_made(terrain: Installation) -> None:
    link, spare = await terrain.link(), await terrain.link()
    one, other = terrain.phone(), terrain.phone()
    await enrolled(one, link.token)
    await enrolled(other, spare.token)

    await terrain.write(lambda conn: revoke_link(conn, link.id, terrain.clock.now_ms))

    assert (await one.get("/api/whoami")).json()["error"] == "revoked"
    assert (await other.get("/api/whoami")).status_code == 200


@pytest.mark.parametrize("active", [False, 0])
async def test_a_technician_who_is_switched_off_is_revoked(
    terrain: Installation, active: object
) -> None:
    phone = terrain.phone()
    await enrolled(phone, (await terrain.link()).token)

    await terrain.write(lambda conn: upstream(conn, 60, MARC, "TECH-1", active=active))

    assert (await phone.get("/api/whoami")).json()["error"] == "revoked"


async def test_our_own_page_may_change_something(terrain: Installation) -> None:
    answer = await terrain.phone().post("/api/echo", content="{}", headers=OWN | JSON)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, 403),
        ({"X-Terrain": "1", "Origin": "https://evil.example", **JSON}, 403),
        ({"X-Terrain": "1", "Origin": "null", **JSON}, 403),
        ({"X-Terrain": "1", "Origin": f"ftp://{HOST}", **JSON}, 403),
        ({"X-Terrain": "0", **JSON}, 403),
        ({"X-Terrain": "1, 1", **JSON}, 403),
        ({**OWN, "Content-Type": "text/plain"}, 415),
        ({**OWN, "Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({**OWN, "Content-Type": "multipart/form-data; boundary=x"}, 415),
        (OWN, 415),
        ({"X-Terrain": "1", **JSON}, 200),
        ({**OWN, "Content-Type": "Application/JSON; charset=utf-8"}, 200),
    ],
)
async def test_a_state_change_shows_that_it_comes_from_our_page(
    terrain: Installation, headers: dict[str, str], status: int
) -> None:
    answer = await terrain.phone().post("/api/echo", content=b"{}", headers=headers)

    assert answer.status_code == status


async def test_a_route_takes_the_kinds_of_body_it_names(terrain: Installation) -> None:
    phone = terrain.phone()

    image = await phone.post(
        "/api/upload", content=b"x", headers={**OWN, "Content-Type": "image/png"}
    )
    other = await phone.post("/api/upload", content=b"x", headers=OWN | JSON)
    none = await phone.post("/api/upload", headers=OWN)

    assert [image.status_code, other.status_code, none.status_code] == [200, 415, 200]


@pytest.mark.parametrize("path", ["/api/broken/", "/api/breaking/", "/t/broken/"])
@row(20, without={"backend.auth.answers._logged": logged_whole})
async def test_an_unexpected_error_says_nothing_but_its_number(
    terrain: Installation, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await terrain.phone().get(path + "hunter2hunter2")

    [record] = [each for each in caplog.records if each.getMessage() == "request failed"]
    said = vars(record)
    assert answer.status_code == 500
    assert said["correlation"] in answer.text
    assert re.fullmatch(r"[0-9a-f]{16}", said["correlation"])
    assert said["route"] == path + "{secret}"
    assert "hunter2" not in answer.text
    assert "hunter2" not in repr(said["where"])
    assert "RuntimeError" not in answer.text


async def test_errors_of_the_api_are_a_code_and_a_reason(terrain: Installation) -> None:
    phone = terrain.phone()

    missing, wrong = await phone.get("/nowhere"), await phone.get("/api/echo")

    assert missing.json() == {"error": "not-found", "reason": ""}
    assert wrong.json() == {"error": "method-not-allowed", "reason": ""}


@row(7, without={"backend.auth.answers._logged": logged_whole})
async def test_neither_token_nor_cookie_is_ever_logged(
    terrain: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    # The test's own client logs what it asks for, and is not part of the server.
    for client in ("httpx", "httpcore"):
        caplog.set_level(logging.WARNING, client)
    with caplog.at_level(logging.DEBUG):
        await enrolled(phone, link.token)
        await phone.get("/api/whoami")
        await phone.get(f"/t/{link.token}/more")
        await phone.get(f"/t/broken/{link.token}")
        await terrain.write(lambda conn: revoke_link(conn, link.id, terrain.clock.now_ms))
        await phone.get(f"/t/{link.token}")
        await phone.get("/api/whoami")

    written = "\n".join(repr(vars(each)) for each in caplog.records)
    assert link.token not in written
    assert phone.cookies["__Host-terrain"] not in written
