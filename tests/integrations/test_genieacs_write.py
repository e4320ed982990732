"""A write is sent once and believed when it reads back; secrets go neither way."""

import pytest

from backend.cpe.genieacs.live import Ending
from backend.errors import Refused
from backend.simulators.genieacs import Reach
from tests.integrations.genieacs_nbi import RX, SSID, SimulatedBench, simulated_bench
from tests.integrations.virtual_time import in_virtual_time


async def _written(bench: SimulatedBench, path: str, value: str) -> Ending:
    return (await bench.live.write(bench.id, {path: value})).ending


@in_virtual_time
async def test_write_is_done_when_it_reads_back_equal() -> None:
    async with simulated_bench() as bench:
        assert await _written(bench, SSID, "Chez nous") is Ending.DONE
        assert bench.terminal.model[SSID].value == "Chez nous"


@in_virtual_time
async def test_write_that_the_modem_passes_over_in_silence_is_not_taken() -> None:
    async with simulated_bench() as bench:
        written = await _written(bench, "Device.DeviceInfo.SoftwareVersion", "9.9.9")

        assert written is Ending.NOT_TAKEN


@in_virtual_time
async def test_write_to_a_modem_that_is_away_is_sent_once_and_taken_back() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.BLACK_HOLE

        assert await _written(bench, SSID, "Chez nous") is Ending.OFFLINE
        assert not bench.acs.tasks
        assert sum(each.endswith("/tasks") for each in bench.simulator.asked) == 1


@in_virtual_time
async def test_secret_is_neither_read_nor_written() -> None:
    key = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"
    async with simulated_bench() as bench:
        bench.terminal.set(key, "0123456789")
        with pytest.raises(Refused, match="bad-task"):
            await bench.live.write(bench.id, {key: "abcdefgh"})

        answer = await bench.live.read(bench.id, [key, RX])
        document = await bench.nbi.document(bench.id, ["Device.WiFi.AccessPoint"])

        assert set(answer.leaves) == {RX}
        assert "0123456789" not in f"{answer}{document}"
