"""A live reading ends in time whatever the modem and the ACS do, and leaves no task behind."""

import asyncio
from datetime import timedelta

import pytest

from backend.cpe.genieacs.live import Ending
from backend.errors import Refused
from backend.simulators.genieacs import Reach
from tests.integrations.genieacs_nbi import RX, SSID, SimulatedBench, simulated_bench
from tests.integrations.virtual_time import in_virtual_time, now


async def waiting(bench: SimulatedBench) -> None:
    """Until a task is left for the modem."""
    while not bench.acs.tasks:  # noqa: ASYNC110  (the simulator tells nobody)
        await asyncio.sleep(0.01)


@in_virtual_time
async def test_live_reading_is_of_now_and_takes_under_a_second() -> None:
    async with simulated_bench() as bench:
        bench.terminal.set(RX, 90)
        begun = now()

        answer = await bench.live.read(bench.id, [RX])

        assert answer.ending is Ending.DONE
        assert answer.leaves[RX].value == 90
        assert answer.leaves[RX].at_ms >= answer.since_ms
        assert now() - begun < 1
        assert not bench.acs.tasks


@in_virtual_time
async def test_leaf_that_is_stamped_a_little_before_the_request_is_new() -> None:
    async with simulated_bench() as bench:
        bench.acs.early_stamps = timedelta(seconds=0.3)

        answer = await bench.live.read(bench.id, [RX])

        assert answer.ending is Ending.DONE
        assert answer.leaves[RX].at_ms < answer.since_ms


@in_virtual_time
async def test_path_that_the_modem_does_not_have_is_nothing_new() -> None:
    async with simulated_bench() as bench:
        answer = await bench.live.read(bench.id, ["Device.Nope.Nope"])

        assert (answer.ending, answer.leaves) == (Ending.NOTHING_NEW, {})


@pytest.mark.parametrize(
    ("reach", "within_s", "why"),
    [
        (Reach.REFUSED, 3, "offline"),
        (Reach.BLACK_HOLE, 5, "offline"),
        (Reach.LOCKED, 3, "bad-credentials"),
    ],
)
def test_modem_that_does_not_answer_is_told_offline_in_seconds(
    reach: Reach, within_s: float, why: str
) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with simulated_bench() as bench:
            bench.acs.reach[bench.id] = reach
            begun = now()

            answer = await bench.live.read(bench.id, [RX])

            assert (answer.ending, answer.fault) == (Ending.OFFLINE, why)
            assert now() - begun < within_s
            assert not bench.acs.tasks

    ask()


@pytest.mark.parametrize("reach", [Reach.HANGS, Reach.DEAF])
def test_modem_that_never_finishes_is_late_at_the_deadline(reach: Reach) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with simulated_bench() as bench:
            bench.acs.reach[bench.id] = reach
            begun = now()

            answer = await bench.live.read(bench.id, [RX], within_s=15)

            assert answer.ending is Ending.LATE
            assert 15 <= now() - begun < 16
            assert not bench.acs.tasks

    ask()


@in_virtual_time
async def test_session_that_is_under_way_holds_nobody_up() -> None:
    """The answer to a task waits for the session's end; the client does not wait for it."""
    async with simulated_bench() as bench:
        bench.acs.begin_session(bench.id, 32)
        begun = now()

        answer = await bench.live.read(bench.id, [RX], within_s=15)

        assert answer.ending is Ending.LATE
        assert answer.since_ms > 0
        assert now() - begun < 16
        assert not bench.acs.tasks


@pytest.mark.parametrize("refuses", [True, False])
def test_modem_is_called_again_after_the_session_in_which_it_was_busy(refuses: bool) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with simulated_bench() as bench:
            bench.acs.busy_refuses = refuses
            bench.acs.begin_session(bench.id, 12)
            begun = now()

            answer = await bench.live.read(bench.id, [RX])

            assert answer.ending is Ending.DONE
            assert 12 <= now() - begun < 18

    ask()


