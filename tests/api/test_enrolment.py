"""A link's page enrols a phone by its button; a known phone sees its day."""

import asyncio

import pytest

from backend.store.devices import list_devices
from backend.store.links import revoke_link
from tests.api.installation import (
    CUSTOMER,
    HOST,
    OFFICE_PHONE,
    STICKER_HOST,
    Installation,
    enrolled,
    form_token,
    press,
)
from tests.given import JULIE, MARC, upstream
from tests.rows import row

COOKIE = "__Host-terrain"


async def test_a_link_shows_a_first_name_and_a_button_and_nothing_of_a_customer(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    phone = terrain.phone()

    page = await phone.get(f"/t/{link.token}")

    assert page.status_code == 200
    assert "Bonjour Marc<" in page.text
    assert "Tremblay" not in page.text
    assert not any(word in page.text for word in CUSTOMER)
    assert page.text.count("<button") == 1
    assert "set-cookie" not in page.headers


async def test_the_pages_speak_english_to_those_who_ask_for_it(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    phone.headers["Accept-Language"] = "en-CA,en;q=0.9,fr;q=0.5"

    page = await phone.get(f"/t/{link.token}")
    unknown = await phone.get("/t/nothing")

    assert '<html lang="en-CA">' in page.text
    assert '<html lang="en-CA">' in unknown.text


async def test_the_button_answers_with_the_day_itself(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()

    day = await enrolled(phone, link.token)

    assert day.status_code == 200
    assert CUSTOMER[0] in day.text
    assert CUSTOMER[1] in day.text
    assert '<script type="application/json" id="day">' in day.text
    assert f'"sticker_host":"{STICKER_HOST}"' in day.text
    assert day.headers["cache-control"] == "no-store"


async def test_the_cookie_is_bound_to_the_host_and_hidden_from_scripts(
    terrain: Installation,
) -> None:
    link = await terrain.link()

    day = await enrolled(terrain.phone(), link.token)

    name_value, *attributes = day.headers["set-cookie"].split("; ")
    name, _, value = name_value.partition("=")
    assert name == COOKIE
    assert len(value) == 43  # 256 bits in base64url
    assert {each.lower() for each in attributes} == {
        "secure",
        "httponly",
        "samesite=lax",
        "path=/",
        "max-age=7776000",
    }


async def test_fifty_openings_change_nothing(terrain: Installation) -> None:
    link = await terrain.link()
    scanner = terrain.phone()
    for _ in range(50):
        await scanner.get(f"/t/{link.token}")

    day = await enrolled(terrain.phone(), link.token)

    assert day.status_code == 200
    assert len(await terrain.store.read(list_devices)) == 1


@row(2, without={"backend.store.devices._in_use": lambda *_: 0})
async def test_the_fourth_phone_of_a_link_is_refused_with_the_office_number(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    for _ in range(3):
        assert (await enrolled(terrain.phone(), link.token)).status_code == 200

    refused = await enrolled(terrain.phone(), link.token)

    assert refused.status_code == 403
    assert OFFICE_PHONE in refused.text
    assert "set-cookie" not in refused.headers
    assert len(await terrain.store.read(list_devices)) == 3


async def test_phones_that_press_at_once_do_not_pass_the_limit(terrain: Installation) -> None:
    link = await terrain.link()

    days = await asyncio.gather(*(enrolled(terrain.phone(), link.token) for _ in range(8)))

    assert sorted(day.status_code for day in days) == [200] * 3 + [403] * 5
    assert len(await terrain.store.read(list_devices)) == 3


async def test_a_session_that_ended_gives_its_place_back(terrain: Installation) -> None:
    link = await terrain.link(days=60, max_devices=1)
    await enrolled(terrain.phone(), link.token)
    terrain.clock.move(days=31)

    day = await enrolled(terrain.phone(), link.token)

    assert day.status_code == 200


async def test_a_form_sent_twice_enrols_one_phone(terrain: Installation) -> None:
    link = await terrain.link()
    form = form_token((await terrain.phone().get(f"/t/{link.token}")).text)

    first = await press(terrain.phone(), link.token, form)
    again = terrain.phone()
    second = await press(again, link.token, form)

    assert first.status_code == second.status_code == 200
    assert len(await terrain.store.read(list_devices)) == 1
    assert CUSTOMER[0] in (await again.get("/t/")).text


async def test_an_old_form_cannot_take_over_a_phone(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    form = form_token((await phone.get(f"/t/{link.token}")).text)
    await press(phone, link.token, form)
    terrain.clock.move(seconds=601)

    taken = await press(terrain.phone(), link.token, form)

    assert taken.status_code == 403
    assert "set-cookie" not in taken.headers
    assert (await phone.get("/t/")).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", f"https://{HOST}.evil.example", f"https://x@{HOST}", HOST],
)
async def test_a_form_of_another_site_enrols_nobody(terrain: Installation, origin: str) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    form = form_token((await phone.get(f"/t/{link.token}")).text)

    answer = await press(phone, link.token, form, Origin=origin)

    assert answer.status_code == 403
    assert await terrain.store.read(list_devices) == []


@row(11, without={"backend.tech.page.is_own_origin": lambda _: True})
async def test_a_form_without_an_origin_enrols_nobody(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    form = form_token((await phone.get(f"/t/{link.token}")).text)

    answer = await phone.post(f"/t/{link.token}", data={"form_token": form})

    assert answer.status_code == 403
    assert await terrain.store.read(list_devices) == []


@pytest.mark.parametrize("form", ["", "abc", ".", "é.ü", "a" * 3000, "n.0\x00"])
async def test_a_form_token_that_the_page_did_not_give_shows_the_button_again(
    terrain: Installation, form: str
) -> None:
    link = await terrain.link()

    answer = await press(terrain.phone(), link.token, form)

    assert answer.status_code == 403
    assert form_token(answer.text)
    assert await terrain.store.read(list_devices) == []


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"\xff\xfe=&form_token=%ff%zz", "application/x-www-form-urlencoded", 403),
        (b"form_token=" + b"a" * 4085, "application/x-www-form-urlencoded", 403),
        (b"form_token=" + b"a" * 4086, "application/x-www-form-urlencoded", 413),
        (b'{"form_token": "x"}', "application/json", 403),
        (b"--x\r\ngarbage", "multipart/form-data; boundary=x", 403),
        (b"garbage", "multipart/form-data", 403),
    ],
)
async def test_a_hostile_form_enrols_nobody(
    terrain: Installation, body: bytes, media_type: str, status: int
) -> None:
    link = await terrain.link()
    headers = {"Origin": f"https://{HOST}", "Content-Type": media_type}

    answer = await terrain.phone().post(f"/t/{link.token}", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert await terrain.store.read(list_devices) == []


async def test_a_form_token_of_another_link_is_not_accepted(terrain: Installation) -> None:
    mine, other = await terrain.link(), await terrain.link(JULIE)
    phone = terrain.phone()
    form = form_token((await phone.get(f"/t/{mine.token}")).text)

    answer = await press(phone, other.token, form)

    assert answer.status_code == 403
    assert await terrain.store.read(list_devices) == []


async def test_a_known_phone_sees_its_day_after_the_link_expired(terrain: Installation) -> None:
    link = await terrain.link(days=14)
    phone = terrain.phone()
    await enrolled(phone, link.token)
    terrain.clock.move(days=20)

    by_link, by_home = await phone.get(f"/t/{link.token}"), await phone.get("/t/")

    assert by_link.status_code == by_home.status_code == 200
    assert 'id="day"' in by_link.text
    assert 'id="day"' in by_home.text


async def test_pressing_the_button_on_a_known_phone_makes_no_second_device(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    await enrolled(phone, link.token)

    again = await press(phone, link.token, "whatever")

    assert 'id="day"' in again.text
    assert "set-cookie" not in again.headers
    assert len(await terrain.store.read(list_devices)) == 1


async def test_a_shared_phone_shows_the_other_technicians_button_then_their_day(
    terrain: Installation,
) -> None:
    marc, julie = await terrain.link(MARC), await terrain.link(JULIE)
    phone = terrain.phone()
    await enrolled(phone, marc.token)

    button = await phone.get(f"/t/{julie.token}")
    day = await press(phone, julie.token, form_token(button.text))
    home = await phone.get("/t/")

    assert "Bonjour Julie<" in button.text
    assert CUSTOMER[0] not in button.text
    assert CUSTOMER[0] not in day.text
    assert JULIE.partition("/")[2] in day.text
    assert MARC.partition("/")[2] not in home.text


async def test_a_phone_without_a_session_is_told_to_ask_for_a_link(terrain: Installation) -> None:
    page = await terrain.phone().get("/t/")

    assert page.status_code == 401
    assert OFFICE_PHONE in page.text


async def test_a_session_that_ended_meets_the_button_again_on_an_open_link(
    terrain: Installation,
) -> None:
    link = await terrain.link(days=60)
    phone = terrain.phone()
    await enrolled(phone, link.token)
    terrain.clock.move(days=31)

    again = await enrolled(phone, link.token)

    assert 'id="day"' in again.text
    assert len(await terrain.store.read(list_devices)) == 2


async def test_a_revoked_link_shows_the_page_of_an_unknown_one_to_its_phones(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    await enrolled(phone, link.token)

    await terrain.write(lambda conn: revoke_link(conn, link.id, terrain.clock.now_ms))

    page = await phone.get(f"/t/{link.token}")
    assert page.status_code == 404
    assert page.text == (await terrain.phone().get("/t/unknown")).text
    assert (await phone.get("/t/")).status_code == 401


async def test_a_technician_who_left_opens_nothing(terrain: Installation) -> None:
    link = await terrain.link()
    phone = terrain.phone()
    await enrolled(phone, link.token)

    await terrain.write(lambda conn: upstream(conn, 50, MARC, "TECH-1", active=False))

    assert (await phone.get("/t/")).status_code == 401
    assert (await terrain.phone().get(f"/t/{link.token}")).status_code == 404
