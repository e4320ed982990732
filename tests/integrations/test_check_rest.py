"""The worker of checks rests between two looks, so that many who wait leave time for the checks."""

import pytest

from backend.cpe.check.worker import rest_s


@pytest.mark.parametrize(("looked_s", "rests_s"), [(0.0, 0.0), (0.002, 0.006), (2.0, 1.0)])
def test_a_look_rests_by_what_it_cost_and_never_so_long_that_a_new_check_waits(
    looked_s: float, rests_s: float
) -> None:
    assert rest_s(looked_s) == pytest.approx(rests_s)