@in_virtual_time
async def test_modem_that_went_away_in_a_session_is_offline_once_that_has_ended() -> None:
    async with simulated_bench() as bench:
        bench.acs.begin_session(bench.id, 12)
        bench.acs.reach[bench.id] = Reach.REFUSED
        begun = now()

        answer = await bench.live.read(bench.id, [RX])

        assert answer.ending is Ending.OFFLINE
        assert 12 <= now() - begun < 21


@in_virtual_time
async def test_task_that_a_session_under_way_took_is_done_though_the_modem_did_not_answer() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.REFUSED
        reading = asyncio.create_task(bench.live.read(bench.id, [RX]))
        await waiting(bench)
        await asyncio.sleep(1)  # the call has failed by now

        bench.acs.serve(bench.id)

        assert (await reading).ending is Ending.DONE


@in_virtual_time
async def test_faulted_task_is_told_by_its_code_and_taken_back_with_its_fault() -> None:
    async with simulated_bench() as bench:
        bench.terminal.refuses["getParameterValues"] = ("9002", "Internal error")

        answer = await bench.live.read(bench.id, [RX])

        assert (answer.ending, answer.fault) == (Ending.FAULTED, "cwmp.9002")
        assert not bench.acs.tasks
        assert not bench.acs.faults


@in_virtual_time
async def test_caller_who_gives_up_leaves_no_task_once_the_deadline_has_passed() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.DEAF
        reading = asyncio.create_task(bench.live.read(bench.id, [RX], within_s=10))
        await waiting(bench)

        reading.cancel()
        await asyncio.sleep(11)

        assert reading.cancelled()
        assert not bench.acs.tasks


@in_virtual_time
async def test_closing_takes_back_the_tasks_that_wait() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.DEAF
        reading = asyncio.create_task(bench.live.read(bench.id, [RX]))
        await waiting(bench)

        await bench.live.close()

        assert not bench.acs.tasks
        with pytest.raises(asyncio.CancelledError):
            await reading


@in_virtual_time
async def test_task_that_nobody_could_take_back_has_an_expiry() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.DEAF
        reading = asyncio.create_task(bench.live.read(bench.id, [RX], within_s=20))
        await waiting(bench)

        [task] = bench.acs.tasks.values()
        reading.cancel()

        assert task["timestamp"] < task["expiry"]


@in_virtual_time
async def test_same_question_of_two_is_asked_once_and_another_waits_its_turn() -> None:
    async with simulated_bench() as bench:
        answers = await asyncio.gather(
            bench.live.read(bench.id, [RX]),
            bench.live.read(bench.id, [RX]),
            bench.live.read(bench.id, [SSID]),
        )

        left = [each for each in bench.simulator.asked if each.endswith("/tasks")]
        assert [answer.ending for answer in answers] == [Ending.DONE] * 3
        assert len(left) == 2


@in_virtual_time
async def test_caller_who_gives_up_leaves_the_others_their_answer() -> None:
    async with simulated_bench() as bench:
        first, second = (asyncio.create_task(bench.live.read(bench.id, [RX])) for _ in range(2))
        await waiting(bench)

        first.cancel()

        assert (await second).ending is Ending.DONE


@in_virtual_time
async def test_modem_is_asked_one_thing_at_a_time() -> None:
    async with simulated_bench() as bench:
        bench.acs.reach[bench.id] = Reach.DEAF
        both = [asyncio.create_task(bench.live.read(bench.id, [path], 9)) for path in (RX, SSID)]
        await waiting(bench)
        await asyncio.sleep(3)

        assert len(bench.acs.tasks) == 1
        assert [(await each).ending for each in both] == [Ending.LATE] * 2


@pytest.mark.parametrize(
    "names",
    [[], ["Device.Optical."], [""], ["Device..X"], ["*.X"], ["Device.X y"], ["Device"]],
)
def test_task_that_would_break_the_acs_is_never_sent(names: list[str]) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with simulated_bench() as bench:
            with pytest.raises(Refused, match="bad-task"):
                await bench.live.read(bench.id, names)

            assert not bench.simulator.asked

    ask()
