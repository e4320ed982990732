"""Links: secret at rest, one page for all that do not open, limited guesses, hostile tokens."""

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from backend.auth.misses import IN_ALL, PER_SOURCE
from backend.auth.session import DeviceSession
from backend.store.links import create_link, find_link, list_links, revoke_link
from backend.store.tables import metadata
from tests.api.installation import (
    CUSTOMER,
    OFFICE_PHONE,
    PROXY,
    Installation,
    enrolled,
    opened,
    people,
    press,
)
from tests.given import JULIE, MARC, NOW_MS
from tests.rows import row

HOSTILE = [
    "a" * 8000,
    "%00",
    "abc%00def",
    "%F0%9F%90%8D",
    "%C3%A9",
    "%FF%FE",
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1--",
    "%3Cscript%3E",
    "{{7*7}}",
    "%0d%0aSet-Cookie:%20a=b",
]


async def as_marc(*_: Any) -> DeviceSession:
    """Whoever calls."""
    return DeviceSession("device", MARC, "Marc Tremblay", 0)


@row(1, without={"backend.store.links.hash_secret": str, "backend.store.devices.hash_secret": str})
@row(40, without={"backend.store.links.hash_secret": str})
async def test_no_table_holds_a_token_or_a_session(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    await enrolled(phone, link.token)

    dump = await terrain.store.read(_everything)

    assert link.token not in dump
    assert phone.cookies["__Host-terrain"] not in dump


async def test_a_token_has_256_bits_and_is_never_the_same(terrain: Installation) -> None:
    tokens = {(await terrain.link()).token for _ in range(20)}

    assert len(tokens) == 20
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}


async def test_a_link_is_made_for_known_technicians_only(terrain: Installation) -> None:
    with pytest.raises(LookupError):
        await terrain.link("technician/nobody")


async def test_links_are_listed_without_their_tokens_newest_first(terrain: Installation) -> None:
    first = await terrain.link()
    terrain.clock.move(seconds=1)
    second = await terrain.link(max_devices=1)
    await terrain.link(JULIE)

    listed = await terrain.store.read(lambda conn: list_links(conn, MARC))

    assert [each.id for each in listed] == [second.id, first.id]
    assert listed[0].technician.name == "Marc Tremblay"
    assert second.token not in repr(listed)


async def test_revoking_twice_keeps_the_first_instant(terrain: Installation) -> None:
    link = await terrain.link()

    async def revoked_at(now_ms: int) -> int | None:
        assert await terrain.write(lambda conn: revoke_link(conn, link.id, now_ms))
        found = await terrain.store.read(lambda conn: find_link(conn, link.token))
        return found.revoked_at if found else None

    assert await revoked_at(NOW_MS + 1) == NOW_MS + 1
    assert await revoked_at(NOW_MS + 2) == NOW_MS + 1
    assert not await terrain.write(lambda conn: revoke_link(conn, "nothing", NOW_MS))


@row(6, without={"backend.store.links.Link.is_open": lambda *_: True})
async def test_unknown_expired_and_revoked_links_give_one_page(terrain: Installation) -> None:
    expired, revoked = await terrain.link(days=1), await terrain.link(days=30)
    await terrain.write(lambda conn: revoke_link(conn, revoked.id, NOW_MS))
    terrain.clock.move(days=2)

    pages = [
        await terrain.phone().get(f"/t/{token}")
        for token in ("unknown", expired.token, revoked.token)
    ]

    assert [page.status_code for page in pages] == [404, 404, 404]
    assert len({page.text for page in pages}) == 1
    assert OFFICE_PHONE in pages[0].text


async def test_the_button_of_a_link_that_closed_meanwhile_gives_the_same_page(
    terrain: Installation,
) -> None:
    link = await terrain.link(days=1)
    phone = terrain.phone()
    terrain.clock.move(days=2)

    late = await press(phone, link.token, "any")

    assert late.status_code == 404
    assert late.text == (await phone.get("/t/unknown")).text


@pytest.mark.parametrize("token", HOSTILE)
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_hostile_token_gets_a_plain_refusal(
    terrain: Installation, token: str, language: str
) -> None:
    phone = terrain.phone()
    phone.headers["Accept-Language"] = language

    answers = [await phone.get(f"/t/{token}"), await press(phone, token, token)]

    for answer in answers:
        assert answer.status_code in {401, 404, 405}
        assert "set-cookie" not in answer.headers
        assert "Traceback" not in answer.text
        assert "<script>" not in answer.text


