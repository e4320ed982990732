"""The engine of checks: every source in its time, none waits for another, one answer a line."""

import asyncio
from itertools import pairwise

import pytest

from backend.cpe.check.engine import COALESCED_S, HARD_S, SOFT_S, Engine
from backend.cpe.check.source import Target
from backend.cpe.readings import Identity, SourceReport, SourceState, Summary
from backend.errors import Refused, Unavailable
from tests.integrations.check_given import TARGET, Heard, Said, good_acs, good_olt, states
from tests.integrations.virtual_time import in_virtual_time, now


@in_virtual_time
async def test_what_lands_is_told_at_once_and_waits_for_nobody() -> None:
    heard = Heard()
    engine = Engine([Said("fast", 0.1, good_olt()), Said("slow", 9.0, good_acs())])

    landed = await engine.check(TARGET, heard)

    first_s, first = heard.told[0]
    assert first_s == pytest.approx(0.1)
    assert (states(first.results), first.running) == ({"fast": "ok"}, ("slow",))
    assert (states(landed.results), landed.running) == ({"fast": "ok", "slow": "ok"}, ())
    assert landed.summary.pon
    assert landed.summary.wifi
    assert landed.results[1].report.ms == 9000


@in_virtual_time
async def test_news_of_a_check_come_at_most_four_times_a_second() -> None:
    heard = Heard()
    sources = [Said(str(number), number / 100, good_olt()) for number in range(1, 40)]

    await Engine(sources).check(TARGET, heard)

    moments = [each for each, _ in heard.told]
    gaps = [late - early for early, late in pairwise(moments)]
    assert min(gaps) >= COALESCED_S - 1e-6
    assert len(moments) == 2


@in_virtual_time
async def test_verdict_is_due_after_fifteen_seconds_and_sources_end_after_forty_five() -> None:
    heard, begun = Heard(), now()
    hung = Said("hung", 3600.0, deadline_s=1000.0)

    landed = await Engine([Said("fast", 0.1, good_acs()), hung]).check(TARGET, heard)

    assert [at for at, _ in heard.told] == pytest.approx([0.1, SOFT_S])
    assert [told.is_due for _, told in heard.told] == [False, True]
    assert now() - begun == pytest.approx(HARD_S)
    assert states(landed.results) == {"fast": "ok", "hung": "timeout"}


@in_virtual_time
async def test_failure_is_a_result_of_its_source_alone() -> None:
    engine = Engine(
        [
            Said("refused", fault=Refused("no-such-device")),
            Said("away", fault=Unavailable("timeout")),
            Said("broken", fault=KeyError("rx")),
            Said("late", 5.0, deadline_s=1.0),
            Said("good", 0.1, good_acs()),
        ]
    )

    landed = await engine.check(TARGET, Heard())

    assert states(landed.results) == {
        "refused": "error no-such-device",
        "away": "error timeout",
        "broken": "error KeyError",
        "late": "timeout",
        "good": "ok",
    }
    assert landed.summary.serial


@in_virtual_time
async def test_source_that_says_how_it_ended_is_believed() -> None:
    offline = SourceReport(state=SourceState.ERROR, detail="offline")
    engine = Engine([Said("acs_live", summary=Summary(sources=(offline,)))])

    landed = await engine.check(TARGET, Heard())

    assert states(landed.results) == {"acs_live": "error offline"}


@in_virtual_time
async def test_source_that_is_away_is_not_asked_again_until_it_may_be_back() -> None:
    source = Said("olt", fault=Unavailable("timeout"))
    engine = Engine([source])
    for _ in range(5):
        await engine.check(TARGET, Heard())

    skipped = await engine.check(TARGET, Heard())

    assert (source.asked, states(skipped.results)) == (5, {"olt": "skipped away"})
    await asyncio.sleep(30)
    source.fault = None
    assert states((await engine.check(TARGET, Heard())).results) == {"olt": "ok"}


@in_virtual_time
async def test_source_that_may_be_back_is_tried_by_one_check_alone() -> None:
    source = Said("olt", fault=Unavailable("timeout"))
    engine = Engine([source])
    for _ in range(5):
        await engine.check(TARGET, Heard())
    await asyncio.sleep(30)
    source.fault, source.after_s = None, 1.0
    other = Target(Identity("22275A7000396"))

    ended = await asyncio.gather(*(engine.check(each, Heard()) for each in (TARGET, other)))

    told = [states(each.results)["olt"] for each in ended]
    assert (source.asked, sorted(told)) == (6, ["ok", "skipped away"])


@in_virtual_time
async def test_source_that_knows_none_of_many_lines_is_not_away() -> None:
    source = Said("olt", fault=Refused("no-such-onu"))
    engine = Engine([source])

    for _ in range(8):
        await engine.check(TARGET, Heard())

    assert (source.asked, engine.away()) == (8, {"olt": None})


@in_virtual_time
async def test_who_gives_up_leaves_the_others_their_answer() -> None:
    source = Said("acs_live", 20.0, good_acs())
    engine = Engine([source])
    checking = asyncio.create_task(engine.check(TARGET, Heard()))
    await asyncio.sleep(0)

    given_up = await engine.look_up(TARGET)

    assert states(given_up.results) == {"acs_live": "timeout"}
    assert states((await checking).results) == {"acs_live": "ok"}
    assert source.asked == 1


