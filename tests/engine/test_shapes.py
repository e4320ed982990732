"""What serials of a model look like: by a pattern that was set, else by those on file."""

import pytest

from sync.shapes import ENOUGH, is_usual, shape

ON_FILE = [f"2215B8K0034{number:02d}" for number in range(ENOUGH)]


@pytest.mark.parametrize(
    ("serial", "looks"),
    [
        ("TPLG1A2B3C4D", "TPLG/12"),
        ("TPLGFFFFFFFF", "TPLG/12"),
        ("HWTC1A2B3C4D", "HWTC/12"),
        ("2215B8K003412", "9999/13"),
        ("A1B2C3", "A9A9/6"),
    ],
)
def test_serial_looks_as_it_begins_and_is_long(serial: str, looks: str) -> None:
    assert shape(serial) == looks


@pytest.mark.parametrize(
    ("serial", "usual"), [("2215B8K999999", True), ("2215B8K00341", False), ("TPLG1A2B3C4D", False)]
)
def test_serial_is_held_to_those_of_its_model_once_there_are_enough(
    serial: str, usual: bool
) -> None:
    assert is_usual(serial, "AX55", {}, ON_FILE) is usual
    assert is_usual(serial, "AX55", {}, ON_FILE[1:])


def test_pattern_that_was_set_counts_before_what_is_on_file() -> None:
    patterns = {"AX55": "TPLG[0-9A-F]{8}"}

    assert is_usual("TPLG1A2B3C4D", "ax55", patterns, ON_FILE)
    assert not is_usual(ON_FILE[0], "AX55", patterns, ON_FILE)
    assert is_usual(ON_FILE[0], "another", patterns, ())
