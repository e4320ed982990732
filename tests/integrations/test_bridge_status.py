"""What the bridge tells of a modem: typed, dated, without secrets, from whatever it answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from backend.modem_bridge.reading import found
from backend.simulators.xx230v import Modem, Mood
from tests.integrations.bridged import SECRET, Bridged, bridged, protocol_drivers

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEM = "127.64.0.20"
PARTS = ("firmware", "optical", "wan", "lan", "wifi", "clients", "mesh", "memory", "processor")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridged]:
    folder = tmp_path_factory.mktemp("bridge")
    async with (
        protocol_drivers() as drivers,
        bridged(folder, [Mood()] * 3, drivers=drivers) as made,
    ):
        yield made


@pytest.fixture
def modem(asked: Bridged) -> Modem:
    """The modem at MODEM, as if nobody had asked it yet."""
    modem = asked.modems[MODEM]
    modem.mood = Mood()
    modem.logins.clear()
    return modem


async def test_status_has_every_part_with_its_object_and_its_moment(asked: Bridged) -> None:
    before = time.time_ns() // 1_000_000

    told = await asked.status("127.64.0.21")

    assert (told["http"], told["driver"]) == (200, "protocol")
    assert [told[part]["state"] for part in PARTS] == ["read"] * len(PARTS)
    assert all(before <= told[part]["as_of_ms"] <= time.time_ns() // 1_000_000 for part in PARTS)
    assert told["firmware"]["rows"][0]["model"] == "XX230v"
    assert {"name": "rx_power", "raw": "71", "path": "DEV2_OPTC_GPON_CFG.1.RXPower"} in told[
        "optical"
    ]["rows"]
    assert told["wan"]["rows"][0]["ipv4"] == "70.28.1.9"
    assert [row["ssid"] for row in told["wifi"]["rows"]] == ["Gigafibre-1234"] * 2
    assert len(told["clients"]["rows"]) == 3
    assert told["mesh"]["rows"][0]["backhaul"] == "Wi-Fi"


async def test_objects_are_read_in_one_login_and_without_their_secrets(
    asked: Bridged, modem: Modem
) -> None:
    names = ["DEV2_ADT_WIFI_COMMON", "DEV2_ADT_WAN", "DEV2_OPTC_GPON_CFG", "DEV2_NO_SUCH"]

    answer = await asked.client.post(f"/modems/{MODEM}/objects", json={"objects": names})

    assert len(modem.logins) == 1
    objects = answer.json()["objects"]
    assert objects["DEV2_ADT_WIFI_COMMON"]["rows"][0]["primarySSID"] == "Gigafibre-1234"
    assert objects["DEV2_NO_SUCH"] == {"state": "missing", "rows": [], "code": 71011}
    assert "simulated-" not in answer.text
    assert "c1234@" not in answer.text


@pytest.mark.parametrize(
    "names",
    [[], ["/cgi/login"], ["DEV2_USER_CFG"], ["dev2_dev_info"], ['DEV2_X","y":"'], ["DEV2_A"] * 9],
)
async def test_object_that_is_not_on_the_list_is_never_asked_for(
    asked: Bridged, modem: Modem, names: list[str]
) -> None:
    answer = await asked.client.post(f"/modems/{MODEM}/objects", json={"objects": names})

    assert (answer.status_code, answer.json()["error"]) == (422, "bad-object")
    assert modem.logins == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"objects": "x"}', b'{"objects": [], "x": 1}']
)
async def test_body_that_cannot_be_read_is_said_in_both_languages(
    asked: Bridged, body: bytes
) -> None:
    answer = await asked.client.post(f"/modems/{MODEM}/objects", content=body)

    assert (answer.status_code, answer.json()["error"]) == (422, "bad-object")
    assert answer.json()["fr"]["todo"]


async def test_missing_and_empty_objects_leave_the_rest_of_the_status(
    asked: Bridged, modem: Modem
) -> None:
    modem.mood.missing = frozenset({"DEV2_HOST_ENTRY"})
    modem.mood.empty = frozenset({"DEV2_MEM_STATUS"})

    told = await asked.status(MODEM)

    assert told["clients"]["state"] == "missing"
    assert told["memory"]["state"] == "empty"
    assert told["optical"]["state"] == "read"


async def test_internal_error_in_between_is_asked_again(asked: Bridged, modem: Modem) -> None:
    modem.mood.internal_errors = 2

    told = await asked.status(MODEM)

    assert told["http"] == 200
    assert len(modem.logins) == 1


@pytest.mark.parametrize("secret", ["", "Bearer ", f"Bearer {SECRET}x", f"Basic {SECRET}"])
async def test_who_does_not_bear_the_secret_asks_nothing(
    asked: Bridged, modem: Modem, secret: str
) -> None:
    headers = {"Authorization": secret}

    answer = await asked.client.get(f"/modems/{MODEM}/status", headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert modem.logins == []
    assert (await asked.client.get("/health", headers=headers)).status_code == 200


async def test_headers_of_one_modem_never_reach_another(asked: Bridged, modem: Modem) -> None:
    """The library keeps TokenID in its class: a second login with it would be refused."""
    told = await asyncio.gather(*(asked.status(host) for host in asked.modems))

    assert [each["http"] for each in told] == [200] * 3
    assert modem.logins


async def test_bounds_hold_for_what_a_modem_says() -> None:
    raw: list[Any] = [{"name": "x" * 9000, "wpaPassphrase": "k", "nested": {"a": 1}}] * 1000

    kept = found(raw)

    assert len(kept.rows) == 256
    assert kept.rows[0] == {"name": "x" * 512}