@in_virtual_time
async def test_two_checks_of_one_line_ask_once() -> None:
    source = Said("acs_live", 1.0, good_acs())
    engine = Engine([source])

    one, other = await asyncio.gather(engine.check(TARGET, Heard()), engine.check(TARGET, Heard()))

    assert source.asked == 1
    assert one.results == other.results


@in_virtual_time
async def test_source_is_asked_about_no_more_lines_at_once_than_it_bears() -> None:
    source = Said("olt", 1.0, good_olt(), concurrency=2)
    engine = Engine([source])
    targets = [TARGET._replace(port=str(number)) for number in range(6)]

    await asyncio.gather(*(engine.check(each, Heard()) for each in targets))

    assert (source.asked, source.most_together) == (6, 2)


@in_virtual_time
async def test_look_up_takes_what_was_said_a_moment_ago_and_a_check_does_not() -> None:
    source = Said("olt", 0.1, good_olt(), keeps_s=10.0)
    engine = Engine([source])
    await engine.look_up(TARGET)
    await engine.look_up(TARGET)
    looked = source.asked
    await engine.check(TARGET, Heard())
    checked = source.asked
    await asyncio.sleep(10)
    await engine.look_up(TARGET)

    assert (looked, checked, source.asked) == (1, 2, 3)


@in_virtual_time
async def test_what_failed_answers_look_ups_for_a_shorter_while() -> None:
    source = Said("acs_cached", fault=Refused("no-such-device"), keeps_s=30.0)
    engine = Engine([source])
    await engine.look_up(TARGET)
    await asyncio.sleep(14)
    await engine.look_up(TARGET)
    assert source.asked == 1

    await asyncio.sleep(2)
    await engine.look_up(TARGET)

    assert source.asked == 2


@in_virtual_time
async def test_line_without_a_terminal_is_asked_of_nobody() -> None:
    source = Said("olt", 0.1, good_olt())

    landed = await Engine([source]).check(Target(olt="OLT-EST"), Heard())

    assert (source.asked, states(landed.results)) == (0, {"olt": "skipped no-serial"})


@in_virtual_time
async def test_modem_is_not_pressed_when_it_has_told_all_by_its_acs() -> None:
    modem = Said("modem", stands_in_for="acs_live")
    engine = Engine([Said("acs_live", 2.0, good_acs()), modem])

    landed = await engine.check(TARGET, Heard())

    assert states(landed.results) == {"acs_live": "ok", "modem": "skipped not-needed"}
    assert modem.asked == 0


@in_virtual_time
async def test_modem_is_asked_where_its_acs_has_nothing_new() -> None:
    stale = Summary(sources=(SourceReport(state=SourceState.STALE),))
    modem = Said("modem", summary=good_acs(), stands_in_for="acs_live")

    landed = await Engine([Said("acs_live", summary=stale), modem]).check(TARGET, Heard())

    assert states(landed.results) == {"acs_live": "stale", "modem": "ok"}


@in_virtual_time
async def test_who_stands_in_has_what_is_left_of_the_time() -> None:
    begun = now()
    acs = Said("acs_live", 3600.0, deadline_s=1000.0)
    modem = Said("modem", 3600.0, deadline_s=1000.0, stands_in_for="acs_live")

    await Engine([acs, modem]).check(TARGET, Heard())

    assert now() - begun == pytest.approx(HARD_S)


@pytest.mark.parametrize(("after_s", "asked_s"), [(2.0, 2.0), (30.0, 4.0)])
def test_modem_is_asked_when_its_acs_has_failed_or_is_slow(after_s: float, asked_s: float) -> None:
    @in_virtual_time
    async def check() -> None:
        acs = Said("acs_live", after_s, fault=Refused("no-such-device"))
        modem, heard = Said("modem", 0.5, good_acs(), stands_in_for="acs_live"), Heard()

        landed = await Engine([acs, modem]).check(TARGET, heard)

        assert states(landed.results)["modem"] == "ok"
        told_s = [at for at, told in heard.told if "modem" not in told.running]
        assert min(told_s, default=asked_s + 0.5) == pytest.approx(asked_s + 0.5)

    check()


@in_virtual_time
async def test_modem_that_is_waited_for_is_not_pressed_once_its_acs_has_told_all() -> None:
    modem = Said("modem", 20.0, good_acs(), concurrency=1, stands_in_for="acs_live")
    slow, late = Said("acs_live", 30.0, good_acs()), Target(Identity("22275A7000396"))
    engine = Engine([slow, modem])
    first = asyncio.create_task(engine.check(TARGET, Heard()))
    await asyncio.sleep(1)
    slow.after_s = 6.0

    landed = await engine.check(late, Heard())

    assert states(landed.results) == {"acs_live": "ok", "modem": "skipped not-needed"}
    assert modem.asked == 1
    await first


@in_virtual_time
async def test_close_leaves_nothing_under_way() -> None:
    source = Said("hung", 3600.0, deadline_s=3600.0)
    engine = Engine([source])
    checking = asyncio.create_task(engine.check(TARGET, Heard()))
    await asyncio.sleep(1)
    checking.cancel()

    await engine.close()

    assert source.together == 0
