"""/api/push: a phone asks to be told of visits, at known services alone."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.notify.push.vapid import new_key
from backend.settings import PushSettings, Settings
from backend.simulators.push import Browser
from tests.api.office import behind_proxy, served
from tests.api.test_access import HEADERS, secret_file, technician
from tests.rows import row

ADDRESS = "https://fcm.googleapis.com/fcm/send/x"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with a key."""
    key = secret_file(tmp_path / "push-key", new_key())
    return replace(behind_proxy(tmp_path), push=PushSettings(key_file=key))


async def test_a_phone_asks_to_be_told_and_no_more(
    database_url: str, tmp_path: Path, settings: Settings
) -> None:
    async with served(database_url, tmp_path, settings) as office:
        phone = await technician(office)
        phone.headers.update(HEADERS)

        before = (await phone.get("/api/push")).json()
        on = await phone.post("/api/push", json=Browser().subscription(ADDRESS) | {"lang": "en"})
        told = (await phone.get("/api/push")).json()["told"]
        off = await phone.delete("/api/push")
        after = (await phone.get("/api/push")).json()["told"]

    assert len(before["key"]) == 87  # an uncompressed point
    assert (before["told"], on.status_code, told) == (False, 204, True)
    assert (off.status_code, after) == (204, False)


@row(38, without={"backend.notify.push.api.check_endpoint": lambda _endpoint: None})
async def test_an_internal_address_is_not_taken(
    database_url: str, tmp_path: Path, settings: Settings
) -> None:
    async with served(database_url, tmp_path, settings) as office:
        phone = await technician(office)
        phone.headers.update(HEADERS)

        refused = await phone.post("/api/push", json=Browser().subscription("https://10.0.0.1/x"))

    assert refused.status_code == 400
    assert refused.json()["error"] == "push-service"


async def test_keys_that_are_none_are_not_taken(
    database_url: str, tmp_path: Path, settings: Settings
) -> None:
    async with served(database_url, tmp_path, settings) as office:
        phone = await technician(office)
        phone.headers.update(HEADERS)
        good = Browser().subscription(ADDRESS)

        answers = [
            await phone.post("/api/push", json=good | {"keys": good["keys"] | wrong})
            for wrong in ({"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "é"}, {"auth": 1})
        ]

    assert {each.status_code for each in answers} == {400}


async def test_an_installation_without_a_key_offers_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path, behind_proxy(tmp_path)) as office:
        phone = await technician(office)
        phone.headers.update(HEADERS)

        offered = (await phone.get("/api/push")).json()
        refused = await phone.post("/api/push", json=Browser().subscription(ADDRESS))

    assert offered == {"key": "", "told": False}
    assert refused.status_code == 404
