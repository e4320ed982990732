"""GenieACS as sources of a check: what it knows at once, what the terminal says, how it fails."""

import pytest

from backend.cpe.check.acs import acs_sources
from backend.cpe.check.engine import Engine
from backend.cpe.check.source import Target
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.readings import Identity
from backend.simulators.genieacs import Reach
from tests.integrations.check_given import Heard, states
from tests.integrations.genieacs_nbi import RX, SimulatedBench, simulated_bench
from tests.integrations.virtual_time import in_virtual_time, now


def engine_of(bench: SimulatedBench) -> Engine:
    """An engine whose one upstream is the simulated ACS."""
    return Engine(acs_sources(GenieAcs(bench.nbi)))


@in_virtual_time
async def test_what_the_acs_knows_is_there_at_once_and_what_the_terminal_says_soon() -> None:
    async with simulated_bench() as bench:
        heard, begun = Heard(), now()
        bench.terminal.set(RX, 90)

        landed = await engine_of(bench).check(Target(Identity(bench.serial)), heard)

        first_s, first = heard.told[0]
        assert (states(first.results), first.running) == ({"acs_cached": "ok"}, ("acs_live",))
        assert first_s <= 0.3
        assert now() - begun <= 4
        assert states(landed.results) == {"acs_cached": "ok", "acs_live": "ok"}
        [optical] = landed.summary.optical_status
        assert optical.rx_dbm
        assert optical.rx_dbm.raw == "90"
        assert not bench.acs.tasks


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (Reach.REFUSED, "error offline"),
        (Reach.BLACK_HOLE, "error offline"),
        (Reach.HANGS, "timeout late"),
        (Reach.DEAF, "timeout late"),
    ],
)
def test_terminal_that_does_not_answer_leaves_no_task_behind(reach: Reach, said: str) -> None:
    @in_virtual_time
    async def check() -> None:
        async with simulated_bench() as bench:
            bench.acs.reach[bench.id] = reach
            begun = now()

            landed = await engine_of(bench).check(Target(Identity(bench.serial)), Heard())

            assert now() - begun <= 45.001
            assert states(landed.results) == {"acs_cached": "ok", "acs_live": said}
            assert landed.summary.serial
            assert not bench.acs.tasks

    check()


@in_virtual_time
async def test_terminal_that_the_acs_does_not_know_is_said_to_be_unknown() -> None:
    async with simulated_bench() as bench:
        landed = await engine_of(bench).check(Target(Identity("22275A7999999")), Heard())

        unknown = "error no-such-device"
        assert states(landed.results) == {"acs_cached": unknown, "acs_live": unknown}
