"""The day of bench.day, small: everything arrives once, from every phone, in spite of the outage.

Most of its time is the half minute until Terrain looks anew at an ERPNext that was away.
"""

from bench.day.__main__ import ZERO, measure


def test_a_day_of_the_whole_system_loses_doubles_and_bills_nothing_twice() -> None:
    figures, faults = measure(3, 10.0, "sqlite")

    assert faults == []
    assert {name: figures[name] for name in ZERO} == dict.fromkeys(ZERO, 0)
    assert figures["mutations"] >= 3 * 40
    assert (figures["photos"], figures["verifications"]) == (9, 6)
    assert figures["checks"] == {"done": 6}
    assert figures["conflicts"] == figures["planted_conflicts"] > 0
