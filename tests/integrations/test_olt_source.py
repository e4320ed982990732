"""The OLTs as a source: a terminal is found by its serial, read in one request, and never taken for
another."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.cpe.readings import Identity, Number
from backend.errors import Refused
from backend.simulators.olt import Huawei, Zte
from backend.simulators.olt.huawei import DOWN, LOS, SN_CONFLICT
from tests.integrations.olts import SERIAL, places, refusal, served

MORNING = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def value(reading: Number) -> float | None:
    """What a reading says, None when there is none."""
    return reading.value if reading else None


async def test_a_known_terminal_is_read_in_one_request() -> None:
    huawei = Huawei()
    huawei.add(SERIAL, 5, 2, 7)
    async with served(huawei) as bench:
        await bench.read()
        [agent] = bench.agents
        agent.asked.clear()

        said = await bench.read()

    assert agent.asked == ["GetRequest"]
    assert places(said) == ["EST 0/5/2 online"]
    [optical], [pon] = said.optical_status, said.pon
    assert [value(optical.rx_dbm), value(optical.tx_dbm), value(optical.olt_rx_dbm)] == [
        -19.32,
        2.25,
        -21.07,
    ]
    assert value(pon.distance_m) == 1234.0


async def test_only_reading_requests_are_ever_sent() -> None:
    huawei = Huawei()
    huawei.add(SERIAL)
    async with served(huawei) as bench:
        await bench.read()
        await refusal(bench, "TPLG00000000")

    assert set(bench.agents[0].asked) == {"GetRequest", "GetBulkRequest"}


@pytest.mark.parametrize("said", ["tplg97441b58", "54504C4797441B58", "54 50 4C 47 97 44 1B 58"])
async def test_a_terminal_is_found_whichever_way_its_serial_is_written(said: str) -> None:
    zte = Zte()
    zte.add(SERIAL, 9, 1, 3)
    async with served(zte) as bench:
        assert places(await bench.read(said)) == ["EST 1/9/1 online"]


async def test_a_sticker_serial_is_not_taken_for_the_gpon_serial() -> None:
    async with served(Huawei()) as bench:
        with pytest.raises(Refused, match="no-gpon-serial"):
            await bench.olts.read(Identity(serial="22275A7000395"))


async def test_a_terminal_that_was_plugged_in_elsewhere_is_found_there() -> None:
    huawei = Huawei()
    huawei.add(SERIAL, 5, 2, 7)
    async with served(huawei) as bench:
        await bench.read()
        huawei.move(SERIAL, 6, 1, 1)
        huawei.add("TPLG00000001", 5, 2, 7)

        assert places(await bench.read()) == ["EST 0/6/1 online"]


async def test_a_row_that_tells_another_serial_than_the_table_is_nobodys() -> None:
    huawei = Huawei()
    huawei.add(SERIAL)
    huawei.lies[SERIAL] = "TPLG00000001"
    async with served(huawei) as bench:
        assert await refusal(bench) == "Refused contradictory"


async def test_a_serial_in_two_places_is_told_of_both() -> None:
    est, ouest = Huawei(), Zte()
    est.add(SERIAL, 5, 2, 7)
    ouest.add(SERIAL, 9, 1, 3)
    async with served(est, ouest) as bench:
        assert places(await bench.read()) == ["EST 0/5/2 online", "OUEST 1/9/1 online"]


async def test_a_dark_terminal_has_its_cause_and_no_powers() -> None:
    huawei = Huawei()
    dark = huawei.add(SERIAL, 5, 2, 7)
    huawei.put(
        replace(
            dark,
            state=DOWN,
            cause=LOS,
            last_down=NOON,
            distance_m=-1,
            rx_dbm=None,
            tx_dbm=None,
            olt_rx_dbm=None,
        )
    )
    async with served(huawei) as bench:
        said = await bench.read()

    [pon], [optical] = said.pon, said.optical_status
    assert [each.value for each in (pon.state, pon.last_down_cause) if each] == ["offline", "los"]
    assert pon.last_down_at_ms is not None
    assert pon.last_down_at_ms.value == NOON.timestamp() * 1000
    assert [pon.distance_m, optical.rx_dbm, optical.tx_dbm, optical.olt_rx_dbm] == [None] * 4


async def test_a_terminal_that_nobody_registered_is_told_by_where_it_lit_up() -> None:
    huawei = Huawei()
    huawei.discover(SERIAL, 5, 3, NOON)
    async with served(huawei, Zte()) as bench:
        assert places(await bench.read()) == ["EST 0/5/3 discovered"]


async def test_the_newest_reason_why_a_terminal_does_not_come_up_counts() -> None:
    huawei = Huawei()
    huawei.discover(SERIAL, 5, 3, MORNING)
    huawei.refuse(SERIAL, 5, 3, NOON, SN_CONFLICT)
    huawei.refuse(SERIAL, 5, 3, NOON, 1)  # success
    async with served(huawei) as bench:
        assert places(await bench.read()) == ["EST 0/5/3 sn-conflict"]


async def test_who_asks_again_and_again_while_a_terminal_starts_has_nothing_walked_again() -> None:
    huawei = Huawei()
    huawei.discover(SERIAL, 5, 3, NOON)
    async with served(huawei) as bench:
        await bench.read()
        [agent] = bench.agents
        agent.asked.clear()
        again = await bench.read()
        huawei.forget(SERIAL)

        assert await refusal(bench) == "Refused no-such-onu"
    assert places(again) == ["EST 0/5/3 discovered"]
    assert set(agent.asked) == {"GetRequest"}


async def test_a_terminal_that_no_olt_knows_is_refused_by_name() -> None:
    async with served(Huawei(), Zte()) as bench:
        assert await refusal(bench) == "Refused no-such-onu"
