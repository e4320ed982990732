"""OLTs that are dead, slow, strange or broken: each is said, and none holds up another or lies."""

import asyncio
from operator import itemgetter

from backend.cpe.olt.source import Olts
from backend.cpe.readings import Identity, Summary
from backend.simulators.olt import Huawei, OltSimulator, Zte
from backend.simulators.olt.chassis import Oid, Value
from tests.integrations.olts import SERIAL, olt, places, refusal, served


async def test_a_dead_olt_is_said_when_nobody_else_has_the_terminal() -> None:
    est, ouest = Huawei(), Zte()
    ouest.add("TPLG00000001", 9, 1, 3)
    async with served(est, ouest) as bench:
        bench.agents[0].delay_s = None

        assert places(await bench.read("TPLG00000001")) == ["OUEST 1/9/1 online"]
        assert await refusal(bench) == "Unavailable timeout"


async def test_an_olt_that_takes_for_ever_holds_up_nobody_whose_terminal_is_elsewhere() -> None:
    ouest = Zte()
    ouest.add(SERIAL, 9, 1, 3)
    silent, quick = OltSimulator(Huawei()), OltSimulator(ouest)
    silent.delay_s = None
    async with silent.served() as est_at, quick.served() as ouest_at:
        slow, good = olt("EST", est_at, answers_s=3600.0), olt("OUEST", ouest_at)
        olts = Olts([slow, good])
        await good.index.renew()
        async with asyncio.timeout(2):
            said = await olts.read(Identity(gpon_serial=SERIAL))
        await olts.close()

    assert places(said) == ["OUEST 1/9/1 online"]


async def test_a_serial_on_two_olts_is_told_by_the_one_that_answers() -> None:
    est, ouest = Huawei(), Zte()
    est.add(SERIAL, 5, 2, 7)
    ouest.add(SERIAL, 9, 1, 3)
    async with served(est, ouest) as bench:
        await bench.read()
        bench.agents[0].delay_s = None

        assert places(await bench.read()) == ["OUEST 1/9/1 online"]


async def test_a_table_that_never_ends_is_given_up() -> None:
    class Endless(Huawei):
        def after(self, oid: Oid) -> tuple[Oid, Value] | None:
            return super().after(oid[:-2])

    endless = Endless()
    endless.add(SERIAL)
    async with served(endless) as bench:
        async with asyncio.timeout(5):
            assert (await refusal(bench)).startswith("Unavailable")


async def test_one_lost_datagram_is_asked_again() -> None:
    huawei = Huawei()
    huawei.add(SERIAL)
    async with served(huawei) as bench:
        await bench.read()
        bench.agents[0].loses = 1

        assert places(await bench.read()) == ["EST 0/1/1 online"]


async def test_an_answer_that_is_cut_makes_the_olt_unreadable_and_ends_nothing_else() -> None:
    huawei = Huawei()
    huawei.add(SERIAL)
    async with served(huawei) as bench:
        await bench.read()
        for length in range(2, 60):
            bench.agents[0].rewrite = itemgetter(slice(length))
            assert await refusal(bench) in ("Unavailable unreadable", "Unavailable timeout")
        bench.agents[0].rewrite = bytes

        assert places(await bench.read()) == ["EST 0/1/1 online"]


async def test_an_agent_is_asked_at_most_twice_at_once() -> None:
    huawei = Huawei()
    huawei.add(SERIAL)
    async with served(huawei) as bench:
        await bench.read()
        [agent] = bench.agents
        agent.delay_s = 0.1
        agent.asked.clear()
        asking = [asyncio.create_task(bench.read()) for _ in range(6)]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        asked_by_then = len(agent.asked)
        told: list[Summary] = await asyncio.gather(*asking)

    assert asked_by_then <= 4  # two answered, and the next two
    assert len(told) == 6


async def test_an_olt_of_a_kind_that_nobody_knows_is_refused() -> None:
    strange = Huawei()
    strange.system = (1, 3, 6, 1, 4, 1, 99999, 1)
    async with served(strange) as bench:
        assert await refusal(bench) == "Refused unknown-olt"
