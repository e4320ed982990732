"""On an iPhone a one-time code opens the icon of the home screen, whose storage is its own."""

import asyncio
import re
from collections.abc import Iterable

import httpx

from backend.store.devices import list_devices
from backend.store.links import revoke_link
from tests.api.installation import (
    CUSTOMER,
    OFFICE_PHONE,
    Installation,
    enrolled,
    form_token,
)
from tests.rows import row

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
SAFARI, ICON, ELSEWHERE = "203.0.113.7", "203.0.114.7", "198.51.100.7"


async def code_of(terrain: Installation, token: str) -> str:
    """The code that the link's page shows in Safari."""
    page = await ask_code(terrain, token)
    return shown(page.text)


async def ask_code(terrain: Installation, token: str) -> httpx.Response:
    safari = terrain.phone(SAFARI)
    safari.headers["User-Agent"] = IPHONE
    form = {"form_token": form_token((await safari.get(f"/t/{token}")).text), "icon": "1"}
    return await safari.post(f"/t/{token}", data=form, headers=own(safari))


def shown(page: str) -> str:
    found = re.search(r'<b class="big">(\d{3})\u00a0(\d{3})</b>', page)
    assert found
    return found[1] + found[2]


async def typed(
    phone: httpx.AsyncClient, code: str, nonce: str = "", origin: str = ""
) -> httpx.Response:
    """Type a code into the page that the icon opens."""
    page = (await phone.get("/t/")).text
    given = nonce or page.partition('name="nonce" value="')[2].partition('"')[0]
    headers = {"Origin": origin} if origin else own(phone)
    return await phone.post("/t/", data={"code": code, "nonce": given}, headers=headers)


def own(phone: httpx.AsyncClient) -> dict[str, str]:
    return {"Origin": str(phone.base_url).rstrip("/")}


async def test_an_iphone_is_sent_to_its_icon_with_a_code_that_opens_it(
    terrain: Installation,
) -> None:
    link = await terrain.link()
    safari, icon = terrain.phone(SAFARI), terrain.phone(ICON)
    safari.headers["User-Agent"] = IPHONE

    page = await safari.get(f"/t/{link.token}")
    code = await code_of(terrain, link.token)
    day = await typed(icon, f"{code[:3]} {code[3:]}")

    assert page.text.count("<button") == 1
    assert 'rel="manifest"' in page.text
    assert day.status_code == 200
    assert CUSTOMER[0] in day.text
    assert CUSTOMER[0] in (await icon.get("/t/")).text
    [device] = await terrain.store.read(list_devices)
    assert device.link == link.id


async def test_opening_the_page_fifty_times_makes_no_code(terrain: Installation) -> None:
    link = await terrain.link()
    code = await code_of(terrain, link.token)
    robot = terrain.phone(SAFARI)
    robot.headers["User-Agent"] = IPHONE
    for _ in range(50):
        await robot.get(f"/t/{link.token}")

    assert (await typed(terrain.phone(ICON), code)).status_code == 200


@row(2, without={"backend.store.codes._spend": lambda *_: None})
async def test_a_code_opens_one_phone(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)

    first = await typed(terrain.phone(ICON), code)
    second = await typed(terrain.phone(ICON), code)

    assert (first.status_code, second.status_code) == (200, 403)
    assert len(await terrain.store.read(list_devices)) == 1


async def test_two_phones_that_type_one_code_at_once_are_one_too_many(
    terrain: Installation,
) -> None:
    code = await code_of(terrain, (await terrain.link()).token)

    answers = await asyncio.gather(*(typed(terrain.phone(ICON), code) for _ in range(4)))

    assert sorted(each.status_code for each in answers) == [200, 403, 403, 403]


async def test_a_form_whose_answer_was_lost_is_sent_again(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)
    icon = terrain.phone(ICON)

    await typed(terrain.phone(ICON), code, "one-form")
    again = await typed(icon, code, "one-form")

    assert again.status_code == 200
    assert len(await terrain.store.read(list_devices)) == 1


@row(2, without={"backend.store.codes.CODE_MS": 3_600_000})
async def test_a_code_lasts_ten_minutes(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)
    terrain.clock.move(seconds=600)

    late = await typed(terrain.phone(ICON), code)

    assert late.status_code == 403
    assert OFFICE_PHONE in late.text
    assert "set-cookie" not in late.headers


@row(2, without={"backend.tech.site.Misses.count": lambda *_: None})
async def test_a_neighbourhood_has_five_tries_of_codes(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)
    for wrong in others(code, 5):
        assert (await typed(terrain.phone(ELSEWHERE), wrong)).status_code == 403

    sixth = await typed(terrain.phone(ELSEWHERE), code)
    from_elsewhere = await typed(terrain.phone(ICON), code)

    assert sixth.status_code == 429
    assert from_elsewhere.status_code == 200


@row(2, without={"backend.store.codes.MOST_MISSES": 1000})
async def test_fifty_wrong_codes_of_anybody_end_those_that_stand(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)
    for place, wrong in enumerate(others(code, 50)):
        await typed(terrain.phone(f"198.51.{place}.7"), wrong)

    too_late = await typed(terrain.phone(ICON), code)

    assert too_late.status_code == 403


def others(code: str, count: int) -> Iterable[str]:
    return (f"{(int(code) + 1 + each) % 10**6:06}" for each in range(count))


async def test_a_new_code_of_a_link_takes_the_place_of_its_last(terrain: Installation) -> None:
    link = await terrain.link()
    old, new = await code_of(terrain, link.token), await code_of(terrain, link.token)

    assert (await typed(terrain.phone(ICON), old)).status_code == 403
    assert (await typed(terrain.phone(ICON), new)).status_code == 200


@row(2, without={"backend.store.codes.is_full": lambda *_: False})
async def test_no_code_is_given_for_a_fourth_phone(terrain: Installation) -> None:
    link = await terrain.link(max_devices=1)
    await enrolled(terrain.phone(), link.token)

    refused = await ask_code(terrain, link.token)

    assert refused.status_code == 403
    assert OFFICE_PHONE in refused.text


async def test_a_code_of_a_revoked_link_opens_nothing(terrain: Installation) -> None:
    link = await terrain.link()
    code = await code_of(terrain, link.token)
    await terrain.write(lambda conn: revoke_link(conn, link.id, terrain.clock.now_ms))

    assert (await typed(terrain.phone(ICON), code)).status_code == 403


async def test_a_code_is_no_address(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)

    assert (await terrain.phone(ICON).get(f"/t/{code}")).status_code == 404


async def test_a_code_from_a_page_of_another_site_is_not_tried(terrain: Installation) -> None:
    code = await code_of(terrain, (await terrain.link()).token)

    foreign = await typed(terrain.phone(ICON), code, origin="https://evil.example")

    assert foreign.status_code == 403
    assert (await typed(terrain.phone(ICON), code)).status_code == 200