@row(2, without={"backend.tech.page.current_session": as_marc})
async def test_no_answer_without_a_session_holds_anything_of_a_customer(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    paths = ["/t/", "/t", f"/t/{link.token}", "/t/unknown", "/t/a/b", "/t/shell", "/t/sw.js"]
    paths += ["/t/manifest.webmanifest", "/assets/tech-0a1b2c3d.js", "/robots.txt", "/api/whoami"]

    bodies = [(await phone.get(path)).text for path in paths]
    bodies.append((await press(phone, link.token, "wrong")).text)
    bodies.append((await phone.post(f"/t/{link.token}")).text)

    assert not [word for word in (*CUSTOMER, "Archambault") for body in bodies if word in body]


@row(6, without={"backend.auth.misses.Misses.check": lambda *_: None})
async def test_too_many_misses_of_one_neighbourhood_are_slowed_down(terrain: Installation) -> None:
    link = await terrain.link()
    for number in range(PER_SOURCE):
        page = await terrain.phone(f"198.51.100.{number}").get("/t/guess")
        assert page.status_code == 404

    refused = await terrain.phone("198.51.100.200").get(f"/t/{link.token}")
    elsewhere = await terrain.phone("203.0.113.9").get(f"/t/{link.token}")
    terrain.clock.move(seconds=60)
    later = await terrain.phone("198.51.100.200").get(f"/t/{link.token}")

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert elsewhere.status_code == later.status_code == 200


async def test_a_known_phone_is_not_slowed_down_by_its_neighbours(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone("198.51.100.1")
    await enrolled(phone, link.token)
    for _ in range(PER_SOURCE + 1):
        await terrain.phone("198.51.100.2").get("/t/guess")

    assert (await phone.get(f"/t/{link.token}")).status_code == 200


async def test_misses_are_limited_in_all(terrain: Installation) -> None:
    for number in range(IN_ALL):
        page = await terrain.phone(f"192.0.{number}.1").get("/t/guess")
        assert page.status_code == 404

    assert (await terrain.phone("203.0.113.9").get("/t/guess")).status_code == 429


@row(17, without={"backend.auth.address.is_within": lambda *_: True})
async def test_a_forwarded_address_of_a_stranger_makes_no_new_bucket(
    terrain: Installation,
) -> None:
    phone = terrain.phone("198.51.100.1")
    for number in range(PER_SOURCE):
        await phone.get("/t/guess", headers={"X-Forwarded-For": f"203.0.{number}.1"})

    refused = await phone.get("/t/guess", headers={"X-Forwarded-For": "203.0.113.250"})

    assert refused.status_code == 429


async def test_behind_the_proxy_only_the_hop_it_saw_counts(terrain: Installation) -> None:
    phone = terrain.phone(PROXY)
    for number in range(PER_SOURCE):
        forged = f"192.0.{number}.1, 198.51.100.7"
        await phone.get("/t/guess", headers={"X-Forwarded-For": forged})

    same = await phone.get("/t/guess", headers={"X-Forwarded-For": "198.51.100.8"})
    other = await phone.get("/t/guess", headers={"X-Forwarded-For": "203.0.113.8"})

    assert same.status_code == 429
    assert other.status_code == 404


async def test_ipv6_neighbours_share_a_64(terrain: Installation) -> None:
    for number in range(PER_SOURCE):
        await terrain.phone(f"2001:db8:0:7::{number:x}").get("/t/guess")

    same = await terrain.phone("2001:db8:0:7:ffff::1").get("/t/guess")
    other = await terrain.phone("2001:db8:0:8::1").get("/t/guess")

    assert same.status_code == 429
    assert other.status_code == 404


async def test_without_the_built_app_pages_say_so_in_both_languages(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path, built=False) as terrain:
        await terrain.write(people)
        made = await terrain.write(lambda conn: create_link(conn, MARC, NOW_MS, 14, 3))

        pages = [
            await terrain.phone().get("/t/"),
            await terrain.phone().get(f"/t/{made.token}"),
            await press(terrain.phone(), made.token, "any"),
            await terrain.phone().get("/t/sw.js"),
        ]

    for page in pages:
        assert page.status_code == 503
        assert "pas installée" in page.text
        assert "not installed" in page.text
        assert OFFICE_PHONE in page.text


def _everything(conn: Connection) -> str:
    return "\n".join(
        repr(row) for table in metadata.sorted_tables for row in conn.execute(select(table))
    )
