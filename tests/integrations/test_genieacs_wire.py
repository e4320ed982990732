"""Failures of the wire, of the ACS's worker and of what stands between are told, in time."""

import asyncio

import pytest

from backend.cpe.genieacs import client
from backend.cpe.genieacs.live import Ending
from backend.errors import Unavailable
from backend.simulators.genieacs import Reach
from tests.integrations.genieacs_nbi import RX, SSID, simulated_bench
from tests.integrations.virtual_time import in_virtual_time, now


@in_virtual_time
async def test_reason_phrases_that_a_proxy_drops_change_nothing() -> None:
    async with simulated_bench() as bench:
        bench.simulator.rewrite = lambda reply: reply._replace(reason="")
        answered = await bench.live.read(bench.id, [RX])
        bench.acs.reach[bench.id] = Reach.REFUSED

        silent = await bench.live.read(bench.id, [SSID])

        assert (answered.ending, silent.ending) == (Ending.DONE, Ending.OFFLINE)


@in_virtual_time
async def test_worker_that_dies_is_unavailable_and_the_next_one_answers() -> None:
    async with simulated_bench() as bench:
        with pytest.raises(Unavailable):
            # What the client itself never sends.
            await bench.nbi.queue(bench.id, {"name": "getParameterValues"})
        with pytest.raises(Unavailable, match="connection"):
            await bench.live.read(bench.id, [RX])

        await asyncio.sleep(4)

        assert (await bench.live.read(bench.id, [RX])).ending is Ending.DONE


@in_virtual_time
async def test_answer_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER", 1000)
    async with simulated_bench() as bench:
        with pytest.raises(Unavailable, match="too-large"):
            await bench.nbi.document(bench.id, ["Device"])


@in_virtual_time
async def test_answer_that_drips_is_unavailable_in_time() -> None:
    async with simulated_bench() as bench:
        bench.simulator.drips = True
        begun = now()

        with pytest.raises(Unavailable, match="timeout"):
            await bench.nbi.document(bench.id, ["Device"])

        assert now() - begun < 6
