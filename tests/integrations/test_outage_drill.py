"""The drill of bench.outage, small: its rules hold for two days as they do for four."""

from bench.outage.__main__ import measure


def test_two_days_without_erpnext_lose_double_and_bill_nothing_twice() -> None:
    figures, faults = measure(days=2, changes=240)

    assert faults == []
    assert figures["conflicts"] == figures["planted_conflicts"] > 0
    assert (figures["order_inversions"], figures["billed_twice"]) == (0, 0)
