"""The client against a GenieACS: the simulator, or a real one that the environment names."""

import pytest

from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.live import Ending
from backend.cpe.genieacs.parameter_map import MAPS
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.genieacs.tasks import id_in_path, lookup
from backend.cpe.genieacs.tree import projection
from backend.cpe.readings import Identity
from backend.errors import Refused, Unavailable
from backend.simulators.genieacs import Terminal, xx230v
from tests.e2e.processes import free_port
from tests.integrations.genieacs_nbi import Bench, simulated_bench

pytest_plugins = ["tests.integrations.genieacs_nbi"]
MACS = tuple(path for each in MAPS for path in each.mac_paths)
UPTIME = ("Device.DeviceInfo.UpTime", "InternetGatewayDevice.DeviceInfo.UpTime")


async def only(bench: Bench, identity: Identity) -> str:
    """The id of the one terminal that an identity means."""
    [found] = await bench.nbi.devices(lookup(identity, MACS))
    return found.id


async def test_terminal_is_found_by_the_serial_of_its_sticker(bench: Bench) -> None:
    [found] = await bench.nbi.devices(lookup(Identity(serial=bench.serial), MACS))

    assert found.device_id.serial == bench.serial
    assert found.last_inform is not None


async def test_terminal_that_the_acs_does_not_know_is_not_found(bench: Bench) -> None:
    assert await bench.nbi.devices(lookup(Identity(serial="NOPE-0000"), MACS)) == []
    with pytest.raises(Refused, match="no-such-device"):
        await bench.nbi.document("NOPE-NOPE-0000", ["Device"])
    with pytest.raises(Refused, match="no-such-device"):
        await bench.live.read("NOPE-NOPE-0000", ["Device.X.Y"])


async def test_reading_it_live_gives_values_of_now_and_leaves_no_task(bench: Bench) -> None:
    device = await only(bench, Identity(serial=bench.serial))

    answer = await bench.live.read(device, UPTIME)

    assert answer.ending is Ending.DONE
    assert len(answer.leaves) == 1
    assert await bench.nbi.waiting({"device": device}) == []


async def test_check_reads_all_of_its_map_at_once_and_the_rest_stays_as_it_was(
    bench: Bench,
) -> None:
    acs = GenieAcs(bench.nbi)
    [device] = await acs.find(Identity(serial=bench.serial))
    before = await acs.cached(device.id)

    heard = await acs.now(device.id)

    assert heard.ending is Ending.DONE
    assert before.firmware is not None
    assert heard.summary.firmware is not None
    assert heard.summary.firmware.as_of_ms > before.firmware.as_of_ms
    assert heard.summary.model == before.model


async def test_modem_that_was_never_read_whole_is_read_whole() -> None:
    async with simulated_bench() as bench:
        terminal = xx230v("22275A7000999")
        known = bench.acs.add(terminal)
        known.hear(["Device.DeviceInfo.SoftwareVersion"], known.last_inform)
        acs = GenieAcs(bench.nbi)

        heard = await acs.now(terminal.id)

        assert heard.summary.model is not None
        assert [each.band.value for each in heard.summary.wifi if each.band] == ["2.4"] * 2 + [
            "5"
        ] * 2


async def test_check_of_a_modem_without_a_map_has_nothing_new() -> None:
    async with simulated_bench() as bench:
        bench.acs.add(Terminal("00AABB", "Camera", "CAM00001", {}))

        heard = await GenieAcs(bench.nbi).now("00AABB-Camera-CAM00001")

    assert heard.ending is Ending.NOTHING_NEW


async def test_path_that_is_not_there_is_nothing_new(bench: Bench) -> None:
    device = await only(bench, Identity(serial=bench.serial))

    answer = await bench.live.read(device, ["Device.Nope.Nope", "InternetGatewayDevice.Nope.Nope"])

    assert (answer.ending, answer.leaves) == (Ending.NOTHING_NEW, {})


async def test_provision_and_preset_come_back_as_they_were_stored(bench: Bench) -> None:
    await bench.nbi.store("provisions", "terrain-test", b"declare('Device.X', {value: 1});")

    stored = await bench.nbi.stored("provisions", "terrain-test")

    assert stored == {"_id": "terrain-test", "script": "declare('Device.X', {value: 1});"}
    with pytest.raises(Refused, match="http-400"):
        await bench.nbi.store("provisions", "terrain-test", b"declare(((")


async def test_terminal_is_found_by_its_mac_and_by_its_gpon_serial() -> None:
    async with simulated_bench(serial="54504C4797441B58") as bench:
        for identity in (
            Identity(mac="1c-61-b4-00-00-01"),
            Identity(gpon_serial="TPLG97441B58"),
            Identity(gpon_serial="54 50 4C 47 97 44 1B 58"),
            Identity(serial="none-of-these", mac="1C61B4000001"),
        ):
            assert await only(bench, identity) == bench.id


async def test_id_with_percent_signs_is_encoded_once_more() -> None:
    async with simulated_bench() as bench:
        bench.terminal.product_class = "G-1425G-A"
        bench.acs.add(bench.terminal)
        device = "1C61B4-G%2D1425G%2DA-22275A7000395"
        assert bench.id == device
        assert id_in_path(device) == "1C61B4-G%252D1425G%252DA-22275A7000395"

        answer = await bench.live.read(device, [UPTIME[0]])

        assert answer.ending is Ending.DONE


@pytest.mark.parametrize("serial", ["*", "222*", "/.*/", "", "a b c d", "é" * 8, "x" * 65, "22"])
def test_scanned_text_that_a_query_takes_for_a_pattern_is_refused(serial: str) -> None:
    with pytest.raises(Refused, match="bad-serial"):
        lookup(Identity(serial=serial), MACS)


@pytest.mark.parametrize(
    "identity", [Identity(mac="1C:61:B4"), Identity(gpon_serial="XXXX97441B58")]
)
def test_identity_that_is_none_is_refused(identity: Identity) -> None:
    with pytest.raises(Refused, match="bad-serial"):
        lookup(identity, MACS)


def test_projection_names_no_part_of_another() -> None:
    paths = ("Device.Hosts.Host.*.Active", "Device.Hosts.Host", "Device.IP", "Device.IPX.A")

    assert projection(paths) == ("Device.Hosts.Host", "Device.IP", "Device.IPX.A")


async def test_acs_that_is_away_is_unavailable() -> None:
    async with open_http(f"http://127.0.0.1:{free_port()}") as http:
        with pytest.raises(Unavailable, match="connection"):
            await Nbi(http).devices({})
