"""The OLTs as a source of a check: what they see is judged, and who is not there is said so."""

from dataclasses import replace

from backend.cpe.check.engine import Engine
from backend.cpe.check.olt import OltNow
from backend.cpe.check.source import Target
from backend.cpe.check.start import is_starting, steps
from backend.cpe.readings import Identity
from backend.simulators.olt import Huawei
from backend.simulators.olt.huawei import DOWN
from tests.integrations.check_given import Heard, states
from tests.integrations.olts import SERIAL, places, served

TARGET = Target(Identity(gpon_serial=SERIAL), "EST", "0/5/2")


async def test_terminal_is_seen_from_the_other_end_of_its_fibre() -> None:
    huawei = Huawei()
    huawei.add(SERIAL, 5, 2, 7)
    async with served(huawei) as bench:
        landed = await Engine([OltNow(bench.olts)]).check(TARGET, Heard())

    assert states(landed.results) == {"olt": "ok"}
    assert places(landed.summary) == ["EST 0/5/2 online"]
    assert not is_starting(steps(landed))


async def test_terminal_that_no_olt_has_met_is_still_to_come() -> None:
    async with served(Huawei()) as bench:
        landed = await Engine([OltNow(bench.olts)]).check(TARGET, Heard())

    assert states(landed.results) == {"olt": "error no-such-onu"}
    assert [each.done for each in steps(landed)] == [False, False, False]


async def test_terminal_that_its_olt_lost_is_registered_and_not_online() -> None:
    huawei = Huawei()
    huawei.put(replace(huawei.add(SERIAL, 5, 2, 7), state=DOWN))
    async with served(huawei) as bench:
        landed = await Engine([OltNow(bench.olts)]).check(TARGET, Heard())

    done = {each.id: each.done for each in steps(landed)}
    assert (done["registered"], done["online"]) == (True, False)
